// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Which operations a run is made of, and which fault is put into it. Sizes in bytes of one rank's
// buffer, as nccl-tests counts them. Values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/document.h"

namespace assay::probe::collective {

inline constexpr std::size_t element_size = 4;  // bytes: float
inline constexpr std::size_t sizes_most = 32;
inline constexpr int iterations_least = 5;  // so that a sample says something of its spread
inline constexpr int iterations_most = 100;

// One all-reduce.
struct Operation {
    int number = 0;  // from 0 on, in the order of the run
    std::size_t bytes = 0;
    bool in_place = false;
    bool warmup = false;  // checked as every other, its time is not kept

    std::size_t elements() const { return bytes / element_size; }
    // Another one for each, so that what an earlier operation left cannot pass for this one's.
    std::uint32_t seed() const { return static_cast<std::uint32_t>(number) + 1; }
};

struct Sweep {
    std::size_t min_bytes = 65536;
    std::size_t max_bytes = 16777216;
    std::size_t factor = 16;  // from one size to the next
    int iterations = iterations_least;
    int warmup = 1;

    // Ascending, each cut to whole elements, max_bytes always the last; the first sizes_most.
    std::vector<std::size_t> sizes() const;
    // Each size out of place and then in place, warm-ups first.
    std::vector<Operation> operations() const;
    Json json() const;
};

enum class Fault { none, wrong_rank, skip_chunk, bitflip, slow_rank, cut_message, stale_buffer };

std::optional<Fault> fault_named(std::string_view name);
const char* fault_name(Fault fault);

// A fault that one rank commits, to see that it is found.
struct Injection {
    Fault fault = Fault::none;
    int rank = 1;
    int operation = 0;  // the one it strikes, where it does not strike all

    // Whether `kind` strikes this rank in this operation.
    bool strikes(Fault kind, int on_rank, int in_operation) const;
};

// The first operation of the largest size whose time is kept.
int struck_operation(const Sweep& sweep);

}  // namespace assay::probe::collective
