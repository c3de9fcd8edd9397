// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// product.yaml: what only the vendor can say in a submission (docs/submission.md). Any thread.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include "reports/submission.h"

namespace assay::cli {

// {apiVersion: assay/v1alpha1, kind: Product, directory: NAME, owner: TEXT, metadata: {FIELD:
// TEXT}, requirements: {ID: {owner, status, evidence: [], notes}}}. The error is a sentence with
// file and key.
std::expected<reports::Product, std::string> parse_product(std::string_view yaml,
                                                           const std::string& name);
std::expected<reports::Product, std::string> load_product(const std::filesystem::path& file);

// The reader of YAML that reports/ is given.
reports::YamlReader yaml_reader();

}  // namespace assay::cli
