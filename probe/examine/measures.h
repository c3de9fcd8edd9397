// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What gemm, hbm and link timed, as rates with one name each. Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "probe/document.h"

namespace assay::probe::examine {

struct Measure {
    std::string name;  // "hbm_copy"
    std::string unit;  // "gb_per_s"
    std::vector<double> samples;
};

// Of one accelerator, from the full documents of the three verbs; null where there is none.
std::vector<Measure> measures_of(const Json& gemm, const Json& hbm, const Json& link);

inline constexpr std::size_t samples_in_summary = 5;

// Five of them, evenly over the time they took: what a summary has room for.
std::vector<double> some_of(const std::vector<double>& samples);

}  // namespace assay::probe::examine
