// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The products of product_tiles.cuh on tensor cores, a kernel for each number type.
#include "probe/compute/cuda/tensor_core.cuh"
// After what it runs on.
#include "probe/compute/cuda/product_tiles.cuh"

using namespace assay_kernels;

#define ASSAY_PRODUCT(name, type, sum)                                                            \
    extern "C" __global__ void __launch_bounds__(threads, 2)                                      \
        name(const unsigned char* a, const unsigned char* b, std::uint32_t* c,                    \
             std::uint32_t* units, unsigned m, unsigned n, unsigned row_bytes, unsigned rotation, \
             unsigned skipped, unsigned stuck) {                                                  \
        __shared__ __align__(128) unsigned char shared[stages * 2 * matrix];                      \
        multiply<Type::type, sum>({a, b, c, units, m, n, row_bytes, rotation, skipped, stuck},    \
                                  shared);                                                        \
    }

ASSAY_PRODUCT(product_int8, int8, std::int32_t)
ASSAY_PRODUCT(product_fp16, fp16, float)
ASSAY_PRODUCT(product_bf16, bf16, float)
ASSAY_PRODUCT(product_tf32, tf32, float)
ASSAY_PRODUCT(product_fp8_e4m3, fp8_e4m3, float)
ASSAY_PRODUCT(product_fp8_e5m2, fp8_e5m2, float)
