// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The table of what was measured of each accelerator, as text. Pure; any thread.
#pragma once

#include <string>

#include "engine/result.h"

namespace assay::reports {

// What is bad first, then what has no answer; at most so many rows, then how many more. "" where
// there is no row.
std::string accelerators_text(const AcceleratorTable& table, std::size_t most_rows = 40);

}  // namespace assay::reports
