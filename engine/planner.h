// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// From what is selected and what the cluster has to the plan of a run. Pure: asks nothing, creates
// nothing; any thread.
#pragma once

#include <vector>

#include "engine/plan.h"
#include "engine/preflight.h"
#include "engine/runner.h"

namespace assay {

// In which manner a run of that plan goes about it.
Manner manner_of(const RunPlan& run, bool claims = true);

// tool_version, images and the cluster's context and server are left to the caller.
Plan make_plan(const RunPlan& run, const Inventory& inventory, const AcceleratorKind* kind,
               const Preflight& preflight);

}  // namespace assay
