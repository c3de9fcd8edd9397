// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "reports/accelerators.h"
#include "reports/escape.h"
#include "reports/findings.h"

namespace assay::reports {

namespace {

std::string upper(std::string_view word) {
    std::string result;
    for (const char c : word) {
        result += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return result;
}

std::string requirement_line(const RunResult& run, const RequirementResult& requirement) {
    std::string line = fmt::format("{:<12}  {} ({}{}{})", loud(settled_outcome(run, requirement)),
                                   requirement.id, upper(to_string(requirement.level)),
                                   requirement.kar.empty() ? "" : ", ", requirement.kar);
    line += fmt::format("  {:.1f} s, clean-up {:.1f} s",
                        static_cast<double>(requirement.duration_ms) / 1000,
                        static_cast<double>(requirement.cleanup_duration_ms) / 1000);
    if (requirement.beyond_outcome && !run.strict) {
        line += fmt::format("; beyond the requirement: {}", loud(*requirement.beyond_outcome));
    }
    if (!requirement.reason.empty()) {
        line += ": " + printable_line(requirement.reason);
    }
    return line + "\n";
}

bool is_wrong(const AssertionResult& assertion) {
    return assertion.outcome == Outcome::failed || assertion.outcome == Outcome::inconclusive;
}

std::string assertion_text(const RunResult& run, const AssertionResult& assertion) {
    std::string text =
        fmt::format("  {}{} {}: {}\n", folds(run, assertion) ? "" : "beyond, ",
                    loud(assertion.outcome), assertion.id, printable_line(assertion.sentence));
    text += findings_text(assertion, Told::wrong, "    ");
    return text;
}

// What to do, each thing once: several assertions often fail for one reason.
std::string next_steps_text(const RequirementResult& requirement) {
    std::set<std::string> told;
    std::string text;
    for (const AssertionResult& assertion : requirement.assertions) {
        const bool due = assertion.outcome == Outcome::failed && !assertion.next_step.empty();
        if (due && told.insert(assertion.next_step).second) {
            text += fmt::format("  next step: {}\n", printable_line(assertion.next_step));
        }
    }
    return text;
}

std::string leftovers_text(const RunResult& run) {
    if (run.leftovers.empty()) {
        return {};
    }
    std::string text = fmt::format(
        "left in the cluster, {} of them; `assay cleanup` tries again:\n", run.leftovers.size());
    const std::size_t shown = std::min(run.leftovers.size(), max_findings_told);
    for (std::size_t i = 0; i < shown; ++i) {
        const Leftover& leftover = run.leftovers[i];
        text += fmt::format("  {} {}: {}\n", printable_line(leftover.kind),
                            printable_line(leftover.name), printable_line(leftover.why));
    }
    if (run.leftovers.size() > shown) {
        text += fmt::format("  and {} more, all in report.json\n", run.leftovers.size() - shown);
    }
    return text;
}

std::string settling_text(const RunResult& run) {
    if (!run.settling) {
        return {};
    }
    const double seconds = static_cast<double>(run.settling->duration_ms) / 1000;
    return run.settling->settled
               ? fmt::format("the cluster was settled after {:.1f} s\n", seconds)
               : fmt::format(
                     "the cluster was not settled after {:.1f} s, so nothing was asked: {}\n",
                     seconds, printable_line(run.settling->describe()));
}

}  // namespace

std::string summary_text(const RunResult& run, const std::filesystem::path& out) {
    std::string text = headline(run) + "\n";
    if (run.interrupted) {
        text += "interrupted: what was not reached is inconclusive\n";
    }
    text += settling_text(run);
    for (const RequirementResult& requirement : run.requirements) {
        if (!requirement.selected) {
            continue;
        }
        text += requirement_line(run, requirement);
        for (const AssertionResult& assertion : requirement.assertions) {
            text += is_wrong(assertion) ? assertion_text(run, assertion) : "";
        }
        text += accelerators_text(requirement.accelerators);
        text += next_steps_text(requirement);
    }
    for (const std::string& warning : run.warnings) {
        text += fmt::format("warning: {}\n", printable_line(warning));
    }
    text += leftovers_text(run);
    if (!out.empty()) {
        text += fmt::format("report: {}\n", out.string());
    }
    return text;
}

}  // namespace assay::reports
