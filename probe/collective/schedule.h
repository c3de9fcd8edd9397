// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Who sends which part when, in a ring of n ranks: n - 1 steps of reduce-scatter, after which each
// rank has the whole sum of one chunk, and n - 1 steps of all-gather, which hand these round.
// Rank r sends to r + 1. Pure functions; any thread.
#pragma once

#include <cstddef>

namespace assay::probe::collective {

// Elements of a buffer; may be none.
struct Chunk {
    std::size_t first = 0;
    std::size_t count = 0;
};

// The index-th of `ranks` parts of `elements`, which differ by at most one in length.
Chunk chunk_of(std::size_t elements, int ranks, int index);

// One step of one rank.
struct Turn {
    int send = 0;          // chunk
    int receive = 0;       // chunk
    bool reduces = false;  // what is received is added to the rank's own, else it is the sum
    // What is received is the sum of what so many ranks put in, from this rank on round the ring.
    int summed_from = 0;
    int summed = 0;
};

// step: 0 to steps(ranks) - 1.
Turn turn_of(int step, int rank, int ranks);

int steps(int ranks);

}  // namespace assay::probe::collective
