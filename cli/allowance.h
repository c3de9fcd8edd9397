// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The file of --baseline-allow: what somebody has agreed to live with until a day, kept beside the
// CI job's own files. Any thread.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "reports/diff.h"

namespace assay::cli {

// {apiVersion: assay/v1alpha1, kind: Allowances, allow: [{assertion: REQUIREMENT/ASSERTION, until:
// DATE, why: TEXT}]}. The error is a sentence with file and key.
std::expected<std::vector<reports::Allowance>, std::string> parse_allowances(
    std::string_view yaml, const std::string& name);
std::expected<std::vector<reports::Allowance>, std::string> load_allowances(
    const std::filesystem::path& file);

}  // namespace assay::cli
