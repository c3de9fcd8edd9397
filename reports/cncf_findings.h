// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// findings.json of a submission: every requirement as it came out, with what lies beyond it, what
// is open and what failed, which the files that the validator parses must not hold. Pure, any
// thread, never fails.
#pragma once

#include <string>

#include "reports/merged_run.h"

namespace assay::reports {

std::string findings_json(const MergedRun& run);

}  // namespace assay::reports
