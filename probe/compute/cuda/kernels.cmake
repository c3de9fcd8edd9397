# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
# Compiles the kernels to fat binaries that the program embeds, and sets assay_kernel_sources.
# scripts/install-dependencies --cuda puts the toolkit where it is looked for here.
set(ASSAY_CUDA AUTO CACHE STRING "The probe's kernels for NVIDIA GPUs: ON, OFF, or AUTO (where nvcc is found)")
set_property(CACHE ASSAY_CUDA PROPERTY STRINGS AUTO ON OFF)

set(cuda_version 13.0.88)
if(DEFINED ENV{ASSAY_CACHE})
  set(cuda_cache $ENV{ASSAY_CACHE})
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(cuda_cache $ENV{XDG_CACHE_HOME}/assay)
else()
  set(cuda_cache $ENV{HOME}/.cache/assay)
endif()
if(DEFINED ENV{CUDACXX})
  set(ASSAY_NVCC $ENV{CUDACXX} CACHE FILEPATH "The CUDA toolkit's compiler, 13.0 or later")
endif()
find_program(ASSAY_NVCC nvcc HINTS ${cuda_cache}/cuda-${cuda_version}/toolkit/bin
  /usr/local/cuda/bin DOC "The CUDA toolkit's compiler, 13.0 or later")

if(ASSAY_CUDA STREQUAL "ON" AND NOT ASSAY_NVCC)
  message(FATAL_ERROR "ASSAY_CUDA is ON and there is no nvcc: run scripts/install-dependencies --cuda "
    "(CUDA ${cuda_version} by pip, 300 MB below ${cuda_cache}), or set ASSAY_NVCC to yours, or ASSAY_CUDA to OFF")
endif()

if(ASSAY_CUDA STREQUAL "OFF" OR NOT ASSAY_NVCC)
  message(STATUS "The probe is built without kernels for NVIDIA GPUs (ASSAY_CUDA=${ASSAY_CUDA}, nvcc: ${ASSAY_NVCC})")
  set(assay_kernel_sources compute/cuda/no_kernels.cpp)
  return()
endif()

# Every architecture CUDA 13 knows from Turing to Blackwell, and for what comes after, PTX.
set(cuda_architectures 75 80 86 89 90 100 120)
set(cuda_flags -std=c++20 -O3 -fatbin -Werror all-warnings --compress-mode=size -I${PROJECT_SOURCE_DIR}
  -gencode arch=compute_90,code=compute_90)
foreach(architecture IN LISTS cuda_architectures)
  list(APPEND cuda_flags -gencode arch=compute_${architecture},code=sm_${architecture})
endforeach()

set(kernel_folder ${CMAKE_CURRENT_BINARY_DIR}/kernels)
set(kernel_binaries "")
file(GLOB kernel_headers CONFIGURE_DEPENDS compute/cuda/*.cuh)
foreach(name product memory)
  add_custom_command(OUTPUT ${kernel_folder}/${name}.fatbin
    COMMAND ${CMAKE_COMMAND} -E make_directory ${kernel_folder}
    COMMAND ${ASSAY_NVCC} ${cuda_flags} -o ${kernel_folder}/${name}.fatbin
      ${CMAKE_CURRENT_SOURCE_DIR}/compute/cuda/${name}.cu
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/compute/cuda/${name}.cu ${kernel_headers}
    COMMENT "Compiling ${name}.cu for sm_75 to sm_120" VERBATIM)
  list(APPEND kernel_binaries ${kernel_folder}/${name}.fatbin)
endforeach()
add_custom_target(assay_kernels DEPENDS ${kernel_binaries})
set_source_files_properties(compute/cuda/kernels_cuda13.S PROPERTIES
  COMPILE_DEFINITIONS
    "ASSAY_PRODUCT_KERNELS=\"${kernel_folder}/product.fatbin\";ASSAY_MEMORY_KERNELS=\"${kernel_folder}/memory.fatbin\""
  OBJECT_DEPENDS "${kernel_binaries}")
set(assay_kernel_sources compute/cuda/kernels.cpp compute/cuda/kernels_cuda13.S)
