// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/statement.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "reports/cases.h"
#include "reports/escape.h"
#include "reports/files.h"

namespace assay::reports {

namespace {

using Json = nlohmann::ordered_json;

// By the words of the predicate. What is not applicable is in none: the predicate has no word for
// it, and report.json, which is a subject, says it.
struct Tests {
    std::vector<std::string> passed;
    std::vector<std::string> warned;
    std::vector<std::string> failed;
};

void sort_into(Tests& tests, const Case& one) {
    if (one.status == Status::passed) {
        tests.passed.push_back(one.name);
    } else if (one.status == Status::failure) {
        tests.failed.push_back(one.name);
    } else if (one.outcome != Outcome::not_applicable) {
        tests.warned.push_back(one.name);
    }
}

Tests tests_of(const RunResult& run) {
    Tests tests;
    for (const RequirementResult& requirement : run.requirements) {
        if (requirement.selected) {
            for (const Case& one : cases_of(run, requirement)) {
                sort_into(tests, one);
            }
        }
    }
    for (auto* names : {&tests.passed, &tests.warned, &tests.failed}) {
        std::ranges::sort(*names);
    }
    return tests;
}

Json configuration_of(const RunResult& run) {
    Json result = Json::array();
    result.push_back(
        {{"name", "profile.yaml"}, {"digest", {{"sha256", sha256_hex(run.profile_yaml)}}}});
    result.push_back(
        {{"name", "assay"}, {"uri", "pkg:generic/assay@" + printable_line(run.tool_version)}});
    constexpr std::string_view algorithm = "sha256:";
    if (run.probe_image_digest.starts_with(algorithm)) {
        result.push_back(
            {{"name", printable_line(run.probe_image)},
             {"digest", {{"sha256", run.probe_image_digest.substr(algorithm.size())}}}});
    }
    return result;
}

Json predicate_of(const RunResult& run) {
    std::string result(in_toto_result(run));
    std::ranges::transform(result, result.begin(),
                           [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    const Tests tests = tests_of(run);
    Json selected = Json::array();
    for (const RequirementResult& requirement : run.requirements) {
        if (requirement.selected) {
            selected.push_back(requirement.id);
        }
    }
    Json predicate;
    predicate["result"] = result;
    predicate["configuration"] = configuration_of(run);
    predicate["passedTests"] = tests.passed;
    predicate["warnedTests"] = tests.warned;
    predicate["failedTests"] = tests.failed;
    predicate["selected"] = selected;
    predicate["must_total"] = must_tally(run).total;
    predicate["simulated"] = run.simulated;
    return predicate;
}

}  // namespace

std::string statement_json(const RunResult& run, const Digests& subjects) {
    Json statement;
    statement["_type"] = statement_type;
    statement["subject"] = Json::array();
    for (const auto& [name, digest] : subjects) {
        statement["subject"].push_back({{"name", name}, {"digest", {{"sha256", digest}}}});
    }
    statement["predicateType"] = predicate_type;
    statement["predicate"] = predicate_of(run);
    return statement.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace assay::reports
