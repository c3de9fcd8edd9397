// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What `run` prints when it is over, for a person at a terminal: the headline, a line per selected
// requirement, and for what failed or is inconclusive the target, what was expected, what was seen
// and what to do. No colours. Pure, any thread, never fails; times in seconds.
#pragma once

#include <filesystem>
#include <string>

#include "engine/result.h"

namespace assay::reports {

// out is the folder of the report; the line about it is left out if there is none.
std::string summary_text(const RunResult& run, const std::filesystem::path& out = {});

}  // namespace assay::reports
