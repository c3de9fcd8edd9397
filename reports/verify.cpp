// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <pugixml.hpp>
#include <set>

#include "engine/result.h"
#include "reports/cases.h"
#include "reports/files.h"
#include "reports/folder.h"
#include "reports/inventory.h"
#include "reports/statement.h"
#include "reports/verify_signature.h"

namespace assay::reports {

namespace {

using nlohmann::json;
using Checked = std::expected<void, std::string>;

constexpr const char* sums_file = "SHA256SUMS";
constexpr std::string_view journal_file =
    "journal.jsonl";  // written on while a report is made; no part of it

std::unexpected<std::string> wrong(std::string sentence) {
    return std::unexpected(std::move(sentence));
}

bool is_subject(std::string_view name) {
    return name != statement_file && name != bundle_file && name != envelope_file;
}

std::expected<Digests, std::string> subjects_of(const json& statement) {
    Digests digests;
    for (const json& subject : statement.at("subject")) {
        const std::string name = subject.at("name").get<std::string>();
        const std::string digest = subject.at("digest").at("sha256").get<std::string>();
        if (!is_plain_path(name) || subject.size() != 2 || subject.at("digest").size() != 1 ||
            !digests.emplace(name, digest).second) {
            return wrong(fmt::format("{} has a subject that assay does not write", statement_file));
        }
    }
    return digests;
}

Checked check_subjects(const Contents& contents, const Digests& subjects) {
    for (const auto& [name, digest] : subjects) {
        const auto found = contents.find(name);
        if (found == contents.end() || !is_subject(name)) {
            return wrong(fmt::format("{} is missing: {} lists it", name, statement_file));
        }
        if (sha256_hex(found->second) != digest) {
            return wrong(fmt::format("{} is not the file that {} lists: its SHA-256 differs", name,
                                     statement_file));
        }
    }
    for (const auto& [name, content] : contents) {
        if (is_subject(name) && name != journal_file && !subjects.contains(name)) {
            return wrong(
                fmt::format("{} does not belong here: {} does not list it", name, statement_file));
        }
    }
    return {};
}

Checked check_sums(const Contents& contents, const Digests& subjects) {
    std::string sums;
    for (const auto& [name, digest] : subjects) {
        if (name != sums_file) {
            sums += fmt::format("{}  {}\n", digest, name);
        }
    }
    const auto found = contents.find(sums_file);
    if (found == contents.end() || found->second != sums) {
        return wrong(fmt::format("{} does not list the files of the folder as {} does", sums_file,
                                 statement_file));
    }
    return {};
}

template <typename Word>
Word word_of(const json& value, std::initializer_list<Word> words) {
    const std::string text = value.get<std::string>();
    for (const Word word : words) {
        if (to_string(word) == text) {
            return word;
        }
    }
    throw std::invalid_argument(text);
}

Outcome outcome_of(const json& value) {
    return word_of(
        value, {Outcome::passed, Outcome::failed, Outcome::inconclusive, Outcome::not_applicable});
}

Level level_of(const json& value) {
    return word_of(value, {Level::must, Level::should, Level::informative});
}

RequirementResult requirement_of(const json& value, bool& simulated) {
    RequirementResult result;
    result.id = value.at("id").get<std::string>();
    result.level = level_of(value.at("level"));
    result.selected = value.at("selected").get<bool>();
    result.counted = value.at("counted").get<bool>();
    if (result.selected) {
        result.outcome = outcome_of(value.at("outcome"));
    }
    if (value.contains("beyondOutcome")) {
        result.beyond_outcome = outcome_of(value.at("beyondOutcome"));
    }
    for (const json& told : value.at("assertions")) {
        AssertionResult assertion;
        assertion.id = told.at("id").get<std::string>();
        assertion.basis = word_of(told.at("basis"), {Basis::required, Basis::beyond});
        assertion.outcome = outcome_of(told.at("outcome"));
        for (const json& finding : told.at("findings")) {
            simulated |= finding.at("simulated").get<bool>();
        }
        result.assertions.push_back(std::move(assertion));
    }
    return result;
}

// As much of the run as its verdicts rest on.
RunResult run_of(const json& report) {
    RunResult run;
    run.interrupted = !report.at("run").at("complete").get<bool>();
    run.simulated = report.at("run").at("simulated").get<bool>();
    if (const json& told = report.at("run"); told.contains("waitSettled")) {
        run.settling = Settling{};
        run.settling->settled = told.at("waitSettled").at("settled").get<bool>();
    }
    run.strict = report.at("profile").at("strict").get<bool>();
    for (const json& requirement : report.at("requirements")) {
        run.requirements.push_back(requirement_of(requirement, run.simulated));
    }
    return run;
}

Checked check_report(const json& report, const RunResult& run, const Contents& contents) {
    const json& told = report.at("run");
    if (told.at("result") != in_toto_result(run) || told.at("exitCode") != exit_code_of(run) ||
        told.at("simulated") != run.simulated || report.at("headline") != headline(run)) {
        return wrong(
            "report.json contradicts itself: its result or headline is not what its "
            "assertions say");
    }
    const auto profile = contents.find("profile.yaml");
    if (profile == contents.end() ||
        report.at("profile").at("sha256") != sha256_hex(profile->second)) {
        return wrong("profile.yaml is not the profile that report.json names");
    }
    return {};
}

Checked check_inventory(const json& report, const RunResult& run, const Contents& contents) {
    const auto found = contents.find(inventory_file);
    if (found == contents.end()) {
        return wrong(
            fmt::format("{} is missing: a report says what it was measured on", inventory_file));
    }
    const auto inventory = strict_json(inventory_file, found->second);
    if (!inventory) {
        return wrong(inventory.error());
    }
    const bool same_run = inventory->at("runId") == report.at("run").at("id");
    if (!same_run || (run.simulated && inventory->at("simulated") != true)) {
        return wrong(
            fmt::format("{} is of another run than report.json, or hides that something "
                        "was simulated",
                        inventory_file));
    }
    return {};
}

Checked check_predicate(const json& statement, const RunResult& run) {
    const json ours = json::parse(statement_json(run, {})).at("predicate");
    for (const char* member : {"result", "passedTests", "warnedTests", "failedTests", "selected",
                               "must_total", "simulated"}) {
        if (statement.at("predicate").at(member) != ours.at(member)) {
            return wrong(
                fmt::format("{} of {} is not what report.json says", member, statement_file));
        }
    }
    return {};
}

using Named = std::multiset<std::pair<std::string, Status>>;

Status status_of(const pugi::xml_node& testcase) {
    return testcase.child("failure")   ? Status::failure
           : testcase.child("error")   ? Status::error
           : testcase.child("skipped") ? Status::skipped
                                       : Status::passed;
}

Checked check_junit(const Contents& contents, const RunResult& run) {
    const auto found = contents.find("junit.xml");
    pugi::xml_document document;
    if (found == contents.end() ||
        !document.load_buffer(found->second.data(), found->second.size())) {
        return wrong("junit.xml is missing or is not XML");
    }
    Named told;
    for (const pugi::xml_node& suite : document.child("testsuites").children("testsuite")) {
        for (const pugi::xml_node& testcase : suite.children("testcase")) {
            told.emplace(testcase.attribute("name").value(), status_of(testcase));
        }
    }
    Named ours;
    for (const RequirementResult& requirement : run.requirements) {
        if (requirement.selected) {
            for (const Case& one : cases_of(run, requirement)) {
                ours.emplace(one.name, one.status);
            }
        }
    }
    return told == ours ? Checked()
                        : wrong("junit.xml does not say of each case what report.json says");
}

// Throws json's own exceptions and invalid_argument where a member is missing or of another type.
std::expected<Verified, std::string> check_contents(const Contents& contents) {
    const auto statement = strict_json(statement_file, contents.at(statement_file));
    if (!statement) {
        return wrong(statement.error());
    }
    if (statement->size() != 4 || statement->at("_type") != statement_type ||
        statement->at("predicateType") != predicate_type) {
        return wrong(fmt::format("{} is not a Statement v1 with the predicate {}", statement_file,
                                 predicate_type));
    }
    const auto subjects = subjects_of(*statement);
    if (!subjects) {
        return wrong(subjects.error());
    }
    for (const auto& checked :
         {check_subjects(contents, *subjects), check_sums(contents, *subjects)}) {
        if (!checked) {
            return wrong(checked.error());
        }
    }
    const auto found = contents.find("report.json");
    const auto report = strict_json("report.json", found == contents.end() ? "" : found->second);
    if (!report) {
        return wrong(report.error());
    }
    const RunResult run = run_of(*report);
    for (const auto& checked :
         {check_report(*report, run, contents), check_inventory(*report, run, contents),
          check_predicate(*statement, run), check_junit(contents, run)}) {
        if (!checked) {
            return wrong(checked.error());
        }
    }
    const Tally tally = must_tally(run);
    return Verified{.hint = "",
                    .result = std::string(in_toto_result(run)),
                    .simulated = run.simulated,
                    .must_examined = tally.examined,
                    .must_total = tally.total};
}

Checked check_signatures(const Contents& contents, const PublicKey* key) {
    int signatures = 0;
    for (const auto& [name, form] :
         {std::pair(bundle_file, Form::bundle), std::pair(envelope_file, Form::envelope)}) {
        if (const auto found = contents.find(name); found != contents.end()) {
            ++signatures;
            if (auto checked =
                    verify_signature(name, form, found->second, contents.at(statement_file), key);
                !checked) {
                return checked;
            }
        }
    }
    if (key != nullptr && signatures == 0) {
        return wrong(fmt::format("the report is not signed: it has neither {} nor {}", bundle_file,
                                 envelope_file));
    }
    return {};
}

}  // namespace

std::expected<Verified, std::string> verify_report(const std::filesystem::path& folder,
                                                   const std::filesystem::path& public_key) {
    std::optional<PublicKey> key;
    if (!public_key.empty()) {
        auto read = PublicKey::read(public_key);
        if (!read) {
            return wrong(read.error());
        }
        key = *std::move(read);
    }
    const auto contents = read_folder(folder);
    return contents ? verify_contents(*contents, key ? &*key : nullptr) : wrong(contents.error());
}

std::expected<Verified, std::string> verify_contents(const Contents& contents,
                                                     const PublicKey* key) {
    if (!contents.contains(statement_file)) {
        return wrong(fmt::format("{} is missing: the folder is no whole report", statement_file));
    }
    if (auto checked = check_signatures(contents, key); !checked) {
        return wrong(checked.error());
    }
    try {
        auto verified = check_contents(contents);
        if (verified && key != nullptr) {
            verified->hint = key->hint();
        }
        return verified;
    } catch (const std::exception&) {  // of the JSON library, which says it no other way
        return wrong(
            fmt::format("{} or report.json lacks a member that assay writes, or has it in "
                        "another form",
                        statement_file));
    }
}

}  // namespace assay::reports
