// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "reports/diff_output.h"
#include "reports/junit_document.h"

namespace assay::reports {

namespace {

// What the gate goes by; the rest of Change is good news or none of the cluster's doing.
constexpr std::array gate_rules{Change::regression, Change::new_failure,   Change::known_failure,
                                Change::missing,    Change::newly_excused, Change::lost_answer,
                                Change::still_open, Change::slower,        Change::flaky};

std::string line_of(const Difference& one) {
    return fmt::format("{}/{}: {} -> {}{}{}{}", one.requirement, one.assertion,
                       one.base.empty() ? "not asked" : one.base,
                       one.now.empty() ? "not asked" : one.now,
                       one.detail.empty() ? "" : "; " + one.detail,
                       one.next_step.empty() ? "" : "; next: " + one.next_step,
                       one.allowed.empty() ? "" : "; allowed " + one.allowed);
}

// A failure stands for exit code 1 and nothing else, so there is none where runs do not compare.
Status status_of(const Diff& diff, bool closes, bool unsettles) {
    if (closes && diff.not_comparable.empty()) {
        return Status::failure;
    }
    return closes || unsettles ? Status::error : Status::passed;
}

Case case_of(const Diff& diff, Change rule) {
    Case result;
    result.name = "gate/" + std::string(to_string(rule));
    bool closes = false;
    bool unsettles = false;
    std::vector<std::string> named;
    std::vector<std::string> lines;
    for (const Difference& one : diff.differences) {
        if (one.change == rule) {
            closes = closes || one.effect == Effect::closes;
            unsettles = unsettles || one.effect == Effect::unsettles;
            named.push_back(one.requirement + "/" + one.assertion);
            lines.push_back(line_of(one));
        }
    }
    result.status = status_of(diff, closes, unsettles);
    result.message = fmt::format("{}", fmt::join(named, ", "));
    result.text = fmt::format("{}", fmt::join(lines, "\n"));
    return result;
}

Case comparable(const Diff& diff) {
    Case result;
    result.name = "gate/comparable";
    result.status = diff.not_comparable.empty() ? Status::passed : Status::error;
    result.message = result.text = fmt::format("{}", fmt::join(diff.not_comparable, "\n"));
    return result;
}

}  // namespace

std::string diff_junit(const Diff& diff) {
    Suite suite{.name = "gate",
                .id = "gate",
                .package = "assay",
                .classname = "assay.gate",
                .started_at = diff.now.started_at,
                .duration_ms = 0,
                .properties = {{"headline", headline(diff)},
                               {"base.run.id", diff.base.id},
                               {"run.id", diff.now.id},
                               {"run.simulated", diff.now.simulated ? "true" : "false"}},
                .cases = {comparable(diff)}};
    for (const Change rule : gate_rules) {
        suite.cases.push_back(case_of(diff, rule));
    }
    return junit_document(headline(diff), {suite}, 0);
}

}  // namespace assay::reports
