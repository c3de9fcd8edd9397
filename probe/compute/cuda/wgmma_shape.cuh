// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the wgmma kernel, what it runs on and who launches it must agree about. The figures are of
// the instruction m64n256 in its K-major form with 128-byte swizzle (PTX ISA, "Asynchronous
// Warpgroup Level Matrix Instructions").
#pragma once

#include <cstdint>

#include "probe/compute/cuda/product_stages.cuh"

namespace assay_kernels::wgmma {

inline constexpr unsigned warps_of_a_group = 4;
inline constexpr unsigned threads_of_a_group = 128;
inline constexpr unsigned rows_of_a_group = 64;
inline constexpr unsigned sums_of_a_thread = 128;      // of 64 x 256
inline constexpr unsigned bytes_along_k = 32;          // of an instruction
inline constexpr unsigned row_bytes_of_a_stage = 128;  // what the swizzle spans

inline constexpr unsigned tile_rows = 128;     // 64 of each warpgroup that multiplies
inline constexpr unsigned tile_columns = 256;  // of C
inline constexpr unsigned multipliers = 2;     // warpgroups
inline constexpr unsigned threads = (multipliers + 1) * threads_of_a_group;
inline constexpr unsigned stages = 4;
inline constexpr unsigned a_bytes = tile_rows * row_bytes_of_a_stage;
inline constexpr unsigned stage_bytes = a_bytes + tile_columns * row_bytes_of_a_stage;
// What the swizzle repeats after: a stage begins on such a boundary.
inline constexpr unsigned alignment = 1024;
// Of shared memory, with room to align it.
inline constexpr unsigned shared_bytes = alignment + stages * stage_bytes + 2 * stages * 8;

// CUtensorMap, as the driver fills it.
struct alignas(64) TensorMap {
    std::uint64_t opaque[16];
};

using Barrier = std::uint64_t;  // mbarrier

}  // namespace assay_kernels::wgmma
