// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "reports/escape.h"
#include "reports/files.h"

namespace assay::reports {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t max_file_bytes = 64u * 1024 * 1024;
constexpr std::size_t max_folder_bytes = 512u * 1024 * 1024;
constexpr int max_entries = 20'000;
constexpr int max_depth = 64;

std::expected<std::string, std::string> read_descriptor(int descriptor, const std::string& name) {
    struct stat status{};
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        return std::unexpected(fmt::format("{} is not a plain file", name));
    }
    std::string content;
    std::vector<char> part(64u * 1024);
    for (ssize_t size = 1; size > 0;) {
        size = read(descriptor, part.data(), part.size());
        if (size < 0) {
            return std::unexpected(fmt::format("{} cannot be read", name));
        }
        content.append(part.data(), static_cast<std::size_t>(size));
        if (content.size() > max_file_bytes) {
            return std::unexpected(fmt::format("{} is over 64 MiB", name));
        }
    }
    return content;
}

std::expected<void, std::string> add_entry(Contents& contents, std::size_t& bytes,
                                           const fs::path& folder,
                                           const fs::directory_entry& entry) {
    const std::string name = entry.path().lexically_relative(folder).generic_string();
    if (entry.symlink_status().type() == fs::file_type::directory) {
        return {};
    }
    if (!is_plain_path(name)) {
        return std::unexpected(
            fmt::format("{} is not a name that a report has", printable_line(name)));
    }
    auto content = read_plain_file(entry.path());
    if (!content) {
        return std::unexpected(content.error());
    }
    bytes += content->size();
    if (bytes > max_folder_bytes) {
        return std::unexpected(
            fmt::format("with {} the folder is over 512 MiB, more than a report has", name));
    }
    contents.emplace(name, *std::move(content));
    return {};
}

}  // namespace

std::expected<std::string, std::string> read_plain_file(const fs::path& file) {
    const std::string name = printable_line(file.string());
    // Without O_NONBLOCK a named pipe would wait for its other end.
    const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) {
        return std::unexpected(fmt::format("{} cannot be opened as a plain file", name));
    }
    auto content = read_descriptor(descriptor, name);
    close(descriptor);
    return content;
}

std::expected<Contents, std::string> read_folder(const fs::path& folder) {
    std::error_code failure;
    Contents contents;
    std::size_t bytes = 0;
    int entries = 0;
    fs::recursive_directory_iterator at(folder, failure);
    for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
        if (++entries > max_entries || at.depth() > 16) {
            return std::unexpected(fmt::format("{} has more files or folders than a report has",
                                               printable_line(folder.string())));
        }
        if (auto added = add_entry(contents, bytes, folder, *at); !added) {
            return std::unexpected(added.error());
        }
    }
    if (failure) {
        return std::unexpected(fmt::format("{} cannot be read as a folder: {}",
                                           printable_line(folder.string()), failure.message()));
    }
    return contents;
}

std::expected<json, std::string> strict_json(std::string_view name, std::string_view text) {
    bool strict = true;
    std::vector<std::set<std::string>> members;
    const auto watch = [&](int depth, json::parse_event_t event, const json& value) {
        if (event == json::parse_event_t::object_start) {
            members.emplace_back();
        } else if (event == json::parse_event_t::object_end && !members.empty()) {
            members.pop_back();
        } else if (event == json::parse_event_t::key) {
            strict &= !members.empty() && members.back().insert(value.get<std::string>()).second;
        }
        strict &= depth <= max_depth;
        return strict;
    };
    json result = json::parse(text, watch, false);
    if (!strict || result.is_discarded()) {
        return std::unexpected(fmt::format(
            "{} is not JSON, is deeper than {} levels or has a member twice", name, max_depth));
    }
    return result;
}

}  // namespace assay::reports
