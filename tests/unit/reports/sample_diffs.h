// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Comparisons for the tests of what is written of them. Pure.
#pragma once

#include <vector>

#include "reports/diff.h"

namespace assay::reports {

// Of one assertion that passed before an upgrade and fails after it.
Diff regressed();

// Every change and every effect, hostile text, and runs that do not compare.
std::vector<Diff> sample_diffs();

}  // namespace assay::reports
