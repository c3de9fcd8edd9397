// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a thread of sm_90a can do beyond block.cuh, by the PTX ISA: barriers in shared memory,
// copies of boxes by the tensor memory accelerator, products of a whole warpgroup.
#pragma once

#include <cstdint>

#include "probe/compute/cuda/block.cuh"
#include "probe/compute/cuda/wgmma_shape.cuh"

namespace assay_kernels::wgmma {

// A wait that lasts as long as this is one for what never comes: the kernel ends with an error.
inline constexpr std::uint64_t longest_wait_ns = 20'000'000'000;

__device__ inline std::uint32_t shared_address(const void* place) {
    return static_cast<std::uint32_t>(__cvta_generic_to_shared(place));
}

__device__ inline void set_up_barrier(Barrier* barrier, unsigned arrivals) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)),
                 "r"(arrivals)
                 : "memory");
}

// To the accelerator that copies; the other threads see them after wait_for_block().
__device__ inline void show_barriers() {
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}

__device__ inline void arrive_at_barrier(Barrier* barrier) {
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier))
                 : "memory");
}

// Arrives, and the phase ends no sooner than so many bytes have come.
__device__ inline void expect_bytes(Barrier* barrier, unsigned bytes) {
    asm volatile(
        "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)),
        "r"(bytes)
        : "memory");
}

__device__ inline bool is_over(Barrier* barrier, unsigned parity) {
    std::uint32_t over = 0;
    asm volatile(
        "{\n.reg .pred over;\n"
        "mbarrier.try_wait.parity.shared::cta.b64 over, [%1], %2;\n"
        "selp.u32 %0, 1, 0, over;\n}"
        : "=r"(over)
        : "r"(shared_address(barrier)), "r"(parity)
        : "memory");
    return over != 0;
}

__device__ inline std::uint64_t nanoseconds() {
    std::uint64_t now = 0;
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
    return now;
}

// Until the phase with this parity is over.
__device__ inline void wait_for_barrier(Barrier* barrier, unsigned parity) {
    if (is_over(barrier, parity)) {
        return;
    }
    const std::uint64_t began = nanoseconds();
    while (!is_over(barrier, parity)) {
        if (nanoseconds() - began > longest_wait_ns) {
            __trap();
        }
    }
}

// The box of `map` whose corner is byte `byte` of row `row`.
__device__ inline void fetch_box(unsigned char* to, const TensorMap* map, unsigned byte,
                                 unsigned row, Barrier* barrier) {
    asm volatile(
        "cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
        " [%0], [%1, {%2, %3}], [%4];" ::"r"(shared_address(to)),
        "l"(map), "r"(byte), "r"(row), "r"(shared_address(barrier))
        : "memory");
}

// Between warpgroups: those that multiply need more than a thread has when the kernel begins.
__device__ inline void take_registers() {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
}

__device__ inline void give_registers() {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
}

// Before the first product that takes sums which a thread has written. The warp's threads may have
// come from a wait one by one.
__device__ inline void begin_products() {
    __syncwarp();
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}

__device__ inline void end_products() {
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

// Until all products but those of the last group are done.
__device__ inline void wait_for_all_but_the_last() {
    asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
}

#define ASSAY_8(c, at, kind)                                                         \
    kind(c[at]), kind(c[at + 1]), kind(c[at + 2]), kind(c[at + 3]), kind(c[at + 4]), \
        kind(c[at + 5]), kind(c[at + 6]), kind(c[at + 7])
#define ASSAY_32(c, at, kind)                                                  \
    ASSAY_8(c, at, kind), ASSAY_8(c, at + 8, kind), ASSAY_8(c, at + 16, kind), \
        ASSAY_8(c, at + 24, kind)
#define ASSAY_128(c, kind) \
    ASSAY_32(c, 0, kind), ASSAY_32(c, 32, kind), ASSAY_32(c, 64, kind), ASSAY_32(c, 96, kind)

// Until all products are done. It names the sums, so that nobody reads them sooner.
__device__ inline void wait_for_sums(std::int32_t (&sums)[sums_of_a_thread]) {
    asm volatile("wgmma.wait_group.sync.aligned 0;" : ASSAY_128(sums, "+r")::"memory");
}

__device__ inline void wait_for_sums(float (&sums)[sums_of_a_thread]) {
    asm volatile("wgmma.wait_group.sync.aligned 0;" : ASSAY_128(sums, "+f")::"memory");
}

// 64 x 256 by 32 bytes along k, in each form: what comes after the descriptors differs by type.
#define ASSAY_WGMMA(shape_and_types, kind, more)                                                  \
    asm volatile(                                                                                 \
        "{\n.reg .pred add;\n"                                                                    \
        "setp.ne.u32 add, %130, 0;\n"                                                             \
        "wgmma.mma_async.sync.aligned." shape_and_types                                           \
        " {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, " \
        "%19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, "   \
        "%36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, "   \
        "%53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, %64, %65, %66, %67, %68, %69, "   \
        "%70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, %82, %83, %84, %85, %86, "   \
        "%87, %88, %89, %90, %91, %92, %93, %94, %95, %96, %97, %98, %99, %100, %101, %102, "     \
        "%103, %104, %105, %106, %107, %108, %109, %110, %111, %112, %113, %114, %115, %116, "    \
        "%117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, %128, %129, add" more \
        ";\n}"                                                                                    \
        : ASSAY_128(sums, kind)                                                                   \
        : "l"(a), "l"(b), "r"(1))

template <Type type>
__device__ void multiply_add(std::int32_t (&sums)[sums_of_a_thread], std::uint64_t a,
                             std::uint64_t b) {
    static_assert(type == Type::int8);
    ASSAY_WGMMA("m64n256k32.s32.s8.s8", "+r", "");
}

template <Type type>
__device__ void multiply_add(float (&sums)[sums_of_a_thread], std::uint64_t a, std::uint64_t b) {
    if constexpr (type == Type::fp16) {
        ASSAY_WGMMA("m64n256k16.f32.f16.f16", "+f", ", 1, 1, 0, 0");
    } else if constexpr (type == Type::bf16) {
        ASSAY_WGMMA("m64n256k16.f32.bf16.bf16", "+f", ", 1, 1, 0, 0");
    } else if constexpr (type == Type::tf32) {
        ASSAY_WGMMA("m64n256k8.f32.tf32.tf32", "+f", ", 1, 1");
    } else if constexpr (type == Type::fp8_e4m3) {
        ASSAY_WGMMA("m64n256k32.f32.e4m3.e4m3", "+f", ", 1, 1");
    } else {
        static_assert(type == Type::fp8_e5m2);
        ASSAY_WGMMA("m64n256k32.f32.e5m2.e5m2", "+f", ", 1, 1");
    }
}

}  // namespace assay_kernels::wgmma
