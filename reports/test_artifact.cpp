// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/test_artifact.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "reports/ascii.h"
#include "reports/go_xml.h"

namespace assay::reports {

namespace {

using nlohmann::json;

constexpr std::size_t max_line = 16u * 1024 * 1024;  // a longer one makes the file unreadable
constexpr std::string_view blanks = "\t\n\f\r ";

// The last result of a name holds, except that a failure stays one.
void record(TestArtifact& artifact, const std::string& name, TestOutcome outcome) {
    TestOutcome& held = artifact.tests[name];
    if (held == TestOutcome::failed) {
        return;
    }
    held = outcome;
    if (outcome == TestOutcome::failed) {
        artifact.failures.push_back(name);
    }
}

std::expected<TestArtifact, std::string> parse_junit(std::string_view text) {
    const auto cases = go_xml_testcases(text);
    if (!cases) {
        return std::unexpected(cases.error());
    }
    TestArtifact result;
    for (const XmlTestcase& one : *cases) {
        record(result, one.name,
               one.failed    ? TestOutcome::failed
               : one.skipped ? TestOutcome::skipped
                             : TestOutcome::passed);
    }
    if (result.tests.empty()) {
        return std::unexpected("it has no <testcase>");
    }
    return result;
}

// The text of a member whose name is matched in any case, as Go does; the last one counts. False
// where it is something other than a text.
bool read_member(const json& object, std::string_view name, std::string& value) {
    for (const auto& [key, member] : object.items()) {
        if (lower_case(key) == name && !member.is_null()) {
            if (!member.is_string()) {
                return false;
            }
            value = member.get<std::string>();
        }
    }
    return true;
}

struct GoTestEvent {
    std::string action;
    std::string package;
    std::string test;
};

bool read_event(std::string_view line, GoTestEvent& event) {
    if (line.find('\0') != std::string_view::npos) {
        return false;  // the end of the text to our parser, and no JSON to Go's
    }
    const json parsed = json::parse(line, nullptr, false);
    if (parsed.is_null()) {
        return true;
    }
    return parsed.is_object() && read_member(parsed, "action", event.action) &&
           read_member(parsed, "package", event.package) && read_member(parsed, "test", event.test);
}

TestOutcome outcome_of_word(std::string_view word) {
    if (word == "pass") {
        return TestOutcome::passed;
    }
    if (word == "fail") {
        return TestOutcome::failed;
    }
    return word == "skip" ? TestOutcome::skipped : TestOutcome::unknown;
}

// Calls each with every line and its number; false where a line is too long to be read.
template <typename Each>
bool for_each_line(std::string_view text, Each each) {
    for (int number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (end >= max_line) {
            return false;
        }
        std::string_view line = text.substr(0, end);
        line.remove_suffix(line.ends_with('\r') ? 1 : 0);
        if (!each(line, number)) {
            return true;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return true;
}

std::string_view trimmed(std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    return line.substr(0, line.find_last_not_of(blanks) + 1);
}

std::expected<TestArtifact, std::string> parse_go_test_json(std::string_view text) {
    TestArtifact result;
    std::vector<std::string> packages;
    int wrong = 0;
    const bool short_lines = for_each_line(text, [&](std::string_view line, int number) {
        GoTestEvent event;
        if (trimmed(line).empty()) {
            return true;
        }
        if (!read_event(trimmed(line), event)) {
            wrong = number;
            return false;
        }
        const TestOutcome outcome = outcome_of_word(event.action);
        if (outcome != TestOutcome::unknown && !event.test.empty()) {
            record(result, event.test, outcome);
        } else if (outcome == TestOutcome::failed) {
            packages.push_back(event.package);
        }
        return true;
    });
    if (wrong > 0) {
        return std::unexpected(
            fmt::format("line {} is no event of `go test -json`, one object a line", wrong));
    }
    if (!short_lines) {
        return std::unexpected("it has a line over 16 MiB");
    }
    if (result.failures.empty()) {
        for (const std::string& package : packages) {
            result.failures.push_back("package " + package);
        }
    }
    if (result.tests.empty() && result.failures.empty()) {
        return std::unexpected("it has no event of a test");
    }
    return result;
}

std::expected<TestArtifact, std::string> parse_e2e_log(std::string_view text) {
    TestArtifact result;
    const bool short_lines = for_each_line(text, [&](std::string_view line, int /*number*/) {
        if (const ResultLine told = result_line(line); told.outcome != TestOutcome::unknown) {
            record(result, std::string(told.name), told.outcome);
        }
        return true;
    });
    if (!short_lines) {
        return std::unexpected("it has a line over 16 MiB");
    }
    if (result.tests.empty()) {
        return std::unexpected(
            "it has no line \"--- PASS: NAME\", as the output of `go test -v` has");
    }
    return result;
}

}  // namespace

ArtifactKind artifact_kind(std::string_view path) {
    const std::string name = lower_case(path.substr(path.rfind('/') + 1));
    if (name == "junit.xml") {
        return ArtifactKind::junit;
    }
    if (name == "results.json") {
        return ArtifactKind::go_test_json;
    }
    return name == "e2e.log" ? ArtifactKind::e2e_log : ArtifactKind::none;
}

TestOutcome TestArtifact::outcome_of(std::string_view name) const {
    if (const auto exact = tests.find(name); exact != tests.end()) {
        return exact->second;
    }
    const std::string prefix = std::string(name) + "/";
    bool found = false;
    bool all_skipped = true;
    for (auto at = tests.lower_bound(prefix); at != tests.end() && at->first.starts_with(prefix);
         ++at) {
        if (at->second == TestOutcome::failed) {
            return TestOutcome::failed;
        }
        found = true;
        all_skipped = all_skipped && at->second == TestOutcome::skipped;
    }
    if (!found) {
        return TestOutcome::unknown;
    }
    return all_skipped ? TestOutcome::skipped : TestOutcome::passed;
}

ResultLine result_line(std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    for (const auto& [mark, outcome] : {std::pair{"--- PASS: ", TestOutcome::passed},
                                        {"--- FAIL: ", TestOutcome::failed},
                                        {"--- SKIP: ", TestOutcome::skipped}}) {
        if (line.starts_with(mark)) {
            const std::string_view rest = line.substr(std::string_view(mark).size());
            const std::string_view name = rest.substr(0, rest.find_first_of(blanks));
            return name.empty() ? ResultLine{} : ResultLine{outcome, name};
        }
    }
    return {};
}

std::expected<TestArtifact, std::string> parse_artifact(ArtifactKind kind, std::string_view text) {
    switch (kind) {
        case ArtifactKind::junit:
            return parse_junit(text);
        case ArtifactKind::go_test_json:
            return parse_go_test_json(text);
        case ArtifactKind::e2e_log:
            return parse_e2e_log(text);
        case ArtifactKind::none:
            break;
    }
    return std::unexpected("it is none of junit.xml, results.json and e2e.log");
}

}  // namespace assay::reports
