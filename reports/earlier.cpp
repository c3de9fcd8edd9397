// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/earlier.h"

#include <nlohmann/json.hpp>
#include <set>

#include "reports/report_file.h"

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

EarlierRun earlier_of(const json& report) {
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

}  // namespace

std::expected<EarlierRun, std::string> read_earlier_run(const fs::path& report) {
    EarlierRun run;
    const auto read = read_report_file(report, [&](const json& told, const std::string& sha256) {
        run = earlier_of(told);
        run.report_sha256 = sha256;
    });
    return read ? std::expected<EarlierRun, std::string>(std::move(run))
                : std::unexpected(read.error());
}

}  // namespace assay::reports
