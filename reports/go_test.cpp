// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/go_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "reports/escape.h"
#include "reports/files.h"
#include "reports/test_artifact.h"

namespace assay::reports {

namespace {

using nlohmann::json;

constexpr std::size_t output_bytes = 4096;  // of what a test printed, its end; the file has all
constexpr const char* evidence_path = "artifacts/go_test/results.json";
constexpr const char* not_ours =
    "the results of another suite, as it wrote them: assay ran nothing of it, and does not know "
    "which cluster it ran on or whether that was simulated";

struct Test {
    std::string name;
    std::string package;
    std::string output;
    std::int64_t duration_ms = 0;
};

std::string text_of(const json& event, const char* member) {
    const auto found = event.find(member);
    return found != event.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// In the order in which they are first named. events have been read by parse_artifact, so each line
// is an object.
std::vector<Test> tests_in(std::string_view events) {
    std::vector<Test> tests;
    while (!events.empty()) {
        const std::size_t end = std::min(events.find('\n'), events.size());
        const json event = json::parse(events.substr(0, end), nullptr, false);
        events.remove_prefix(std::min(end + 1, events.size()));
        const std::string name = event.is_object() ? text_of(event, "Test") : std::string();
        if (name.empty()) {
            continue;
        }
        auto at = std::ranges::find(tests, name, &Test::name);
        if (at == tests.end()) {
            at = tests.insert(tests.end(),
                              {.name = name, .package = text_of(event, "Package"), .output = ""});
        }
        const std::string action = text_of(event, "Action");
        if (action == "output") {
            at->output += text_of(event, "Output");
        } else if (event.value("Elapsed", json()).is_number()) {
            at->duration_ms = static_cast<std::int64_t>(event.at("Elapsed").get<double>() * 1000);
        }
    }
    return tests;
}

Outcome outcome_of(TestOutcome outcome) {
    switch (outcome) {
        case TestOutcome::passed:
            return Outcome::passed;
        case TestOutcome::failed:
            return Outcome::failed;
        case TestOutcome::skipped:
        case TestOutcome::unknown:
            break;
    }
    return Outcome::inconclusive;
}

std::string reason_of(TestOutcome outcome) {
    return outcome == TestOutcome::skipped   ? "skipped by its suite"
           : outcome == TestOutcome::unknown ? "it began and has no result"
                                             : "";
}

std::string tail(const std::string& output) {
    return output.size() <= output_bytes ? output
                                         : "… " + output.substr(output.size() - output_bytes);
}

AssertionResult assertion_of(const Test& test, std::string id, TestOutcome outcome) {
    AssertionResult result;
    result.id = std::move(id);
    result.kind = Kind::positive;
    result.basis = Basis::required;
    result.sentence = "the suite's test " + test.name;
    result.outcome = outcome_of(outcome);
    result.duration_ms = test.duration_ms;
    result.next_step = "read what the test printed, in " + std::string(evidence_path);
    Finding finding;
    finding.outcome = result.outcome;
    finding.target = "test " + test.name + " of " + test.package;
    finding.actual = tail(test.output);
    finding.reason = reason_of(outcome);
    finding.evidence = {evidence_path};
    result.findings = {std::move(finding)};
    return result;
}

RequirementResult& requirement_of(RunResult& run, const std::string& id) {
    const auto found = std::ranges::find(run.requirements, id, &RequirementResult::id);
    if (found != run.requirements.end()) {
        return *found;
    }
    RequirementResult result;
    result.id = id;
    result.category = "go test";
    result.level = Level::informative;
    run.requirements.push_back(std::move(result));
    return run.requirements.back();
}

bool is_test_name(std::string_view name) {
    constexpr std::array kinds{"Test", "Example", "Fuzz", "Benchmark"};
    return name == printable_line(name) && name.find(' ') == std::string_view::npos &&
           std::ranges::any_of(kinds, [&](const char* kind) { return name.starts_with(kind); });
}

void add(RunResult& run, const Test& test, const TestArtifact& artifact) {
    const auto found = artifact.tests.find(test.name);
    const TestOutcome outcome =
        found == artifact.tests.end() ? TestOutcome::unknown : found->second;
    const std::size_t slash = test.name.find('/');
    RequirementResult& requirement = requirement_of(run, test.name.substr(0, slash));
    if (slash == std::string::npos) {
        requirement.outcome = outcome_of(outcome);
        requirement.reason = reason_of(outcome);
        requirement.duration_ms = test.duration_ms;
        if (outcome == TestOutcome::failed) {
            requirement.reason = tail(test.output);
        }
    } else {
        requirement.assertions.push_back(assertion_of(test, test.name.substr(slash + 1), outcome));
    }
}

}  // namespace

std::expected<RunResult, std::string> run_of_go_test(std::string_view events) {
    const auto artifact = parse_artifact(ArtifactKind::go_test_json, events);
    if (!artifact) {
        return std::unexpected(artifact.error() + "; give what `go test -json` wrote");
    }
    RunResult run;
    for (const Test& test : tests_in(events)) {
        if (!is_test_name(test.name)) {
            return std::unexpected(
                fmt::format("{} is no name that Go gives a test; give what `go test -json` wrote",
                            printable_line(test.name)));
        }
        add(run, test, *artifact);
    }
    if (run.requirements.empty()) {
        return std::unexpected("it has no test, so there is nothing to carry; " +
                               (artifact->failures.empty() ? "" : artifact->failures.front()) +
                               " failed as a whole");
    }
    run.profile_id = "go-test";
    run.profile_yaml = "# The results of another suite; no profile of assay was asked.\n";
    run.profile_sha256 = sha256_hex(run.profile_yaml);
    run.gate = {Level::informative};
    run.requirements.front().evidence = {
        {evidence_path, "application/x-ndjson", std::string(events)}};
    run.warnings = {not_ours};
    return run;
}

}  // namespace assay::reports
