// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// C = A B with mma.sync, one kernel for each number type, on every architecture from sm_75 on.
//
// All types share one layout in bytes: an instruction takes 16 rows of A and 8 columns of B by 32
// bytes along k (16 numbers of fp16, 32 of int8, …), and every thread holds the same bytes of them
// (PTX ISA, "Matrix Fragments for mma.m16n8k16", and those of k8 and k32). A and B lie row by row
// along k, B transposed.
//
// A block computes tiles of 128 x 128, several one after another (tile_order.cuh), and writes down
// which SM it ran on. Rows of 64 bytes of A and B come in three stages, by cp.async where there is
// (sm_80), and lie swizzled, so that ldmatrix meets no bank twice.
//
// What only an accelerator has is declared in tensor_core.cuh; a test puts threads of its own in
// its place (tests/unit/probe/product_emulation_test.cpp). Include one of them before this.
#pragma once

#include <cstddef>
#include <cstdint>

#include "probe/compute/cuda/product_stages.cuh"
#include "probe/compute/cuda/tile_order.cuh"

namespace assay_kernels {

inline constexpr unsigned tile = 128;               // rows and columns
inline constexpr unsigned chunk = 64;               // bytes along k of a stage
inline constexpr unsigned stages = product_stages;  // 48 KiB of shared memory, what needs no opt-in
inline constexpr unsigned threads = 256;            // 2 x 4 warps, each with 64 x 32 of the tile
inline constexpr unsigned matrix = tile * chunk;    // bytes of A in a stage, and of B

struct Operands {
    const unsigned char* a;
    const unsigned char* b;
    std::uint32_t* c;
    std::uint32_t* units;
    unsigned m, n;
    unsigned row_bytes;  // of A and B, a multiple of chunk
    unsigned rotation;
    unsigned skipped, stuck;  // tiles; ~0 for none
};

// Where 16 bytes of a row lie within a stage's matrix.
__device__ inline unsigned swizzled(unsigned row, unsigned sixteen) {
    return row * chunk + ((sixteen ^ (row >> 1 & 3)) << 4);
}

__device__ inline void load_stage(const Operands& operands, unsigned row, unsigned column,
                                  unsigned at, unsigned char* stage) {
    for (unsigned index = this_thread(); index < tile * chunk / 16; index += threads) {
        const unsigned line = index / (chunk / 16);
        const unsigned sixteen = index % (chunk / 16);
        const std::size_t offset = std::size_t{at} * chunk + sixteen * 16;
        copy_16(stage + swizzled(line, sixteen),
                operands.a + std::size_t{row + line} * operands.row_bytes + offset);
        copy_16(stage + matrix + swizzled(line, sixteen),
                operands.b + std::size_t{column + line} * operands.row_bytes + offset);
    }
}

// A warp's 64 x 32 of the tile: 4 x 4 times 16 x 8.
template <typename Sum>
struct Part {
    Sum c[4][4][4];
};

template <Type type, typename Sum>
__device__ void compute_stage(const unsigned char* stage, unsigned warp_row, unsigned warp_column,
                              Part<Sum>& part) {
    const unsigned lane = this_thread() % 32;
    for (unsigned step = 0; step < chunk / 32; ++step) {
        std::uint32_t a[4][4];
        std::uint32_t b[2][4];  // each of two columns of 8
#pragma unroll
        for (unsigned i = 0; i < 4; ++i) {
            const unsigned row = warp_row + i * 16 + lane % 16;
            load_matrices(a[i], stage + swizzled(row, step * 2 + lane / 16));
        }
#pragma unroll
        for (unsigned j = 0; j < 2; ++j) {
            const unsigned column = warp_column + j * 16 + lane / 16 * 8 + lane % 8;
            load_matrices(b[j], stage + matrix + swizzled(column, step * 2 + lane / 8 % 2));
        }
#pragma unroll
        for (unsigned i = 0; i < 4; ++i) {
#pragma unroll
            for (unsigned j = 0; j < 4; ++j) {
                multiply_add<type>(part.c[i][j], a[i], b[j / 2][j % 2 * 2],
                                   b[j / 2][j % 2 * 2 + 1]);
            }
        }
    }
}

template <typename Sum>
__device__ void store(const Operands& operands, unsigned row, unsigned column,
                      const Part<Sum>& part) {
    const unsigned lane = this_thread() % 32;
#pragma unroll
    for (unsigned i = 0; i < 4; ++i) {
#pragma unroll
        for (unsigned j = 0; j < 4; ++j) {
#pragma unroll
            for (unsigned half = 0; half < 2; ++half) {
                const std::size_t line = row + i * 16 + lane / 4 + half * 8;
                const std::size_t place = line * operands.n + column + j * 8 + lane % 4 * 2;
                store_two(operands.c + place, bits_of(part.c[i][j][half * 2]),
                          bits_of(part.c[i][j][half * 2 + 1]));
            }
        }
    }
}

template <Type type, typename Sum>
__device__ void compute_tile(const Operands& operands, unsigned row, unsigned column,
                             unsigned char* shared, Part<Sum>& part) {
    const unsigned warp = this_thread() / 32;
    const unsigned chunks = operands.row_bytes / chunk;
    for (unsigned at = 0; at < stages - 1; ++at) {
        if (at < chunks) {
            load_stage(operands, row, column, at, shared + at * 2 * matrix);
        }
        end_of_stage();
    }
    for (unsigned at = 0; at < chunks; ++at) {
        wait_for_stage();
        wait_for_block();
        const unsigned next = at + stages - 1;
        if (next < chunks) {
            load_stage(operands, row, column, next, shared + next % stages * 2 * matrix);
        }
        end_of_stage();
        compute_stage<type>(shared + at % stages * 2 * matrix, warp / 4 * 64, warp % 4 * 32, part);
    }
    wait_for_block();  // before the next tile overwrites what others still read
}

template <Type type, typename Sum>
__device__ void multiply(const Operands& operands, unsigned char* shared) {
    const TileOrder order{operands.m / tile, operands.n / tile, operands.rotation};
    const unsigned warp = this_thread() / 32;
    for (unsigned turn = order.first_turn(); turn < order.turns(); turn += number_of_blocks()) {
        const auto [tile_row, tile_column, index] = order.tile_at(turn);
        if (index == operands.skipped) {
            continue;
        }
        const bool stuck = index == operands.stuck;
        Part<Sum> part{};
        compute_tile<type>(operands, stuck ? 0 : tile_row * tile, stuck ? 0 : tile_column * tile,
                           shared, part);
        store(operands, tile_row * tile + warp / 4 * 64, tile_column * tile + warp % 4 * 32, part);
        if (this_thread() == 0) {
            operands.units[index] = this_unit();
        }
    }
}

}  // namespace assay_kernels
