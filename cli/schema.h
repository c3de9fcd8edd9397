// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The JSON schemas of what this program writes, carried inside it. Immutable; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::cli {

std::vector<std::string> schema_names();  // "report", "diff", …, "probe"
std::optional<std::string_view> schema_named(std::string_view name);

}  // namespace assay::cli
