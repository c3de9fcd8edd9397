// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The folder of a report: report.json, report.html, junit.xml, inventory.json, profile.yaml,
// artifacts/, SHA256SUMS over all of them and the in-toto statement over all of those and
// SHA256SUMS. Each file appears whole or not at all, the statement last, so a folder that has it is
// complete. Blocking, one thread per folder. Errors are one sentence that says what to do.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/result.h"

namespace assay::reports {

// Makes the folder ready before anything is asked of the cluster: creates it, or makes sure that it
// is empty and can be written to.
std::expected<void, std::string> prepare_out(const std::filesystem::path& out);

// Returns the files it wrote, sorted, SHA256SUMS and the statement last.
std::expected<std::vector<std::filesystem::path>, std::string> write_report(
    const RunResult& run, const std::filesystem::path& out);

}  // namespace assay::reports
