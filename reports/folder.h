// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A report's folder read into memory. No link is followed; at most 64 MiB a file, 512 MiB and
// 20000 entries in all. Blocking, any thread. Errors are one sentence that names the file.
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace assay::reports {

using Contents = std::map<std::string, std::string, std::less<>>;

std::expected<Contents, std::string> read_folder(const std::filesystem::path& folder);

std::expected<std::string, std::string> read_plain_file(const std::filesystem::path& file);

// JSON without a member twice and at most 64 deep; name is for the error.
std::expected<nlohmann::json, std::string> strict_json(std::string_view name,
                                                       std::string_view text);

}  // namespace assay::reports
