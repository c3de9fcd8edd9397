// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What earlier runs say of a difference: how often the assertion failed in them, and how likely it
// is that it fails now by the same chance. Reading is blocking, any thread; the rest is pure.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "reports/diff.h"

namespace assay::reports {

// Every report below the folder: itself, or in folders of its own, as runs leave them; the newest
// 500, newest first. What is no folder of a report is passed by; a report that cannot be read is an
// error, in one sentence that names it, as is a folder without any.
std::expected<std::vector<ReportedRun>, std::string> read_history(
    const std::filesystem::path& folder);

// Tells of each assertion that fails now in how many runs of the history it failed, as far as these
// compare with the base: same profile and kind of accelerator, complete, and both or neither
// simulated. What is flaky closes the gate all the same where it counts and at least 20 earlier
// runs failed in less than 5 %: chance is then no excuse.
void weigh(Diff& diff, const std::vector<ReportedRun>& history, const Rules& rules);

// Two-sided p of Fisher's exact test: how often failures so unlike are spread over both sides where
// both fail alike. 1 where a side has no runs.
double fisher_p(int failed, int runs, int failed_now, int runs_now);

}  // namespace assay::reports
