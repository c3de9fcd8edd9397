// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What `assay diff` and `assay gate` have in common. One thread; errors are sentences.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/options.h"
#include "reports/diff.h"

namespace assay::cli {

// Of --fail-on and --baseline-allow, as of today.
std::expected<reports::Rules, std::string> gate_rules(const Options& options);

// Of --history; empty where none is given.
std::expected<std::vector<reports::ReportedRun>, std::string> earlier_runs(const Options& options);

// Whether a report's folder is as it was written, and signed by the key if one is given. A
// report.json alone holds no digests and is taken as it is.
std::expected<void, std::string> check_whole(const std::string& report,
                                             const std::string& public_key);

// diff.json, diff.html, diff.md and junit-gate.xml.
std::expected<void, std::string> write_diff(const reports::Diff& diff,
                                            const std::filesystem::path& folder);

}  // namespace assay::cli
