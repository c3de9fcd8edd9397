// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What of a comparison is a file of its own. Pure, any thread, never fails.
#pragma once

#include <vector>

#include "reports/diff.h"

namespace assay::reports {

// Measures of one model that are worse or better than they were: significantly by the Mann-Whitney
// test (p < 0.05, at least five draws a side) and by more than what the measure varies by (the
// greater of a least effect and of three times the base's spread). Their effect is not set.
std::vector<Difference> performance_differences(const ReportedRequirement& base,
                                                const ReportedRequirement& now);

}  // namespace assay::reports
