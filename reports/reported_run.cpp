// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/reported_run.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "reports/report_file.h"

namespace assay::reports {

namespace {

using nlohmann::json;

// The value whose word it is; throws where there is none.
template <typename Value, std::size_t N>
Value value_of(const json& word, const std::array<Value, N>& values) {
    const auto text = word.get<std::string>();
    const auto found =
        std::ranges::find_if(values, [&](Value one) { return text == to_string(one); });
    if (found == values.end()) {
        throw std::invalid_argument(text);
    }
    return *found;
}

constexpr std::array outcomes{Outcome::passed, Outcome::failed, Outcome::inconclusive,
                              Outcome::not_applicable};
constexpr std::array levels{Level::must, Level::should, Level::informative};
constexpr std::array bases{Basis::required, Basis::beyond};

ReportedAssertion assertion_of(const json& told) {
    ReportedAssertion result;
    result.id = told.at("id").get<std::string>();
    result.basis = value_of(told.at("basis"), bases);
    result.outcome = value_of(told.at("outcome"), outcomes);
    result.sentence = told.value("sentence", "");
    result.next_step = told.value("nextStep", "");
    result.reason = told.value("reason", "");
    result.duration_ms = told.value("duration_ms", std::int64_t{0});
    for (const json& finding : told.at("findings")) {
        if (value_of(finding.at("outcome"), outcomes) == result.outcome) {
            result.target = finding.value("target", "");
            result.expected = finding.value("expected", "");
            result.actual = finding.value("actual", "");
            result.reason = result.reason.empty() ? finding.value("reason", "") : result.reason;
            break;
        }
    }
    return result;
}

ReportedMeasure& measure_like(std::vector<ReportedMeasure>& measures, ReportedMeasure one) {
    const auto found = std::ranges::find_if(measures, [&](const ReportedMeasure& other) {
        return other.name == one.name && other.model == one.model;
    });
    return found == measures.end() ? measures.emplace_back(std::move(one)) : *found;
}

std::vector<ReportedMeasure> measures_of(const json& table) {
    std::vector<ReportedMeasure> result;
    const json& names = table.at("measures");
    for (const json& row : table.at("rows")) {
        if (row.at("simulated").get<bool>()) {
            continue;  // how fast a processor is says nothing of an accelerator
        }
        const auto samples = row.at("samples").get<std::vector<std::vector<double>>>();
        for (std::size_t i = 0; i < std::min(samples.size(), names.size()); ++i) {
            if (!samples[i].empty()) {
                measure_like(result, {.name = names[i].at("name").get<std::string>(),
                                      .unit = names[i].at("unit").get<std::string>(),
                                      .model = row.value("model", ""),
                                      .samples = {}})
                    .samples.push_back(samples[i]);
            }
        }
    }
    return result;
}

ReportedRequirement requirement_of(const json& told) {
    ReportedRequirement result;
    result.id = told.at("id").get<std::string>();
    result.level = value_of(told.at("level"), levels);
    result.selected = told.at("selected").get<bool>();
    if (result.selected) {
        result.outcome = value_of(told.at("outcome"), outcomes);
    }
    result.category = told.value("category", "");
    result.kar = told.value("kar", "");
    result.simulated = told.value("simulated", false);
    result.reason = told.value("reason", "");
    result.started_at = told.value("startedAt", "");
    result.duration_ms = told.value("duration_ms", std::int64_t{0});
    if (const auto table = told.find("accelerators"); table != told.end()) {
        result.measures = measures_of(*table);
    }
    std::set<std::string> ids;
    for (const json& assertion : told.at("assertions")) {
        result.assertions.push_back(assertion_of(assertion));
        if (!ids.insert(result.assertions.back().id).second) {
            throw std::invalid_argument("an assertion twice");
        }
    }
    return result;
}

std::vector<ReportedAccelerator> examined_of(const json& pools) {
    std::vector<ReportedAccelerator> result;
    for (const json& pool : pools) {
        if (pool.at("examined").get<bool>()) {
            result.push_back({.name = pool.at("accelerator").get<std::string>(),
                              .model = pool.value("model", ""),
                              .allocation = pool.value("allocation", ""),
                              .driver_version = pool.value("driverVersion", "")});
        }
    }
    return result;
}

ReportedRun reported_of(const json& report) {
    const json& run = report.at("run");
    const json& cluster = report.at("cluster");
    const json& profile = report.at("profile");
    ReportedRun result;
    result.id = run.at("id").get<std::string>();
    result.started_at = run.at("startedAt").get<std::string>();
    result.complete = run.at("complete").get<bool>();
    result.simulated = run.at("simulated").get<bool>();
    result.tool_version = report.at("suite").at("version").get<std::string>();
    result.tool_commit = report.at("suite").value("gitCommit", "");
    result.probe_digest = report.at("probe").value("imageDigest", "");
    result.probe_image = report.at("probe").value("image", "");
    result.command = run.at("command").get<std::vector<std::string>>();
    result.kubernetes = cluster.value("gitVersion", "");
    result.cluster_uid = cluster.value("uid", "");
    result.context = cluster.value("context", "");
    result.server = cluster.value("server", "");
    result.profile_id = profile.at("id").get<std::string>();
    result.profile_sha256 = profile.at("sha256").get<std::string>();
    result.profile_kubernetes = profile.value("kubernetes", "");
    for (const json& level : profile.at("gate")) {
        result.gate.push_back(value_of(level, levels));
    }
    result.accelerators = examined_of(cluster.at("accelerators"));
    std::set<std::string> ids;
    for (const json& requirement : report.at("requirements")) {
        result.requirements.push_back(requirement_of(requirement));
        if (!ids.insert(result.requirements.back().id).second) {
            throw std::invalid_argument("a requirement twice");
        }
    }
    return result;
}

ReportedRequirement* requirement_named(ReportedRun& run, const std::string& id) {
    const auto found = std::ranges::find(run.requirements, id, &ReportedRequirement::id);
    return found == run.requirements.end() ? nullptr : &*found;
}

}  // namespace

ReportedRun with_answers_of(ReportedRun first, const ReportedRun& again) {
    for (const ReportedRequirement& asked : again.requirements) {
        ReportedRequirement* before = requirement_named(first, asked.id);
        if (before == nullptr || !asked.selected) {
            continue;
        }
        for (const ReportedAssertion& one : asked.assertions) {
            const auto same = std::ranges::find(before->assertions, one.id, &ReportedAssertion::id);
            if (same != before->assertions.end() && same->outcome == Outcome::inconclusive) {
                *same = one;
            }
        }
    }
    first.simulated = first.simulated || again.simulated;
    return first;
}

std::expected<ReportedRun, std::string> read_reported_run(const std::filesystem::path& path) {
    ReportedRun run;
    const auto read = read_report_file(path, [&](const json& told, const std::string& sha256) {
        run = reported_of(told);
        run.report_sha256 = sha256;
    });
    return read ? std::expected<ReportedRun, std::string>(std::move(run))
                : std::unexpected(read.error());
}

}  // namespace assay::reports
