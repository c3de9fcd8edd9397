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

}  // namespace

void add_readiness(Diff& diff, const ReportedRun& newer) {
    for (const ReportedRequirement& asked : newer.requirements) {
        const auto before =
            std::ranges::find(diff.base.requirements, asked.id, &ReportedRequirement::id);
        const bool is_new = before == diff.base.requirements.end();
        if (!is_new && before->level <= asked.level) {
            continue;
        }
        Difference one;
        one.requirement = asked.id;
        one.level = asked.level;
        one.change = Change::readiness;
        one.effect = Effect::none;
        one.base = is_new || !before->selected ? "" : to_string(before->outcome);
        one.now = asked.selected ? to_string(asked.outcome) : "";
        const std::string reason = why(asked);
        one.detail =
            is_new ? fmt::format("{} of {}", to_string(asked.level), newer.profile_id)
                   : fmt::format("{} of {}, {} of {}", to_string(asked.level), newer.profile_id,
                                 to_string(before->level), diff.base.profile_id);
        one.detail += reason.empty() ? "" : "; " + reason;
        if (const ReportedAssertion* failing = deciding(asked);
            failing != nullptr && asked.outcome == Outcome::failed) {
            one.next_step = failing->next_step;
        }
        diff.differences.push_back(std::move(one));
    }
}

}  // namespace assay::reports
