// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// C = A B with wgmma and the tensor memory accelerator, one kernel for each number type, for sm_90a
// alone. A and B lie as for product_tiles.cuh, and again all types share one layout in bytes: an
// instruction takes 64 rows of A and 256 columns of B by 32 bytes along k.
//
// A block computes tiles of 128 x 256 (tile_order.cuh). One thread fetches: rows of 128 bytes of A
// and B, swizzled by the accelerator, into a ring of four stages. Two warpgroups multiply: each has
// 64 rows of the tile, and all of its columns. Every stage has two barriers: `full`, which the
// bytes that arrive complete, and `empty`, which each warp that multiplied completes. So the next
// tile is fetched while this one is stored.
//
// What only an accelerator has is declared in wgmma.cuh; a test puts threads of its own in its
// place (tests/unit/probe/wgmma_emulation_test.cpp). Include one of them before this.
#pragma once

#include <cstddef>
#include <cstdint>

#include "probe/compute/cuda/tile_order.cuh"
#include "probe/compute/cuda/wgmma_shape.cuh"

namespace assay_kernels::wgmma {

struct Operands {
    const TensorMap* a;  // boxes of row_bytes_of_a_stage x tile_rows
    const TensorMap* b;  // of row_bytes_of_a_stage x tile_columns
    std::uint32_t* c;
    std::uint32_t* units;
    unsigned m, n;
    unsigned row_bytes;  // of A and B, a multiple of row_bytes_of_a_stage
    unsigned rotation;
    unsigned skipped, stuck;  // tiles; ~0 for none

    __device__ TileOrder order() const { return {m / tile_rows, n / tile_columns, rotation}; }
    __device__ unsigned chunks() const { return row_bytes / row_bytes_of_a_stage; }
};

// The stages, one after another: where a thread is that fills or empties them.
class Ring {
public:
    __device__ explicit Ring(unsigned char* shared) : shared_(shared) {}

    __device__ unsigned char* stage() const { return shared_ + at_ % stages * stage_bytes; }
    __device__ Barrier* full() const { return barriers() + at_ % stages; }
    __device__ Barrier* empty() const { return barriers() + stages + at_ % stages; }
    // Of `full` when this stage is filled, of `empty` when it is emptied.
    __device__ unsigned parity() const { return at_ / stages & 1; }
    __device__ void go_on() { ++at_; }

    __device__ void set_up() const {
        for (unsigned stage = 0; stage < stages; ++stage) {
            set_up_barrier(barriers() + stage, 1);
            set_up_barrier(barriers() + stages + stage, multipliers * warps_of_a_group);
        }
        show_barriers();
    }

private:
    __device__ Barrier* barriers() const {
        return reinterpret_cast<Barrier*>(shared_ + stages * stage_bytes);
    }

    unsigned char* shared_;
    unsigned at_ = 0;
};

__device__ inline void fetch_tile(const Operands& operands, unsigned row, unsigned column,
                                  Ring& ring) {
    for (unsigned chunk = 0; chunk < operands.chunks(); ++chunk, ring.go_on()) {
        // Of a barrier that is new the phase before counts as over: the first round does not wait.
        wait_for_barrier(ring.empty(), ring.parity() ^ 1);
        expect_bytes(ring.full(), stage_bytes);
        const unsigned byte = chunk * row_bytes_of_a_stage;
        fetch_box(ring.stage(), operands.a, byte, row, ring.full());
        fetch_box(ring.stage() + a_bytes, operands.b, byte, column, ring.full());
    }
}

__device__ inline void fetch(const Operands& operands, Ring ring) {
    const TileOrder order = operands.order();
    for (unsigned turn = order.first_turn(); turn < order.turns(); turn += number_of_blocks()) {
        const TileOrder::Tile tile = order.tile_at(turn);
        if (tile.index == operands.skipped) {
            continue;
        }
        const bool stuck = tile.index == operands.stuck;
        fetch_tile(operands, stuck ? 0 : tile.row * tile_rows,
                   stuck ? 0 : tile.column * tile_columns, ring);
    }
}

// The warp that calls has read what it wanted of the stage.
__device__ inline void give_back(const Ring& ring) {
    if (this_thread() % 32 == 0) {
        arrive_at_barrier(ring.empty());
    }
}

// The descriptor of a matrix in shared memory, along k, with 128-byte swizzle: 8 rows of it lie
// 1024 bytes from the next 8. The leading dimension's offset is not used in this form.
__device__ inline std::uint64_t matrix_at(const unsigned char* place) {
    constexpr std::uint64_t eight_rows = 1024 >> 4U;
    constexpr std::uint64_t swizzle_128 = 1;
    return (shared_address(place) & 0x3ffffU) >> 4U | std::uint64_t{1} << 16U | eight_rows << 32U |
           swizzle_128 << 62U;
}

template <Type type, typename Sum>
__device__ void multiply_tile(const Operands& operands, unsigned group, Ring& ring,
                              Sum (&sums)[sums_of_a_thread]) {
    Ring before = ring;
    for (unsigned chunk = 0; chunk < operands.chunks(); ++chunk, ring.go_on()) {
        wait_for_barrier(ring.full(), ring.parity());
        const unsigned char* a = ring.stage() + group * rows_of_a_group * row_bytes_of_a_stage;
        const unsigned char* b = ring.stage() + a_bytes;
        begin_products();
#pragma unroll
        for (unsigned byte = 0; byte < row_bytes_of_a_stage; byte += bytes_along_k) {
            multiply_add<type>(sums, matrix_at(a + byte), matrix_at(b + byte));
        }
        end_products();
        if (chunk > 0) {
            wait_for_all_but_the_last();
            give_back(before);
            before.go_on();
        }
    }
    wait_for_sums(sums);
    give_back(before);
}

// PTX ISA, "Register Fragments", accumulator D of wgmma.mma_async: each thread has two neighbours
// of every 8 columns, in two rows.
template <typename Sum>
__device__ void store(const Operands& operands, unsigned row, unsigned column,
                      const Sum (&sums)[sums_of_a_thread]) {
    const unsigned lane = this_thread() % 32;
    const unsigned warp = this_thread() / 32 % warps_of_a_group;
#pragma unroll
    for (unsigned at = 0; at < sums_of_a_thread; at += 2) {
        const std::size_t line = row + warp * 16 + lane / 4 + at / 2 % 2 * 8;
        const std::size_t place = line * operands.n + column + at / 4 * 8 + lane % 4 * 2;
        store_two(operands.c + place, bits_of(sums[at]), bits_of(sums[at + 1]));
    }
}

template <Type type, typename Sum>
__device__ void multiply_all(const Operands& operands, unsigned group, Ring ring) {
    const TileOrder order = operands.order();
    for (unsigned turn = order.first_turn(); turn < order.turns(); turn += number_of_blocks()) {
        const TileOrder::Tile tile = order.tile_at(turn);
        if (tile.index == operands.skipped) {
            continue;
        }
        Sum sums[sums_of_a_thread] = {};
        multiply_tile<type>(operands, group, ring, sums);
        store(operands, tile.row * tile_rows + group * rows_of_a_group, tile.column * tile_columns,
              sums);
        if (this_thread() == 0) {
            operands.units[tile.index] = this_unit();
        }
    }
}

// `shared`: shared_bytes.
template <Type type, typename Sum>
__device__ void multiply(const Operands& operands, unsigned char* shared) {
    const Ring ring(shared + (alignment - shared_address(shared) % alignment) % alignment);
    const unsigned group = this_thread() / threads_of_a_group;
    if (this_thread() == 0) {
        ring.set_up();
    }
    wait_for_block();
    if (group < multipliers) {
        take_registers();
        multiply_all<type, Sum>(operands, group, ring);
    } else {
        give_registers();
        if (this_thread() == multipliers * threads_of_a_group) {
            fetch(operands, ring);
        }
    }
}

}  // namespace assay_kernels::wgmma
