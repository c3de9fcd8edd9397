// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// How the findings of an assertion are told to a person: the worst first, a bounded number of them,
// then a count of the rest. Pure functions, any thread; never fails; text is made printable here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"

namespace assay::reports {

inline constexpr std::size_t max_findings_told = 20;

enum class Told {
    all,    // each finding
    wrong,  // the failed and the inconclusive ones
};

// Failed, inconclusive, not applicable, passed; of equal outcome as they stand.
std::vector<const Finding*> worst_first(const AssertionResult& assertion, Told told);

// One line: what is wrong with the worst finding (or why the assertion was not asked), and how many
// more are like it. Empty for an assertion that passed.
std::string worst_line(const AssertionResult& assertion);

// Per finding its target, and where it did not pass expected, actual, reason and evidence; each
// line begins with indent.
std::string findings_text(const AssertionResult& assertion, Told told, std::string_view indent);

// "PASSED", "FAILED", "INCONCLUSIVE", "N/A"
std::string_view loud(Outcome outcome);

}  // namespace assay::reports
