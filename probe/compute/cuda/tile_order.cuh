// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Which tiles of C a block computes, and in which order: of every turn there is, those with
// (turn + rotation) mod blocks = block, so that another rotation puts each tile on another block.
// Turns that follow each other are close to each other in C, so that their operands stay in the L2.
//
// this_block() and number_of_blocks() are of what the kernel runs on: include that before this.
#pragma once

namespace assay_kernels {

inline constexpr unsigned tiles_in_a_group = 8;  // rows of tiles that are worked on together

struct TileOrder {
    unsigned down, across;  // tiles of C
    unsigned rotation;

    struct Tile {
        unsigned row, column, index;
    };

    __device__ unsigned first_turn() const {
        const unsigned blocks = number_of_blocks();
        return (this_block() + blocks - rotation % blocks) % blocks;
    }

    __device__ unsigned turns() const { return down * across; }

    __device__ Tile tile_at(unsigned turn) const {
        const unsigned group = turn / (tiles_in_a_group * across) * tiles_in_a_group;
        const unsigned rows = down - group < tiles_in_a_group ? down - group : tiles_in_a_group;
        const unsigned within = turn % (tiles_in_a_group * across);
        const unsigned row = group + within % rows;
        const unsigned column = within / rows;
        return {row, column, row * across + column};
    }
};

}  // namespace assay_kernels
