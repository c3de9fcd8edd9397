// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/escape.h"

namespace assay::reports {

namespace {

bool is_wrong(const Finding& finding) {
    return finding.outcome == Outcome::failed || finding.outcome == Outcome::inconclusive;
}

void append_detail(std::string& out, std::string_view indent, std::string_view name,
                   std::string_view value) {
    if (!value.empty()) {
        out += fmt::format("{}    {:<9} {}\n", indent, name, printable_line(value));
    }
}

void append_finding(std::string& out, std::string_view indent, const Finding& finding) {
    out += fmt::format("{}{} {}{}\n", indent, loud(finding.outcome),
                       finding.target.empty() ? "(no target)" : printable_line(finding.target),
                       finding.simulated ? " [simulated]" : "");
    if (finding.outcome == Outcome::passed) {
        return;
    }
    append_detail(out, indent, "expected:", finding.expected);
    append_detail(out, indent, "actual:", finding.actual);
    append_detail(out, indent, "reason:", finding.reason);
    for (const std::string& path : finding.evidence) {
        append_detail(out, indent, "evidence:", path);
    }
}

std::string what_is_wrong(const Finding& finding) {
    std::string line = finding.target.empty() ? "" : finding.target + ": ";
    if (finding.outcome == Outcome::failed) {
        line += fmt::format("expected {}, got {}", finding.expected, finding.actual);
    } else {
        line += finding.reason.empty() ? "no reason was recorded" : finding.reason;
    }
    return line + (finding.simulated ? " [simulated]" : "");
}

}  // namespace

std::vector<const Finding*> worst_first(const AssertionResult& assertion, Told told) {
    constexpr Outcome order[] = {Outcome::failed, Outcome::inconclusive, Outcome::not_applicable,
                                 Outcome::passed};
    std::vector<const Finding*> result;
    for (const Outcome outcome : order) {
        for (const Finding& finding : assertion.findings) {
            if (finding.outcome == outcome && (told == Told::all || is_wrong(finding))) {
                result.push_back(&finding);
            }
        }
    }
    return result;
}

std::string_view loud(Outcome outcome) {
    switch (outcome) {
        case Outcome::passed:
            return "PASSED";
        case Outcome::failed:
            return "FAILED";
        case Outcome::inconclusive:
            return "INCONCLUSIVE";
        case Outcome::not_applicable:
            return "N/A";
    }
    return "INCONCLUSIVE";
}

std::string worst_line(const AssertionResult& assertion) {
    if (assertion.outcome == Outcome::passed) {
        return {};
    }
    const auto alike = [&](const Finding& finding) { return finding.outcome == assertion.outcome; };
    const auto first = std::ranges::find_if(assertion.findings, alike);
    if (first == assertion.findings.end()) {
        return assertion.reason.empty() ? "no reason was recorded"
                                        : printable_line(assertion.reason);
    }
    std::string line = printable_line(what_is_wrong(*first));
    const auto more = std::ranges::count_if(assertion.findings, alike) - 1;
    return more > 0 ? line + fmt::format(" (and {} more)", more) : line;
}

std::string findings_text(const AssertionResult& assertion, Told told, std::string_view indent) {
    std::string out;
    if (assertion.findings.empty() && assertion.outcome != Outcome::passed) {
        out += fmt::format("{}not asked: {}\n", indent, worst_line(assertion));
    }
    const std::vector<const Finding*> findings = worst_first(assertion, told);
    const std::size_t shown = std::min(findings.size(), max_findings_told);
    for (std::size_t i = 0; i < shown; ++i) {
        append_finding(out, indent, *findings[i]);
    }
    if (findings.size() > shown) {
        out += fmt::format("{}and {} more, all in report.json\n", indent, findings.size() - shown);
    }
    return out;
}

}  // namespace assay::reports
