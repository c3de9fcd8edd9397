// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Files below one folder, each written whole or not at all: into a temporary file beside its place,
// synced, renamed. Blocking; different folders may be written from different threads. Errors are
// one sentence that says what to do.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace assay::reports {

// Whether path names a file below the folder and nothing else: relative, no "..", and only letters,
// digits, '.', '_', '-' between the slashes, so that every tool reads it as it stands in
// SHA256SUMS.
bool is_plain_path(std::string_view path);

std::expected<void, std::string> write_file(const std::filesystem::path& folder,
                                            std::string_view path, std::string_view content);

// SHA-256 in lower-case hexadecimal.
std::string sha256_hex(std::string_view content);

}  // namespace assay::reports
