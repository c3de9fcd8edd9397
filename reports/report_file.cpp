// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/report_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/escape.h"
#include "reports/files.h"
#include "reports/folder.h"

namespace assay::reports {

namespace {

std::unexpected<std::string> no_report(const std::string& why) {
    return std::unexpected(
        fmt::format("{}; give the folder that `assay run` wrote, or its report.json", why));
}

bool is_report(const nlohmann::json& report) {
    return report.at("kind") == "AIConformanceReport" &&
           report.at("schemaVersion").get<std::string>().starts_with("1.");
}

}  // namespace

std::expected<void, std::string> read_report_file(
    const std::filesystem::path& path,
    const std::function<void(const nlohmann::json& report, const std::string& sha256)>& read) {
    std::error_code ignored;
    const auto file = std::filesystem::is_directory(path, ignored) ? path / "report.json" : path;
    const auto text = read_plain_file(file);
    if (!text) {
        return no_report(text.error());
    }
    const std::string name = printable_line(file.string());
    const auto parsed = strict_json(name, *text);
    if (!parsed) {
        return no_report(parsed.error());
    }
    try {
        if (is_report(*parsed)) {
            read(*parsed, sha256_hex(*text));
            return {};
        }
    } catch (const std::exception&) {  // of the JSON library, or of the reader
    }
    return no_report(fmt::format("{} is not a report of assay", name));
}

}  // namespace assay::reports
