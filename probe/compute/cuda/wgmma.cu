// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The products of wgmma_tiles.cuh on the tensor cores of sm_90a, a kernel for each number type.
#include "probe/compute/cuda/wgmma.cuh"
// After what it runs on.
#include "probe/compute/cuda/wgmma_tiles.cuh"

using namespace assay_kernels;

#define ASSAY_WGMMA_PRODUCT(name, type, sum)                                                    \
    extern "C" __global__ void __launch_bounds__(wgmma::threads, 1) name(                       \
        const __grid_constant__ wgmma::TensorMap a, const __grid_constant__ wgmma::TensorMap b, \
        std::uint32_t* c, std::uint32_t* units, unsigned m, unsigned n, unsigned row_bytes,     \
        unsigned rotation, unsigned skipped, unsigned stuck) {                                  \
        extern __shared__ unsigned char shared[];                                               \
        wgmma::multiply<Type::type, sum>(                                                       \
            {&a, &b, c, units, m, n, row_bytes, rotation, skipped, stuck}, shared);             \
    }

ASSAY_WGMMA_PRODUCT(wgmma_int8, int8, std::int32_t)
ASSAY_WGMMA_PRODUCT(wgmma_fp16, fp16, float)
ASSAY_WGMMA_PRODUCT(wgmma_bf16, bf16, float)
ASSAY_WGMMA_PRODUCT(wgmma_tf32, tf32, float)
ASSAY_WGMMA_PRODUCT(wgmma_fp8_e4m3, fp8_e4m3, float)
ASSAY_WGMMA_PRODUCT(wgmma_fp8_e5m2, fp8_e5m2, float)
