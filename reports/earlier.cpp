// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/earlier.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "reports/escape.h"
#include "reports/files.h"
#include "reports/folder.h"

namespace assay::reports {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

void add_requirement(const json& told, EarlierRun& run) {
    if (!told.at("selected").get<bool>()) {
        return;
    }
    const auto id = told.at("id").get<std::string>();
    const auto outcome = told.at("outcome").get<std::string>();
    if (outcome == to_string(Outcome::inconclusive)) {
        run.unsettled.push_back(id);
    } else if (outcome == to_string(Outcome::failed) && told.at("counted").get<bool>()) {
        run.failed.push_back(id);
    } else if (outcome != to_string(Outcome::failed) && outcome != to_string(Outcome::passed) &&
               outcome != to_string(Outcome::not_applicable)) {
        throw std::invalid_argument("outcome");
    }
}

EarlierRun run_of(const json& report) {
    if (report.at("kind") != "AIConformanceReport" ||
        !report.at("schemaVersion").get<std::string>().starts_with("1.")) {
        throw std::invalid_argument("kind");
    }
    EarlierRun run;
    run.run_id = report.at("run").at("id").get<std::string>();
    run.profile_id = report.at("profile").at("id").get<std::string>();
    run.profile_sha256 = report.at("profile").at("sha256").get<std::string>();
    run.cluster_uid = report.at("cluster").value("uid", "");
    std::set<std::string> ids;
    for (const json& requirement : report.at("requirements")) {
        if (!ids.insert(requirement.at("id").get<std::string>()).second) {
            throw std::invalid_argument("id");
        }
        add_requirement(requirement, run);
    }
    return run;
}

std::unexpected<std::string> no_report(const std::string& why) {
    return std::unexpected(
        fmt::format("{}; give the folder that `assay run` wrote, or its report.json", why));
}

}  // namespace

std::expected<EarlierRun, std::string> read_earlier_run(const fs::path& report) {
    std::error_code ignored;
    const fs::path file = fs::is_directory(report, ignored) ? report / "report.json" : report;
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
        EarlierRun run = run_of(*parsed);
        run.report_sha256 = sha256_hex(*text);
        return run;
    } catch (const std::exception&) {  // of the JSON library, or one of ours
        return no_report(fmt::format("{} is not a report of assay", name));
    }
}

}  // namespace assay::reports
