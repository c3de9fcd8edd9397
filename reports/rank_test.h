// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Whether two sets of samples differ, by ranks: no assumption of how they are spread. Pure, any
// thread, never fails.
#pragma once

#include <vector>

namespace assay::reports {

// 0 for no samples.
double median(std::vector<double> samples);

// 1.4826 times the median distance from the median, which is the standard deviation where samples
// are spread normally. 0 for no samples.
double spread(const std::vector<double>& samples);

// The two-sided p of the Mann-Whitney test (Mann and Whitney, Ann. Math. Statist. 18, 1947): how
// often ranks so far apart come about where both sets are of one kind. Exact, ties by their mean
// ranks, up to 60 samples a side; by the normal approximation, corrected for ties, beyond. 1 where
// a side has none.
double mann_whitney_p(const std::vector<double>& one, const std::vector<double>& other);

}  // namespace assay::reports
