// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a run that came to its end is worth. Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "probe/collective/account.h"
#include "probe/collective/sweep.h"

namespace assay::probe::collective {

// A rank is slow if, at the largest size, the median of its own time is more than slow_factor times
// that of the others' medians, and it alone makes up more than half of the operation's time, and
// the difference is more than slow_least_us: less is the scheduler's noise on a busy machine.
inline constexpr double slow_factor = 3;
inline constexpr double slow_least_us = 10'000;

// Of an empty list 0.
double median(std::vector<double> values);

// Of one size, in place or not.
struct SizeAccount {
    std::size_t bytes = 0;
    bool in_place = false;
    std::vector<double> times_us;  // of each kept operation, the slowest rank's
    std::uint64_t wrong = 0;       // of all ranks, warm-ups too
    int first_wrong_rank = no_rank;
    std::optional<WrongElement> first_wrong;
};

// Bytes a second in GB/s (1e9), as nccl-tests defines them: algbw = bytes / time, and what a link
// has to carry, busbw = algbw * 2(n - 1) / n (nccl-tests, doc/PERFORMANCE.md).
double algbw_gb_per_s(std::size_t bytes, double time_us);
double busbw_gb_per_s(std::size_t bytes, double time_us, int ranks);

// In the order of the sweep. Operations that not every account has are left out of the times.
std::vector<SizeAccount> by_size(const Sweep& sweep, const std::vector<RankAccount>& ranks);

// Who brought in what was wrong, as far as it can be told, else who saw it; nothing if all is
// right.
std::vector<Reason> wrong_reasons(const std::vector<RankAccount>& ranks);

std::vector<Reason> slow_reasons(const Sweep& sweep, const std::vector<RankAccount>& ranks);

// `expected`: none asks for nothing.
std::vector<Reason> transport_reasons(const std::vector<std::string>& expected,
                                      const std::vector<RankAccount>& ranks);

}  // namespace assay::probe::collective
