// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/cncf_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/cncf_findings.h"
#include "reports/escape.h"
#include "reports/junit_document.h"

namespace assay::reports {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t quoted_bytes = 2048;  // of one text; the report has all of it

double in_seconds(std::int64_t duration_ms) {
    return static_cast<double>(std::max<std::int64_t>(duration_ms, 0)) / 1000;
}

std::string package_of(const MergedRun& run) {
    return "assay/" + printable_line(run.runs.front().profile_id);
}

std::string title_of(const MergedRun& run, std::string_view what) {
    return fmt::format("{}assay {}: {}", run.simulated ? simulated_words() + "; " : "",
                       printable_line(run.runs.front().profile_id), what);
}

// Assertions of the requirement itself that passed: its tests.
std::vector<const ReportedAssertion*> tests_of(const MergedRequirement& one) {
    std::vector<const ReportedAssertion*> result;
    for (const ReportedAssertion& assertion : one.requirement.assertions) {
        if (assertion.basis == Basis::required && assertion.outcome == Outcome::passed) {
            result.push_back(&assertion);
        }
    }
    return result;
}

std::string told(const ReportedAssertion& assertion) {
    std::string text = printable(assertion.sentence, quoted_bytes) + "\n";
    if (!assertion.target.empty()) {
        text += fmt::format(
            "{}\n  expected: {}\n  actual:   {}\n", printable(assertion.target, quoted_bytes),
            printable(assertion.expected, quoted_bytes), printable(assertion.actual, quoted_bytes));
    }
    return text;
}

std::string told(const MergedRun& run, const MergedRequirement& one) {
    return fmt::format("{}run {}, {} required assertion(s) passed\n",
                       run.simulated ? simulated_words() + "\n" : "", printable_line(one.run_id),
                       tests_of(one).size());
}

// No line of it can be taken for a test's result, however it begins.
std::string in_log(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        result += fmt::format("    | {}\n", text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

Suite suite_of(const MergedRun& run, const MergedRequirement& one) {
    const ReportedRequirement& requirement = one.requirement;
    Suite suite{.name = requirement.category + "/" + requirement.id,
                .id = requirement.id,
                .package = "assay." + requirement.category,
                .classname = "assay." + requirement.category + "." + requirement.id,
                .started_at = requirement.started_at,
                .duration_ms = requirement.duration_ms,
                .properties = {{"requirement.id", requirement.id},
                               {"requirement.level", std::string(to_string(requirement.level))},
                               {"profile", run.runs.front().profile_id},
                               {"run.id", one.run_id},
                               {"run.simulated", run.simulated ? "true" : "false"},
                               {"made.by", "assay " + run.runs.front().tool_version}},
                .cases = {}};
    for (std::string* text : {&suite.name, &suite.package, &suite.classname}) {
        *text = printable_line(*text);
    }
    return suite;
}

std::string junit_of(const MergedRun& run, const std::vector<const MergedRequirement*>& passed) {
    std::vector<Suite> suites;
    std::int64_t duration_ms = 0;
    for (const MergedRequirement* one : passed) {
        Suite suite = suite_of(run, *one);
        suite.cases.push_back({.name = one->requirement.id,
                               .status = Status::passed,
                               .outcome = Outcome::passed,
                               .message = "",
                               .text = told(run, *one),
                               .duration_ms = one->requirement.duration_ms});
        for (const ReportedAssertion* assertion : tests_of(*one)) {
            suite.cases.push_back({.name = one->requirement.id + "/" + assertion->id,
                                   .status = Status::passed,
                                   .outcome = Outcome::passed,
                                   .message = "",
                                   .text = told(*assertion),
                                   .duration_ms = assertion->duration_ms});
        }
        duration_ms += one->requirement.duration_ms;
        suites.push_back(std::move(suite));
    }
    return junit_document(title_of(run, "MUSTs that passed"), suites, duration_ms);
}

Case should_case(const MergedRequirement& one) {
    Case result{.name = one.requirement.id,
                .status = Status::passed,
                .outcome = one.outcome,
                .message = printable_line(one.requirement.reason),
                .text = "",
                .duration_ms = one.requirement.duration_ms};
    for (const ReportedAssertion& assertion : one.requirement.assertions) {
        result.text += fmt::format("{}: {}", to_string(assertion.outcome), told(assertion));
    }
    switch (one.outcome) {
        case Outcome::passed:
            break;
        case Outcome::failed:
            result.status = Status::failure;
            break;
        case Outcome::inconclusive:
            result.status = Status::error;
            break;
        case Outcome::not_applicable:
            result.status = Status::skipped;
            result.message.insert(0, "N/A: ");
            break;
    }
    return result;
}

std::string should_of(const MergedRun& run) {
    std::vector<Suite> suites;
    for (const MergedRequirement& one : run.requirements) {
        if (one.requirement.level == Level::should && !one.run_id.empty()) {
            Suite suite = suite_of(run, one);
            suite.cases.push_back(should_case(one));
            suites.push_back(std::move(suite));
        }
    }
    return suites.empty() ? std::string()
                          : junit_document(title_of(run, "SHOULDs as they came out"), suites, 0);
}

// The lines of `go test -json`.
class Events {
public:
    Events(std::string package, std::string time) : package_(std::move(package)) {
        Json start = event("start", "");
        start["Time"] = time;
        add(start);
    }
    void began(const std::string& test) {
        add(event("run", test));
        print(test, fmt::format("=== RUN   {}\n", test));
    }
    void print(const std::string& test, const std::string& output) {
        Json one = event("output", test);
        one["Output"] = output;
        add(one);
    }
    void passed(const std::string& test, std::int64_t duration_ms) {
        Json one = event("pass", test);
        one["Elapsed"] = in_seconds(duration_ms);
        add(one);
    }
    std::string lines() const { return lines_; }

private:
    Json event(const char* action, const std::string& test) const {
        Json result;
        result["Action"] = action;
        result["Package"] = package_;
        if (!test.empty()) {
            result["Test"] = test;
        }
        return result;
    }
    void add(const Json& event) {
        lines_ += event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    }

    std::string package_;
    std::string lines_;
};

std::string results_of(const MergedRun& run, const std::vector<const MergedRequirement*>& passed) {
    Events events(package_of(run), printable_line(run.runs.front().started_at));
    std::int64_t duration_ms = 0;
    for (const MergedRequirement* one : passed) {
        const std::string& id = one->requirement.id;
        events.began(id);
        events.print(id, in_log(told(run, *one)));
        for (const ReportedAssertion* assertion : tests_of(*one)) {
            const std::string test = id + "/" + assertion->id;
            events.began(test);
            events.print(test, in_log(told(*assertion)));
            events.passed(test, assertion->duration_ms);
        }
        events.passed(id, one->requirement.duration_ms);
        duration_ms += one->requirement.duration_ms;
    }
    events.passed("", duration_ms);
    return events.lines();
}

std::string log_of(const MergedRun& run, const std::vector<const MergedRequirement*>& passed) {
    std::string log = fmt::format("# {}\n", title_of(run, "MUSTs that passed"));
    std::int64_t duration_ms = 0;
    for (const MergedRequirement* one : passed) {
        const std::string& id = one->requirement.id;
        std::string results =
            fmt::format("--- PASS: {} ({:.2f}s)\n", id, in_seconds(one->requirement.duration_ms));
        log += fmt::format("=== RUN   {}\n{}", id, in_log(told(run, *one)));
        for (const ReportedAssertion* assertion : tests_of(*one)) {
            log += fmt::format("=== RUN   {}/{}\n{}", id, assertion->id, in_log(told(*assertion)));
            results += fmt::format("    --- PASS: {}/{} ({:.2f}s)\n", id, assertion->id,
                                   in_seconds(assertion->duration_ms));
        }
        log += results;
        duration_ms += one->requirement.duration_ms;
    }
    return log + fmt::format("PASS\nok  \t{}\t{:.3f}s\n", package_of(run), in_seconds(duration_ms));
}

}  // namespace

std::string simulated_words() {
    return fmt::format(
        "{}: the run rests on parts that are not real, and nothing here certifies anything",
        simulated_mark);
}

bool is_shown_passed(const MergedRequirement& one) {
    return one.requirement.level == Level::must && one.outcome == Outcome::passed;
}

Contents cncf_files(const MergedRun& run) {
    std::vector<const MergedRequirement*> passed;
    for (const MergedRequirement& one : run.requirements) {
        if (is_shown_passed(one)) {
            passed.push_back(&one);
        }
    }
    Contents files;
    if (!passed.empty()) {  // the validator refuses a file without a test
        files["junit.xml"] = junit_of(run, passed);
        files["results.json"] = results_of(run, passed);
        files["e2e.log"] = log_of(run, passed);
    }
    if (std::string should = should_of(run); !should.empty()) {
        files["should.xml"] = std::move(should);
    }
    files["findings.json"] = findings_json(run);
    return files;
}

}  // namespace assay::reports
