// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/schema.h"

#include <fmt/format.h>

#include "cli/verbs.h"
#include "engine/embedded.h"

namespace assay::cli {

namespace {

constexpr std::string_view suffix = ".schema.json";
constexpr std::string_view probe_schema = "probe/document.schema.json";

// "reports/plan.schema.json" is "plan"; "" for a file that is no schema.
std::string_view name_of(std::string_view path) {
    if (path == probe_schema) {
        return "probe";
    }
    if (!path.ends_with(suffix)) {
        return {};
    }
    path.remove_suffix(suffix.size());
    return path.substr(path.rfind('/') + 1);
}

}  // namespace

std::vector<std::string> schema_names() {
    std::vector<std::string> names;
    for (const EmbeddedFile& file : embedded_files()) {
        if (const std::string_view name = name_of(file.path); !name.empty()) {
            names.emplace_back(name);
        }
    }
    return names;
}

std::optional<std::string_view> schema_named(std::string_view name) {
    for (const EmbeddedFile& file : embedded_files()) {
        if (!name.empty() && name_of(file.path) == name) {
            return file.content;
        }
    }
    return std::nullopt;
}

int schema(const Options& options) {
    fmt::print("{}", schema_named(options.target).value());  // held to the names by the options
    return 0;
}

}  // namespace assay::cli
