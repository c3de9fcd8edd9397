# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
# Compiles the kernels to fat binaries that the program embeds, and sets assay_kernel_sources.
# scripts/install-dependencies --cuda puts the toolkit where it is looked for here.
set(ASSAY_CUDA AUTO CACHE STRING "The probe's kernels for NVIDIA GPUs: ON, OFF, or AUTO (where nvcc is found)")
set_property(CACHE ASSAY_CUDA PROPERTY STRINGS AUTO ON OFF)

set(cuda_version 13.0.88)
set(cuda12_version 12.4.127)
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
# For drivers before 580. No find_library: a cross compiler looks for libraries elsewhere.
find_file(ASSAY_NVRTC libnvrtc.so.12 PATHS ${cuda_cache}/cuda-${cuda12_version}/toolkit/lib
  NO_CMAKE_FIND_ROOT_PATH DOC "CUDA 12.4's compiler as a library")

if(ASSAY_CUDA STREQUAL "ON" AND NOT (ASSAY_NVCC AND ASSAY_NVRTC))
  message(FATAL_ERROR "ASSAY_CUDA is ON, and nvcc is ${ASSAY_NVCC}, libnvrtc.so.12 is ${ASSAY_NVRTC}: run "
    "scripts/install-dependencies --cuda (CUDA ${cuda_version} and ${cuda12_version} by pip, 400 MB below "
    "${cuda_cache}), or set ASSAY_NVCC and ASSAY_NVRTC to yours, or ASSAY_CUDA to OFF")
endif()

list(APPEND probe_sources compute/cuda/kernel_choice.cpp)
if(ASSAY_CUDA STREQUAL "OFF" OR NOT (ASSAY_NVCC AND ASSAY_NVRTC))
  message(STATUS "The probe is built without kernels for NVIDIA GPUs (ASSAY_CUDA=${ASSAY_CUDA}, "
    "nvcc: ${ASSAY_NVCC}, libnvrtc.so.12: ${ASSAY_NVRTC})")
  set(assay_kernel_sources compute/cuda/no_kernels.cpp)
  return()
endif()

# Every architecture CUDA 13 knows from Turing to Blackwell, and for what comes after, PTX. wgmma is of sm_90a alone.
set(everywhere -gencode arch=compute_90,code=compute_90)
foreach(architecture 75 80 86 89 90 100 120)
  list(APPEND everywhere -gencode arch=compute_${architecture},code=sm_${architecture})
endforeach()
set(cuda_architectures_product ${everywhere})
set(cuda_architectures_memory ${everywhere})
set(cuda_architectures_wgmma -gencode arch=compute_90a,code=sm_90a)
set(cuda_flags -std=c++20 -O3 -fatbin -Werror all-warnings --compress-mode=size -I${PROJECT_SOURCE_DIR})

# Of drivers of CUDA 12 each takes what is compiled for its GPU's major architecture; kernels.cpp has the same list.
set(cuda12_architectures_product 75 80 86 89 90)
set(cuda12_architectures_memory 75 80 86 89 90)
set(cuda12_architectures_wgmma 90a)
set(compile_with_nvrtc ${CMAKE_CURRENT_SOURCE_DIR}/compute/cuda/compile_kernels.py)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

set(kernel_folder ${CMAKE_CURRENT_BINARY_DIR}/kernels)
set(kernel_binaries "")
file(GLOB kernel_headers CONFIGURE_DEPENDS compute/cuda/*.cuh)
foreach(name product memory wgmma)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/compute/cuda/${name}.cu)
  add_custom_command(OUTPUT ${kernel_folder}/${name}.fatbin
    COMMAND ${CMAKE_COMMAND} -E make_directory ${kernel_folder}
    COMMAND ${ASSAY_NVCC} ${cuda_flags} ${cuda_architectures_${name}} -o ${kernel_folder}/${name}.fatbin ${source}
    DEPENDS ${source} ${kernel_headers}
    COMMENT "Compiling ${name}.cu for drivers of CUDA 13" VERBATIM)
  list(APPEND kernel_binaries ${kernel_folder}/${name}.fatbin)
  foreach(architecture IN LISTS cuda12_architectures_${name})
    set(binary ${kernel_folder}/${name}.sm_${architecture}.cubin)
    add_custom_command(OUTPUT ${binary}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${kernel_folder}
      COMMAND Python3::Interpreter ${compile_with_nvrtc} --nvrtc ${ASSAY_NVRTC} --architecture sm_${architecture}
        --include ${PROJECT_SOURCE_DIR} --out ${binary} ${source}
      DEPENDS ${source} ${kernel_headers} ${compile_with_nvrtc}
      COMMENT "Compiling ${name}.cu for sm_${architecture} and drivers of CUDA 12" VERBATIM)
    list(APPEND kernel_binaries ${binary})
  endforeach()
endforeach()
add_custom_target(assay_kernels DEPENDS ${kernel_binaries})
set_source_files_properties(compute/cuda/kernels.S PROPERTIES
  COMPILE_OPTIONS "-Wa,-I,${kernel_folder}" OBJECT_DEPENDS "${kernel_binaries}")
set(assay_kernel_sources compute/cuda/kernels.cpp compute/cuda/kernels.S)
