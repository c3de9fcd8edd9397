// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Finds and parses a report.json that may be anybody's: no link is followed, sizes and depths are
// capped, and its kind and version are checked. Blocking, any thread. Errors are one sentence that
// names the file and says what to give.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace assay::reports {

// path: a folder that `assay run` wrote, or its report.json. read is given the report and the
// SHA-256 of its text; what it throws becomes the error that the file is not a report of assay.
std::expected<void, std::string> read_report_file(
    const std::filesystem::path& path,
    const std::function<void(const nlohmann::json& report, const std::string& sha256)>& read);

}  // namespace assay::reports
