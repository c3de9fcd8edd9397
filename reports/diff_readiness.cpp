// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "reports/diff.h"

namespace assay::reports {

namespace {

// The first assertion that came out as its requirement did, and why.
const ReportedAssertion* deciding(const ReportedRequirement& requirement) {
    const auto found =
        std::ranges::find_if(requirement.assertions, [&](const ReportedAssertion& one) {
            return one.basis == Basis::required && one.outcome == requirement.outcome;
        });
    return found == requirement.assertions.end() ? nullptr : &*found;
}

std::string why(const ReportedRequirement& requirement) {
    if (!requirement.selected) {
        return "not selected";
    }
    if (requirement.outcome == Outcome::passed) {
        return "";
    }
    const ReportedAssertion* one = deciding(requirement);
    if (one == nullptr) {
        return requirement.reason;
    }
    return one->reason.empty() ? one->id : fmt::format("{}: {}", one->id, one->reason);
}

// "must of k8s-ai-1.37, should of k8s-ai-1.36; no check in this version of assay"
std::string words_of(const ReportedRequirement& asked, const ReportedRequirement* before,
                     const Diff& diff, const ReportedRun& newer) {
    std::string words = fmt::format("{} of {}", to_string(asked.level), newer.profile_id);
    if (before != nullptr) {
        words += fmt::format(", {} of {}", to_string(before->level), diff.base.profile_id);
    }
    const std::string reason = why(asked);
    return reason.empty() ? words : words + "; " + reason;
}

std::string outcome_word(const ReportedRequirement* one) {
    return one == nullptr || !one->selected ? "" : std::string(to_string(one->outcome));
}

}  // namespace

void add_readiness(Diff& diff, const ReportedRun& newer) {
    for (const ReportedRequirement& asked : newer.requirements) {
        const auto found =
            std::ranges::find(diff.base.requirements, asked.id, &ReportedRequirement::id);
        const ReportedRequirement* before =
            found == diff.base.requirements.end() ? nullptr : &*found;
        if (before != nullptr && before->level <= asked.level) {
            continue;
        }
        Difference one;
        one.requirement = asked.id;
        one.level = asked.level;
        one.change = Change::readiness;
        one.effect = Effect::none;
        one.base = outcome_word(before);
        one.now = outcome_word(&asked);
        one.detail = words_of(asked, before, diff, newer);
        if (const ReportedAssertion* failing = deciding(asked);
            failing != nullptr && asked.outcome == Outcome::failed) {
            one.next_step = failing->next_step;
        }
        diff.differences.push_back(std::move(one));
    }
}

}  // namespace assay::reports
