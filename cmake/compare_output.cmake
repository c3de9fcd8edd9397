# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
# Fails unless `ASSAY list --markdown` prints what FILE holds.
execute_process(COMMAND ${ASSAY} list --markdown OUTPUT_VARIABLE printed RESULT_VARIABLE code)
file(READ ${FILE} kept)
if(NOT code EQUAL 0 OR NOT printed STREQUAL kept)
  message(FATAL_ERROR "${FILE} is not current: assay list --markdown > ${FILE}")
endif()
