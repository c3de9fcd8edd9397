// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// From the flags to what a run would do: what `run`, `plan` and `rbac` have in common.
#pragma once

#include <expected>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/options.h"
#include "engine/preflight.h"
#include "engine/runner.h"

namespace assay::cli {

// Everything about the command line that can be wrong before the cluster is asked. The error is a
// sentence; exit code 2.
std::expected<RunPlan, std::string> plan_of(const Options& options);

// Of --pool. The error is a sentence.
std::expected<NodePool, std::string> pool_of(const std::string& label);

// The checks of the requirements that --select and --skip leave. The error's exit code is 2, or 5
// where nothing is left.
struct NoSelection {
    int exit_code;
    std::string why;
};
std::expected<std::vector<const Check*>, NoSelection> chosen_checks(const RunPlan& plan);

// What the account may not do of what these checks need. An account that cannot even ask that is
// told so on stderr, and is not held up.
std::vector<Denied> denied_to_us(const kube::Client& client, const RunPlan& plan,
                                 const std::vector<const Check*>& checks,
                                 const std::stop_token& stop);

// Of those, what a run that examines that kind would lack; kind may be nullptr.
Preflight preflight_for(const AcceleratorKind* kind, const std::vector<Denied>& denied,
                        const RunPlan& plan, const std::vector<const Check*>& checks);

// Says it on stderr.
void print_denied(const std::vector<Denied>& denied, const RunPlan& plan);

// True if every check that was chosen lacks a right.
bool nothing_can_be_asked(const Preflight& preflight, const std::vector<const Check*>& checks);

}  // namespace assay::cli
