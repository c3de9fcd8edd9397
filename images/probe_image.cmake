# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
# Makes the probe's image, image_tar, of the probe and the libraries of the machine that builds it.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  set(image_architecture amd64)
  set(image_loader /lib64/ld-linux-x86-64.so.2)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(image_architecture arm64)
  set(image_loader /lib/ld-linux-aarch64.so.1)
else()
  message(FATAL_ERROR "The probe image is built for x86_64 and aarch64, not for ${CMAKE_SYSTEM_PROCESSOR}")
endif()

# image_file_of(NAME out): where the compiler finds a library it links with.
function(image_file_of name out)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=${name}
    OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  if(NOT IS_ABSOLUTE "${found}")
    message(FATAL_ERROR "${CMAKE_CXX_COMPILER} finds no ${name}: install the C library's development files")
  endif()
  file(REAL_PATH "${found}" found)
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

# The probe needs libc; NVML, which the container runtime brings, and NCCL, which a layer of the user's may bring, need
# the others. They lie where the build machine's loader looks for them.
cmake_path(GET image_loader FILENAME loader_name)
image_file_of(${loader_name} loader_file)
set(image_files "/usr/bin/assay-probe=$<TARGET_FILE:assay-probe>" "${image_loader}=${loader_file}")
set(image_sources ${loader_file})
foreach(name libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1 libstdc++.so.6 libgcc_s.so.1)
  image_file_of(${name} library_file)
  cmake_path(GET library_file PARENT_PATH library_folder)
  foreach(root IN LISTS CMAKE_FIND_ROOT_PATH)  # of another machine's libraries, unpacked here
    string(REPLACE ${root} "" library_folder ${library_folder})
  endforeach()
  list(APPEND image_files "${library_folder}/${name}=${library_file}")
  list(APPEND image_sources ${library_file})
endforeach()
list(APPEND image_files "/usr/share/licenses/assay-probe/LICENSE=${PROJECT_SOURCE_DIR}/LICENSE")
foreach(library libc6:libc libstdc++6:libstdc++ libnghttp2-dev:nghttp2 libhttp-parser-dev:http-parser)
  string(REPLACE ":" ";" library ${library})
  list(GET library 0 package)
  list(GET library 1 name)
  set(terms /usr/share/doc/${package}/copyright)  # where Debian puts it
  if(EXISTS ${terms})
    list(APPEND image_files "/usr/share/licenses/${name}/copyright=${terms}")
  endif()
endforeach()

if(ASSAY_IMAGE_PROGRAM)
  set(image_program ${ASSAY_IMAGE_PROGRAM})
else()
  set(image_program assay-image)
  add_executable(assay-image build_image.cpp)
  assay_compile_options(assay-image)
  target_link_libraries(assay-image PRIVATE assay_image_layout)
endif()

# What builds for other platforms wrote is carried beside this one's.
set(ASSAY_OTHER_PROBE_IMAGES "" CACHE STRING "assay-probe-image.tar of builds for other platforms, to be carried, too")
set(image_tar ${PROJECT_BINARY_DIR}/assay-probe-image.tar)
set(own_image_tar ${image_tar})
if(ASSAY_OTHER_PROBE_IMAGES)
  set(own_image_tar ${PROJECT_BINARY_DIR}/assay-probe-image-${image_architecture}.tar)
  add_custom_command(OUTPUT ${image_tar}
    COMMAND ${image_program} --join ${image_tar} ${own_image_tar} ${ASSAY_OTHER_PROBE_IMAGES}
    DEPENDS ${image_program} ${own_image_tar} ${ASSAY_OTHER_PROBE_IMAGES}
    COMMENT "Writing the probe's image for all platforms"
    VERBATIM)
endif()
add_custom_command(OUTPUT ${own_image_tar}
  COMMAND ${image_program} ${own_image_tar} ${PROJECT_VERSION} ${image_architecture} ${image_files}
  DEPENDS ${image_program} assay-probe ${image_sources} ${PROJECT_SOURCE_DIR}/LICENSE
  COMMENT "Writing the probe's image"
  VERBATIM)
