// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What an earlier run left unsettled, by its report, which may be anybody's: sizes and depths are
// capped and no link is followed. Blocking, any thread. Errors are one sentence that names the file
// and says what to give.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "engine/result.h"

namespace assay::reports {

// report: a folder that `assay run` wrote, or its report.json.
std::expected<EarlierRun, std::string> read_earlier_run(const std::filesystem::path& report);

}  // namespace assay::reports
