// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a thread knows of its block, and what is the same on every architecture.
#pragma once

#include <cstdint>

namespace assay_kernels {

__device__ inline unsigned this_thread() {
    return threadIdx.x;
}

__device__ inline unsigned this_block() {
    return blockIdx.x;
}

__device__ inline unsigned number_of_blocks() {
    return gridDim.x;
}

__device__ inline void wait_for_block() {
    __syncthreads();
}

// The SM.
__device__ inline unsigned this_unit() {
    unsigned unit = 0;
    asm volatile("mov.u32 %0, %%smid;" : "=r"(unit));
    return unit;
}

__device__ inline void store_two(std::uint32_t* to, std::uint32_t first, std::uint32_t second) {
    *reinterpret_cast<uint2*>(to) = make_uint2(first, second);
}

__device__ inline std::uint32_t bits_of(std::int32_t value) {
    return static_cast<std::uint32_t>(value);
}

__device__ inline std::uint32_t bits_of(float value) {
    return __float_as_uint(value);
}

}  // namespace assay_kernels
