// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Several runs on one cluster as one answer to each requirement, for a submission: what needs a
// flag or a spare pool is often asked apart. Pure, any thread. Errors are one sentence that says
// what to do.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "reports/reported_run.h"

namespace assay::reports {

struct MergedRequirement {
    ReportedRequirement requirement;  // as the run that settles it has it; see merge_runs
    std::string run_id;               // that run; "" where none selected it
    // Never better than a required assertion of it, and passed only if one did; inconclusive where
    // none selected it.
    Outcome outcome = Outcome::inconclusive;
};

struct MergedRun {
    std::vector<ReportedRun> runs;                // at least one, the oldest first
    bool simulated = false;                       // any of them was
    std::vector<MergedRequirement> requirements;  // in the profile's order

    // nullptr where the profile does not have it.
    const MergedRequirement* requirement(std::string_view id) const;
};

// Of the same cluster, by the same profile, with the same tool and probe; otherwise an error that
// names what differs. Of a requirement that several runs selected a failure holds, then what
// passed, then what is not applicable: an answer is never exchanged for a better one, an open
// question is for an answer.
std::expected<MergedRun, std::string> merge_runs(std::vector<ReportedRun> runs);

}  // namespace assay::reports
