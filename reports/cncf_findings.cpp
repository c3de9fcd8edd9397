// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/cncf_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "reports/cncf_files.h"
#include "reports/escape.h"

namespace assay::reports {

namespace {

using Json = nlohmann::ordered_json;

void put_text(Json& object, const char* name, std::string_view value) {
    if (!value.empty()) {
        object[name] = printable(value);
    }
}

Json run_json(const ReportedRun& run) {
    Json result;
    result["id"] = printable(run.id);
    result["startedAt"] = printable(run.started_at);
    result["complete"] = run.complete;
    result["simulated"] = run.simulated;
    result["reportSha256"] = run.report_sha256;
    return result;
}

Json assertion_json(const ReportedAssertion& assertion) {
    Json result;
    result["id"] = assertion.id;
    result["basis"] = to_string(assertion.basis);
    result["outcome"] = to_string(assertion.outcome);
    put_text(result, "sentence", assertion.sentence);
    put_text(result, "reason", assertion.reason);
    if (assertion.outcome == Outcome::failed) {
        put_text(result, "target", assertion.target);
        put_text(result, "expected", assertion.expected);
        put_text(result, "actual", assertion.actual);
        put_text(result, "nextStep", assertion.next_step);
    }
    return result;
}

Json requirement_json(const MergedRequirement& one) {
    Json result;
    result["id"] = one.requirement.id;
    result["level"] = to_string(one.requirement.level);
    if (one.run_id.empty()) {
        result["asked"] = false;
        return result;
    }
    result["asked"] = true;
    result["runId"] = printable(one.run_id);
    result["outcome"] = to_string(one.outcome);
    put_text(result, "reason", one.requirement.reason);
    result["assertions"] = Json::array();
    for (const ReportedAssertion& assertion : one.requirement.assertions) {
        if (assertion.basis == Basis::beyond || assertion.outcome != Outcome::passed) {
            result["assertions"].push_back(assertion_json(assertion));
        }
    }
    return result;
}

// What of a command says what was asked; each has a value.
constexpr std::array said{"--select", "--skip",           "--accelerator",  "--allow",  "--use",
                          "--metric", "--scale-resource", "--wait-settled", "--timeout"};

// As it stands in a shell; what needs more than a word's characters is put in single quotes.
std::string shell_word(std::string_view text) {
    const std::string line = printable_line(text);
    const bool plain = !line.empty() && line.find_first_not_of(
                                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789._-/=,:@+") == std::string::npos;
    if (plain) {
        return line;
    }
    std::string quoted = "'";
    for (const char one : line) {
        quoted += one == '\'' ? std::string("'\\''") : std::string(1, one);
    }
    return quoted + "'";
}

std::string requirement_row(const MergedRequirement& one, bool shown) {
    const std::string outcome =
        one.run_id.empty() ? "not asked" : std::string(to_string(one.outcome));
    return fmt::format("| {} | {} | {} | {} |\n", markdown_line(one.requirement.id),
                       to_string(one.requirement.level), outcome,
                       shown ? fmt::format("`junit.xml#{}`", one.requirement.id)
                             : markdown_line(one.requirement.reason));
}

}  // namespace

std::string findings_json(const MergedRun& run) {
    Json result;
    result["kind"] = "SubmissionFindings";
    result["simulated"] = run.simulated;
    if (run.simulated) {
        result["mark"] = simulated_words();
    }
    result["profile"] = printable(run.runs.front().profile_id);
    result["runs"] = Json::array();
    for (const ReportedRun& one : run.runs) {
        result["runs"].push_back(run_json(one));
    }
    result["requirements"] = Json::array();
    for (const MergedRequirement& one : run.requirements) {
        result["requirements"].push_back(requirement_json(one));
    }
    return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string reproduction(const ReportedRun& run) {
    std::string command = "assay run --profile " + shell_word(run.profile_id);
    for (std::size_t i = 0; i < run.command.size(); ++i) {
        const std::string& word = run.command[i];
        for (const std::string_view flag : said) {
            if (word == flag && i + 1 < run.command.size()) {
                command += fmt::format(" {} {}", flag, shell_word(run.command[i + 1]));
            } else if (word.starts_with(std::string(flag) + "=")) {
                command += " " + shell_word(word);
            }
        }
    }
    return command + " --out report";
}

std::string cncf_readme(const MergedRun& run, const Contents& files) {
    const ReportedRun& first = run.runs.front();
    std::string text;
    if (run.simulated) {
        text += fmt::format("> **{}**\n\n", simulated_words());
    }
    text += "# What ran, and how to run it again\n\n";
    text += fmt::format(
        "These results are of assay {} (commit {}), which is not the programme's own test suite: "
        "the tests are "
        "named by the ids of the requirements. Kubernetes {}, profile {}.\n\n",
        markdown_line(first.tool_version), markdown_line(first.tool_commit),
        markdown_line(first.kubernetes), markdown_line(first.profile_id));
    text += "```console\n";
    for (const ReportedRun& one : run.runs) {
        text += fmt::format("$ {}\n", reproduction(one));
    }
    text +=
        "```\n\n| requirement | level | outcome | evidence, or why there is none "
        "|\n|---|---|---|---|\n";
    for (const MergedRequirement& one : run.requirements) {
        text += requirement_row(one, is_shown_passed(one) && files.contains("junit.xml"));
    }
    text += "\n| file | holds |\n|---|---|\n";
    for (const auto& [name, what] :
         {std::pair{"junit.xml", "the MUSTs that passed, and their assertions below them"},
          {"results.json", "the same, as `go test -json` writes it"},
          {"e2e.log", "the same, as `go test -v` prints it"},
          {"should.xml", "the SHOULDs that were asked, as they came out"},
          {"findings.json", "every requirement: what failed, what is open, what lies beyond it"}}) {
        if (files.contains(name)) {
            text += fmt::format("| {} | {} |\n", name, what);
        }
    }
    return text;
}

}  // namespace assay::reports
