// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// --rerun-unsettled: what an earlier run left open is selected, and the two runs are one verdict.
// One thread; errors are sentences for exit code 2.
#pragma once

#include <expected>
#include <string>

#include "cli/options.h"
#include "engine/runner.h"

namespace assay::cli {

// Selects what the report of --rerun-unsettled left unsettled, if it was given. An error if it is
// no report or of another profile.
std::expected<void, std::string> choose_unsettled(const Options& options, RunPlan& plan);

// True if there is such a report and everything that was selected there is settled.
bool all_is_settled(const RunPlan& plan);

// "", or why the earlier run was not of this cluster.
std::string another_cluster(const RunPlan& plan, const std::string& cluster_uid);

// "", or what failed in the earlier run and is not asked again.
std::string failed_in(const EarlierRun& earlier);

// The exit code of both runs: what had failed there stays failed.
int verdict_of_both(const RunPlan& plan, int exit_code);

}  // namespace assay::cli
