// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "reports/files.h"
#include "reports/findings.h"
#include "reports/html_page.h"
#include "reports/html_parts.h"

namespace assay::reports {

namespace {

void add_detail(pugi::xml_node list, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        add(list, "dt", name);
        add(list, "dd", value);
    }
}

void add_evidence(pugi::xml_node list, const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
        // Nothing else is a link: a report that was changed leads nowhere but to its own files.
        if (path.starts_with("artifacts/") && is_plain_path(path)) {
            add(list, "dt", "evidence");
            add_link(add(list, "dd"), path, path);
        }
    }
}

void add_finding(pugi::xml_node parent, const Finding& finding) {
    const pugi::xml_node box = add(parent, "div", "", "finding");
    add_mark(box, finding.outcome);
    add_text(box, fmt::format(" {} {}{}", loud(finding.outcome),
                              finding.target.empty() ? "(no target)" : finding.target,
                              finding.simulated ? " [simulated]" : ""));
    if (finding.outcome == Outcome::passed) {
        return;
    }
    const pugi::xml_node list = add(box, "dl");
    add_detail(list, "expected", finding.expected);
    add_detail(list, "actual", finding.actual);
    add_detail(list, "reason", finding.reason);
    add_evidence(list, finding.evidence);
}

// "31 more failed, 4929 more passed; all in report.json"
std::string rest_of(const std::vector<const Finding*>& findings, std::size_t shown) {
    std::string words;
    for (const Outcome outcome :
         {Outcome::failed, Outcome::inconclusive, Outcome::not_applicable, Outcome::passed}) {
        const auto count =
            std::count_if(findings.begin() + static_cast<std::ptrdiff_t>(shown), findings.end(),
                          [&](const Finding* one) { return one->outcome == outcome; });
        if (count > 0) {
            words +=
                fmt::format("{}{} more {}", words.empty() ? "" : ", ", count, to_string(outcome));
        }
    }
    return words + "; all in report.json";
}

void add_findings(pugi::xml_node box, const AssertionResult& assertion) {
    if (assertion.findings.empty() && !assertion.reason.empty()) {
        add(box, "div", "not asked: " + assertion.reason, "finding");
    }
    const std::vector<const Finding*> findings = worst_first(assertion, Told::all);
    const std::size_t shown = std::min(findings.size(), max_findings_told);
    // What passed need not be read to see what did not.
    const bool folded = assertion.outcome == Outcome::passed && !findings.empty();
    const pugi::xml_node place = folded ? add(box, "details") : box;
    if (folded) {
        add(place, "summary", fmt::format("{} finding(s)", findings.size()), "soft small");
    }
    for (std::size_t i = 0; i < shown; ++i) {
        add_finding(place, *findings[i]);
    }
    if (findings.size() > shown) {
        add(place, "div", rest_of(findings, shown), "finding soft");
    }
}

void add_assertion(pugi::xml_node card, const RunResult& run, const RequirementResult& requirement,
                   const AssertionResult& assertion) {
    const pugi::xml_node box = add(card, "div", "", "assertion");
    set_attribute(box, "id", anchor_of(requirement, assertion));
    add_mark(box, assertion.outcome);
    add_text(box, fmt::format(" {} ", assertion.sentence));
    add(box, "code", assertion.id, "soft small");
    if (assertion.basis == Basis::beyond) {
        add_text(box, " ");
        add(box, "span", folds(run, assertion) ? "beyond, counts here" : "beyond the requirement",
            "tag");
    }
    add_findings(box, assertion);
    const bool wrong =
        assertion.outcome == Outcome::failed || assertion.outcome == Outcome::inconclusive;
    if (wrong && !assertion.next_step.empty()) {
        const pugi::xml_node next = add(box, "div", "", "next");
        add(next, "b", "Next: ");
        add_text(next, assertion.next_step);
    }
}

std::string upper(std::string_view word) {
    std::string result(word);
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    return result;
}

void add_summary(pugi::xml_node card, const RunResult& run, const RequirementResult& requirement) {
    const Outcome outcome = settled_outcome(run, requirement);
    const pugi::xml_node line = add(card, "summary");
    add_mark(line, outcome);
    add_text(line, " ");
    add(line, "h3", requirement.title.empty() ? requirement.id : requirement.title);
    add_text(line, " ");
    add(line, "code", requirement.id, "soft small");
    for (const std::string& tag :
         {upper(to_string(requirement.level)), requirement.kar, std::string(loud(outcome)),
          requirement.beyond_outcome && !run.strict
              ? fmt::format("beyond: {}", loud(*requirement.beyond_outcome))
              : std::string{},
          fmt::format("{:.1f} s", static_cast<double>(requirement.duration_ms) / 1000)}) {
        if (!tag.empty()) {
            add_text(line, " ");
            add(line, "span", tag, "tag");
        }
    }
}

void add_card(pugi::xml_node body, const RunResult& run, const RequirementResult& requirement) {
    pugi::xml_node card = add(body, "details", "", "card");
    set_attribute(card, "id", requirement.id);
    const bool passed = settled_outcome(run, requirement) == Outcome::passed &&
                        requirement.beyond_outcome.value_or(Outcome::passed) != Outcome::failed;
    if (!passed) {
        card.append_attribute("open") = "";
    }
    add_summary(card, run, requirement);
    const pugi::xml_node inside = add(card, "div", "", "inside");
    if (!requirement.reason.empty()) {
        add(inside, "p", requirement.reason);
    }
    for (const AssertionResult& assertion : requirement.assertions) {
        add_assertion(inside, run, requirement, assertion);
    }
}

}  // namespace

std::string anchor_of(const RequirementResult& requirement, const AssertionResult& assertion) {
    return requirement.id + "." + assertion.id;
}

void add_requirements(pugi::xml_node body, const RunResult& run) {
    add(body, "h2", "Requirements");
    std::string left_out;
    for (const RequirementResult& requirement : run.requirements) {
        if (requirement.selected) {
            add_card(body, run, requirement);
        } else {
            left_out += (left_out.empty() ? "" : ", ") + requirement.id;
        }
    }
    if (!left_out.empty()) {
        add(body, "p", "Not selected, so nothing is said of: " + left_out, "soft");
    }
}

}  // namespace assay::reports
