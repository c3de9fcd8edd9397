// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/kubeconfig_files.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "kube/base64.h"
#include "kube/manifest.h"

namespace assay::kube {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_file_bytes = 16u * 1024 * 1024;

Error file_error(std::string message) {
    return {Error::Kind::config, 0, "", std::move(message)};
}

struct Section {
    std::string_view list;   // "clusters"
    std::string_view entry;  // "cluster"
};

Result<void> merge_section(const Json& document, const fs::path& file, const Section& section,
                           std::map<std::string, KubeconfigEntry>& into) {
    const Json* list = find(document, {section.list});
    if (list == nullptr || list->is_null()) {
        return {};
    }
    if (!list->is_array()) {
        return std::unexpected(
            file_error(fmt::format("{}: {} is not a list", file.string(), section.list)));
    }
    for (const Json& item : *list) {
        const Json* name = find(item, {"name"});
        if (name == nullptr || !name->is_string()) {
            return std::unexpected(file_error(fmt::format(
                "{}: an entry of {} has no name (quote a number)", file.string(), section.list)));
        }
        const std::string called = name->get<std::string>();
        into.try_emplace(called, KubeconfigEntry(object(item, {section.entry}), file,
                                                 fmt::format("{} {}", section.entry, called)));
    }
    return {};
}

Result<void> merge_file(const fs::path& file, KubeconfigFiles& into) {
    const auto content = content_of(file);
    if (!content) {
        return std::unexpected(content.error());
    }
    const auto documents = documents_of_yaml(*content);
    if (!documents) {
        return std::unexpected(
            file_error(fmt::format("{}: {}", file.string(), documents.error().message)));
    }
    if (documents->empty()) {
        return {};  // kubectl, too, takes an empty file for one that says nothing
    }
    const Json& document = documents->front();
    if (!document.is_object()) {
        return std::unexpected(file_error(fmt::format(
            "{}: this is not a kubeconfig (a map with clusters, users, contexts)", file.string())));
    }
    if (into.current_context.empty()) {
        into.current_context = text(document, {"current-context"});
    }
    const std::pair<Section, std::map<std::string, KubeconfigEntry>*> sections[] = {
        {{"clusters", "cluster"}, &into.clusters},
        {{"users", "user"}, &into.users},
        {{"contexts", "context"}, &into.contexts}};
    for (const auto& [section, entries] : sections) {
        if (const auto merged = merge_section(document, file, section, *entries); !merged) {
            return merged;
        }
    }
    return {};
}

}  // namespace

Result<std::string> content_of(const fs::path& file) {
    std::error_code ignored;
    if (fs::is_directory(file, ignored)) {
        return std::unexpected(
            file_error(fmt::format("{} is a folder; a file is needed", file.string())));
    }
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    std::string content;
    std::array<char, 16u * 1024> part;
    while (stream && content.size() <= max_file_bytes) {
        stream.read(part.data(), part.size());
        content.append(part.data(), static_cast<std::size_t>(stream.gcount()));
    }
    if (!stream.is_open() || stream.bad()) {
        const std::string why = std::generic_category().message(errno);
        return std::unexpected(file_error(fmt::format("cannot read {}: {}", file.string(), why)));
    }
    if (content.size() > max_file_bytes) {
        return std::unexpected(file_error(fmt::format("{} is longer than 16 MiB", file.string())));
    }
    return content;
}

Error KubeconfigEntry::error(std::string_view why) const {
    return file_error(fmt::format("{}: {}: {}", file_.string(), what_, why));
}

Result<std::string> KubeconfigEntry::text(std::string_view key) const {
    const Json* found = find(value_, {key});
    if (found == nullptr || found->is_null()) {
        return std::string();
    }
    if (!found->is_string()) {
        return std::unexpected(error(fmt::format("{} is not text; put it in quotes", key)));
    }
    return found->get<std::string>();
}

Result<bool> KubeconfigEntry::flag(std::string_view key) const {
    const Json* found = find(value_, {key});
    if (found == nullptr || found->is_null()) {
        return false;
    }
    if (!found->is_boolean()) {
        return std::unexpected(error(fmt::format("{} is neither true nor false", key)));
    }
    return found->get<bool>();
}

Result<std::vector<std::string>> KubeconfigEntry::words(std::string_view key) const {
    std::vector<std::string> result;
    const Json* found = find(value_, {key});
    if (found == nullptr || found->is_null()) {
        return result;
    }
    for (const Json& word : found->is_array() ? *found : Json::array({nullptr})) {
        if (!word.is_string()) {
            return std::unexpected(
                error(fmt::format("{} is not a list of text; put its words in quotes", key)));
        }
        result.push_back(word.get<std::string>());
    }
    return result;
}

Result<fs::path> KubeconfigEntry::path(std::string_view key) const {
    const auto written = text(key);
    if (!written) {
        return std::unexpected(written.error());
    }
    const fs::path given(*written);
    return given.empty() || given.is_absolute() ? given : file_.parent_path() / given;
}

Result<std::string> KubeconfigEntry::pem(std::string_view key) const {
    const std::string data_key = fmt::format("{}-data", key);
    const auto data = text(data_key);
    if (!data) {
        return std::unexpected(data.error());
    }
    if (!data->empty()) {
        auto decoded = base64_decoded(*data);
        if (!decoded) {
            return std::unexpected(error(fmt::format("{} is not Base64", data_key)));
        }
        return std::move(*decoded);
    }
    const auto named = path(key);
    if (!named || named->empty()) {
        return named ? Result<std::string>(std::string()) : std::unexpected(named.error());
    }
    auto content = content_of(*named);
    return content ? content : std::unexpected(error(content.error().message));
}

Result<KubeconfigFiles> read_kubeconfig_files(std::vector<fs::path> files) {
    KubeconfigFiles merged;
    merged.files = std::move(files);
    for (const fs::path& file : merged.files) {
        if (const auto done = merge_file(file, merged); !done) {
            return std::unexpected(done.error());
        }
    }
    return merged;
}

}  // namespace assay::kube
