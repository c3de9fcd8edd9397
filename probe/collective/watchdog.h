// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Whether a run still goes on, and if not, whose fault that is. Pure function; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "probe/collective/account.h"

namespace assay::probe::collective {

// A rank as the rendezvous sees it. Ages in seconds.
struct Watched {
    const RankAccount* account = nullptr;
    std::string ended;              // how its connection ended; "" while it is open
    double silent_s = 0;            // since it said anything
    std::optional<Reason> trouble;  // what it said keeps it from going on
    double trouble_age_s = 0;
};

// A rank that sees its neighbour's connection break cannot tell a death from a cut; so long the
// rendezvous waits for the neighbour's own connection to end, which tells.
inline constexpr double trouble_grace_s = 1;

// Why the run must end now; empty: it goes on. In this order: ranks that are gone; ranks that are
// silent for longer than the limit; troubles that were told; no data moves although every rank
// speaks. hang_s: the limit.
std::vector<Reason> troubles(const std::vector<Watched>& ranks, double hang_s);

}  // namespace assay::probe::collective
