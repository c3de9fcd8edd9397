// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A run as a submission is made of it: the requirements of blank_checklist().
#pragma once

#include <string>

#include "reports/reported_run.h"

namespace assay::reports {

// Passed but for cluster_autoscaling, which is not applicable; secure_accelerator_access has an
// assertion beyond it that failed, and one that is not applicable. Nothing is simulated.
ReportedRun submission_run();

// The requirement and its required assertions come out so.
void settle(ReportedRun& run, const std::string& requirement, Outcome outcome);

}  // namespace assay::reports
