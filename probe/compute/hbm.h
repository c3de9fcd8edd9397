// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The device's own memory: how fast it is, and whether it keeps what is written to it. One thread.
#pragma once

#include <optional>
#include <vector>

#include "probe/compute/device.h"
#include "probe/compute/judgement.h"

namespace assay::probe::compute {

struct HbmPlan {
    std::optional<std::uint64_t> stream_bytes;   // of one array
    std::optional<std::uint64_t> pattern_bytes;  // to hold; without: all that is free
    std::uint64_t seed = 1;
    unsigned warm_ups = 2;
    std::optional<unsigned> samples;
};

struct StreamSpeed {
    Stream kind = Stream::copy;
    std::uint64_t bytes_moved = 0;  // read and written in one sample
    std::vector<double> seconds;
    std::uint64_t looked_at = 0;
    std::uint64_t wrong = 0;
};

// Every word is written and read; the next pass writes others.
struct PatternPass {
    std::uint64_t seed = 0;
    std::uint64_t words = 0;    // held
    std::uint64_t checked = 0;  // of these
    std::uint64_t wrong = 0;
    bool control_found = false;  // one word was made wrong on purpose, and exactly it was found
    std::vector<HeldMemory::Wrong> examples;
};

struct HbmReport {
    std::vector<StreamSpeed> streams;
    std::vector<PatternPass> patterns;
    std::optional<double> fraction_of_free;  // that the pattern covered; of a device that tells
    Judgement judgement;
};

inline constexpr double fraction_of_free_least = 0.9;
inline constexpr std::uint64_t mebibyte = 1U << 20U;

HbmReport run_hbm(Device& device, const HbmPlan& plan);

}  // namespace assay::probe::compute
