// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/schedule.h"

namespace assay::probe::collective {

namespace {

int round_the_ring(int rank, int ranks) {
    return (rank % ranks + ranks) % ranks;
}

}  // namespace

Chunk chunk_of(std::size_t elements, int ranks, int index) {
    const auto parts = static_cast<std::size_t>(ranks);
    const auto part = static_cast<std::size_t>(index);
    // elements / parts first: the product of the two might not fit.
    const std::size_t least = elements / parts;
    const std::size_t longer = elements % parts;  // so many chunks have one more
    const std::size_t first = least * part + (part < longer ? part : longer);
    return {.first = first, .count = least + (part < longer ? 1 : 0)};
}

Turn turn_of(int step, int rank, int ranks) {
    if (step < ranks - 1) {
        const int received = round_the_ring(rank - step - 1, ranks);
        return {.send = round_the_ring(rank - step, ranks),
                .receive = received,
                .reduces = true,
                .summed_from = received,
                .summed = step + 1};
    }
    const int later = step - (ranks - 1);
    return {.send = round_the_ring(rank + 1 - later, ranks),
            .receive = round_the_ring(rank - later, ranks),
            .reduces = false,
            .summed_from = 0,
            .summed = ranks};
}

int steps(int ranks) {
    return 2 * (ranks - 1);
}

}  // namespace assay::probe::collective
