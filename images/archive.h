// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Archives that are the same bytes for the same contents, whoever builds them and when: no times,
// no user names, owner 0, entries in the order given. Functions of their arguments; any thread.
// Errors are a sentence.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::images {

struct Entry {
    std::string path;  // relative, without a slash in front
    unsigned mode = 0644;
    bool directory = false;
    std::string content;
};

std::expected<std::string, std::string> tar(const std::vector<Entry>& entries);

// Deflated; without folders of their own.
std::expected<std::string, std::string> zip(const std::vector<Entry>& entries);

std::expected<std::string, std::string> gzip(std::string_view bytes);

// The content of one member of a tar.
std::expected<std::string, std::string> member(std::span<const std::byte> tar,
                                               std::string_view path);

std::string sha256_hex(std::string_view bytes);

}  // namespace assay::images
