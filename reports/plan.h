// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The plan of a run, for a person and for a program (reports/plan.schema.json). Equal plans give
// equal bytes; text from the cluster is made fit to print. Pure, any thread, never fails.
#pragma once

#include <string>

#include "engine/plan.h"

namespace assay::reports {

std::string plan_text(const Plan& plan);
std::string plan_json(const Plan& plan);

}  // namespace assay::reports
