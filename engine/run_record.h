// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the runner writes down about a run and its requirements, besides what checks find. Pure but
// for the clock; any thread.
#pragma once

#include <string>

#include "engine/profile.h"
#include "engine/result.h"
#include "engine/runner.h"

namespace assay {

// What the plan alone says of a run; the time that a resumed one has spent on what it keeps counts.
RunResult begun(const RunPlan& plan, const std::string& run_id);

// What the profile alone says of a requirement.
RequirementResult described(const Requirement& requirement);
RequirementResult left_out(const Requirement& requirement);

// The requirement's outcome from its assertions'.
void fold_into(RequirementResult& result, bool strict);

// Requirements the profile does not excuse cannot be not_applicable as a whole.
void hold_to_profile(const Requirement& requirement, RequirementResult& result);

bool is_simulated(const RequirementResult& result);

}  // namespace assay
