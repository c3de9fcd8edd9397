// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What an accelerator's thread can do, by the PTX ISA: copies that run by themselves, matrices out
// of shared memory, products of them. Each is of the whole warp.
#pragma once

#include <cstdint>

#include "probe/compute/cuda/block.cuh"
#include "probe/compute/cuda/product_stages.cuh"

namespace assay_kernels {

__device__ inline void copy_16(unsigned char* to, const unsigned char* from) {
#if __CUDA_ARCH__ >= 800
    const auto place = static_cast<unsigned>(__cvta_generic_to_shared(to));
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(place), "l"(from) : "memory");
#else
    *reinterpret_cast<uint4*>(to) = *reinterpret_cast<const uint4*>(from);
#endif
}

__device__ inline void end_of_stage() {
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

__device__ inline void wait_for_stage() {
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_group %0;" ::"n"(product_stages - 2) : "memory");
#endif
}

// Four 8 x 16-byte matrices; lane l gives the address of row l % 8 of matrix l / 8.
__device__ inline void load_matrices(std::uint32_t (&to)[4], const unsigned char* row) {
    const auto place = static_cast<unsigned>(__cvta_generic_to_shared(row));
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(place)
                 : "memory");
}

#define ASSAY_MMA_WHOLE(shape, types)                                               \
    asm volatile("mma.sync.aligned." shape ".row.col." types                        \
                 " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
                 : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])                   \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1))
#define ASSAY_MMA(shape, types)                                                     \
    asm volatile("mma.sync.aligned." shape ".row.col." types                        \
                 " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])                   \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1))

// 16 x 8 of C by 32 bytes along k. What the architecture lacks traps; the host does not ask for it.
template <Type type>
__device__ void multiply_add(std::int32_t (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                             std::uint32_t b1) {
    static_assert(type == Type::int8);
#if __CUDA_ARCH__ >= 800
    ASSAY_MMA_WHOLE("m16n8k32", "s32.s8.s8.s32");
#else
    for (unsigned half = 0; half < 2; ++half) {
        asm volatile(
            "mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%0, %1}, {%2}, {%3}, {%0, %1};"
            : "+r"(c[2 * half]), "+r"(c[2 * half + 1])
            : "r"(a[half]), "r"(b0));
        asm volatile(
            "mma.sync.aligned.m8n8k16.row.col.s32.s8.s8.s32 {%0, %1}, {%2}, {%3}, {%0, %1};"
            : "+r"(c[2 * half]), "+r"(c[2 * half + 1])
            : "r"(a[half + 2]), "r"(b1));
    }
#endif
}

template <Type type>
__device__ void multiply_add(float (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                             std::uint32_t b1) {
#if __CUDA_ARCH__ >= 800
    if constexpr (type == Type::fp16) {
        ASSAY_MMA("m16n8k16", "f32.f16.f16.f32");
    } else if constexpr (type == Type::bf16) {
        ASSAY_MMA("m16n8k16", "f32.bf16.bf16.f32");
    } else if constexpr (type == Type::tf32) {
        ASSAY_MMA("m16n8k8", "f32.tf32.tf32.f32");
    }
#else
    if constexpr (type == Type::fp16) {
        asm volatile(
            "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, "
            "{%0, %1, %2, %3};"
            : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
            : "r"(a[0]), "r"(a[1]), "r"(b0));
        asm volatile(
            "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, "
            "{%0, %1, %2, %3};"
            : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
            : "r"(a[2]), "r"(a[3]), "r"(b1));
    } else {
        __trap();
    }
#endif
#if __CUDA_ARCH__ >= 890
    if constexpr (type == Type::fp8_e4m3) {
        ASSAY_MMA("m16n8k32", "f32.e4m3.e4m3.f32");
    } else if constexpr (type == Type::fp8_e5m2) {
        ASSAY_MMA("m16n8k32", "f32.e5m2.e5m2.f32");
    }
#else
    if constexpr (type == Type::fp8_e4m3 || type == Type::fp8_e5m2) {
        __trap();
    }
#endif
}

}  // namespace assay_kernels
