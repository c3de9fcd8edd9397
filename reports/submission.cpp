// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/submission.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/cncf_files.h"
#include "reports/escape.h"

namespace assay::reports {

namespace {

std::string joined(std::string_view first, std::string_view second) {
    return fmt::format("{}{}{}", first, first.empty() || second.empty() ? "" : " ", second);
}

class Proposing {
public:
    Proposing(const MergedRun& run, const Product& product, const Contents& files)
        : run_(run), product_(product), files_(files) {}

    Proposal of(const Checklist& official) {
        result_.filling.metadata = product_.metadata;
        for (const ChecklistItem& item : official.items) {
            result_.filling.answers.push_back(answer(item));
        }
        return std::move(result_);
    }

private:
    Answer answer(const ChecklistItem& item);
    void answer_by_run(const ChecklistItem& item, const MergedRequirement& asked, Answer& answer);
    void leave_open(const ChecklistItem& item, std::string_view why) {
        result_.open.push_back(
            fmt::format("{} ({}): {}", item.id, printable_line(item.level), printable_line(why)));
    }
    std::vector<std::string> cited(const MergedRequirement& asked) const;

    const MergedRun& run_;
    const Product& product_;
    const Contents& files_;
    Proposal result_;
};

// The files that show it, the test by its name.
std::vector<std::string> Proposing::cited(const MergedRequirement& asked) const {
    std::vector<std::string> result;
    if (is_shown_passed(asked)) {
        for (const char* name : {"junit.xml", "results.json", "e2e.log"}) {
            if (files_.contains(name)) {
                result.push_back(fmt::format("{}#{}", name, asked.requirement.id));
            }
        }
    } else if (asked.requirement.level == Level::should && files_.contains("should.xml")) {
        result.emplace_back("should.xml");
    }
    return result;
}

void Proposing::answer_by_run(const ChecklistItem& item, const MergedRequirement& asked,
                              Answer& answer) {
    switch (asked.outcome) {
        case Outcome::passed:
            if (item.level == "MUST" && asked.requirement.level != Level::must) {
                leave_open(item,
                           "it is a MUST of this checklist and none of the profile; run with the "
                           "profile of the checklist's version");
                return;
            }
            answer.status = implemented;
            for (std::string& link : cited(asked)) {
                answer.evidence.push_back(std::move(link));
            }
            return;
        case Outcome::not_applicable:
            if (item.level == "MUST" && !may_be_not_applicable(item.id)) {
                leave_open(item, "not applicable, which the programme does not let this MUST be");
                return;
            }
            answer.status = not_applicable_status;
            answer.notes = joined(answer.notes, printable_line(asked.requirement.reason));
            if (answer.notes.empty()) {
                leave_open(item, "N/A needs a reason: give it as notes in the product's file");
            }
            return;
        case Outcome::failed:
            leave_open(item,
                       fmt::format("failed in run {}; `assay explain {}` says what to do, and a "
                                   "run that no longer speaks of the platform is left out here",
                                   asked.run_id, item.id));
            return;
        case Outcome::inconclusive:
            leave_open(item,
                       fmt::format("no answer in run {}: {}", asked.run_id,
                                   asked.requirement.reason.empty() ? "see findings.json"
                                                                    : asked.requirement.reason));
            return;
    }
}

Answer Proposing::answer(const ChecklistItem& item) {
    Answer result;
    result.id = item.id;
    const auto told = product_.requirements.find(item.id);
    const ProductAnswer words =
        told == product_.requirements.end() ? ProductAnswer() : told->second;
    result.notes = words.notes;
    result.evidence = words.evidence;
    const MergedRequirement* asked = run_.requirement(item.id);
    const bool by_run = asked != nullptr && !asked->run_id.empty();
    if (by_run) {
        answer_by_run(item, *asked, result);
        if (!words.status.empty() && words.status != result.status) {
            result_.conflicts.push_back(fmt::format(
                "{}: the product's file says \"{}\", and the runs say {}; the runs hold", item.id,
                printable_line(words.status), to_string(asked->outcome)));
        }
    } else if (!words.status.empty()) {
        result.status = words.status;  // attested by hand
    } else if (item.level == "MUST" && item.status.empty()) {
        leave_open(item, fmt::format("no run asked it: `assay run --select {}`", item.id));
    }
    if (result.status.empty()) {
        result.evidence.clear();
        result.notes.clear();
        return result;
    }
    const std::string& owner = words.owner.empty() ? product_.owner : words.owner;
    if (!owner.empty()) {
        result.notes = joined(result.notes, fmt::format("Provided by: {}.", owner));
    }
    if (run_.simulated && by_run) {
        result.notes = joined(simulated_words() + ".", result.notes);
    }
    return result;
}

std::string row(const ChecklistItem& item) {
    std::vector<std::string> links;
    for (const std::string& link : item.evidence) {
        links.push_back(markdown_line(link));
    }
    return fmt::format("| {} | {} | {} | {} |\n", markdown_line(item.id), markdown_line(item.level),
                       markdown_line(item.status), fmt::join(links, "<br>"));
}

std::string list(std::string_view title, const std::vector<std::string>& sentences) {
    std::string text = sentences.empty() ? "" : fmt::format("\n{}\n\n", title);
    for (const std::string& sentence : sentences) {
        text += fmt::format("- {}\n", markdown_line(sentence));
    }
    return text;
}

std::string value_of(const Checklist& product, const char* name) {
    const auto known = std::ranges::find(known_fields(), std::string_view(name), &KnownField::name);
    const MetadataField* field = known_field_of(product, *known);
    return field == nullptr ? std::string() : markdown_line(field->value);
}

// What the programme has every vendor confirm; nobody else can.
constexpr const char* to_confirm =
    "\nTo be confirmed by the vendor before this is opened:\n\n"
    "- [ ] the company accepts the programme's terms and conditions\n"
    "- [ ] vendorName is the organization's name exactly as the CNCF landscape has it\n"
    "- [ ] the logo is SVG, AI or EPS, names the product and follows the landscape's guidelines\n"
    "- [ ] repoUrl is given if the product is open source\n"
    "- [ ] every URL can be opened without a login\n";

}  // namespace

Proposal propose(const MergedRun& run, const Checklist& official, const Product& product,
                 const Contents& files) {
    return Proposing(run, product, files).of(official);
}

std::string pull_request_body(const MergedRun& run, const Checklist& product,
                              const Proposal& proposal, const std::vector<Remark>& remarks) {
    const ReportedRun& first = run.runs.front();
    std::string text;
    if (run.simulated) {
        text += fmt::format("> **{}**\n\n", simulated_words());
    }
    text += fmt::format("# {} {}, Kubernetes {}\n\n", value_of(product, "platformName"),
                        value_of(product, "platformVersion"), markdown_line(first.kubernetes));
    text += fmt::format(
        "Tests by assay {} (commit {}), a suite of its own; they are named by the ids of the "
        "requirements. README.md in the folder says how to run them again.\n\n",
        markdown_line(first.tool_version), markdown_line(first.tool_commit));
    text += "| run | began | report.json (SHA-256) |\n|---|---|---|\n";
    for (const ReportedRun& one : run.runs) {
        text += fmt::format("| {} | {} | {} |\n", markdown_line(one.id),
                            markdown_line(one.started_at), one.report_sha256);
    }
    text += "\n| requirement | level | status | evidence |\n|---|---|---|---|\n";
    for (const ChecklistItem& item : product.items) {
        text += row(item);
    }
    text += list("Still open:", proposal.open);
    std::vector<std::string> said;
    for (const Remark& remark : remarks) {
        said.push_back(
            fmt::format("{} {}: {}", to_string(remark.severity), remark.where, remark.sentence));
    }
    text += list("What the intake says of it today:", said);
    return text + to_confirm;
}

}  // namespace assay::reports
