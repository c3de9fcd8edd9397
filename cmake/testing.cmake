# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0

# assay_add_test(NAME source... LIBS library...): one GoogleTest executable, each of its tests a ctest.
function(assay_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "" "LIBS")
  add_executable(${name} ${test_UNPARSED_ARGUMENTS})
  assay_compile_options(${name})
  target_link_libraries(${name} PRIVATE ${test_LIBS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE ASSAY_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()
