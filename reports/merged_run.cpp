// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/merged_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "reports/escape.h"

namespace assay::reports {

namespace {

// Ids become names of tests and of files, and stand in lines that others parse.
bool is_id(std::string_view text) {
    return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
                                std::string_view::npos;
}

std::expected<void, std::string> check_ids(const ReportedRun& run) {
    for (const ReportedRequirement& requirement : run.requirements) {
        bool fine = is_id(requirement.id);
        for (const ReportedAssertion& assertion : requirement.assertions) {
            fine = fine && is_id(assertion.id);
        }
        if (!fine) {
            return std::unexpected(fmt::format(
                "run {} has the requirement {}, which is no requirement of the checklist; give "
                "reports that `assay run` wrote",
                printable_line(run.id), printable_line(requirement.id)));
        }
    }
    return {};
}

std::expected<void, std::string> check_same(const ReportedRun& first, const ReportedRun& other) {
    const std::pair<const char*, std::string ReportedRun::*> same[] = {
        {"cluster (uid of kube-system)", &ReportedRun::cluster_uid},
        {"Kubernetes version", &ReportedRun::kubernetes},
        {"profile", &ReportedRun::profile_id},
        {"text of the profile (SHA-256)", &ReportedRun::profile_sha256},
        {"version of assay", &ReportedRun::tool_version},
        {"commit of assay", &ReportedRun::tool_commit}};
    for (const auto& [what, member] : same) {
        if (first.*member != other.*member) {
            return std::unexpected(fmt::format(
                "runs {} and {} are not of one {}: {} and {}; give runs that are, or submit them "
                "apart",
                printable_line(first.id), printable_line(other.id), what,
                printable_line(first.*member), printable_line(other.*member)));
        }
    }
    // A run that started no pod has met no probe.
    if (!first.probe_digest.empty() && !other.probe_digest.empty() &&
        first.probe_digest != other.probe_digest) {
        return std::unexpected(
            fmt::format("runs {} and {} are not of one probe image; give runs that are",
                        printable_line(first.id), printable_line(other.id)));
    }
    return {};
}

Outcome settled(const ReportedRequirement& requirement) {
    Outcome result = requirement.outcome;
    bool shown = false;
    for (const ReportedAssertion& assertion : requirement.assertions) {
        if (assertion.basis == Basis::required) {
            const Outcome both[] = {result, assertion.outcome};
            result = fold(both);
            shown = shown || assertion.outcome == Outcome::passed;
        }
    }
    if (result != Outcome::passed) {
        return result;
    }
    // That it is not applicable is no better for what passed beside it, and what rests on nothing
    // has not passed.
    return requirement.outcome == Outcome::not_applicable ? Outcome::not_applicable
           : shown                                        ? Outcome::passed
                                                          : Outcome::inconclusive;
}

// The higher holds.
int weight(Outcome outcome) {
    switch (outcome) {
        case Outcome::failed:
            return 4;
        case Outcome::passed:
            return 3;
        case Outcome::not_applicable:
            return 2;
        case Outcome::inconclusive:
            break;
    }
    return 1;
}

MergedRequirement merged(const std::string& id, const std::vector<ReportedRun>& runs) {
    MergedRequirement result;
    for (const ReportedRun& run : runs) {
        const auto found = std::ranges::find(run.requirements, id, &ReportedRequirement::id);
        if (found == run.requirements.end()) {
            continue;
        }
        const Outcome outcome = found->selected ? settled(*found) : Outcome::inconclusive;
        const bool first = result.requirement.id.empty();
        const bool better =
            found->selected && (result.run_id.empty() || weight(outcome) >= weight(result.outcome));
        if (first || better) {
            result.requirement = *found;
            result.run_id = found->selected ? run.id : "";
            result.outcome = outcome;
        }
    }
    return result;
}

}  // namespace

const MergedRequirement* MergedRun::requirement(std::string_view id) const {
    const auto found = std::ranges::find_if(
        requirements, [&](const MergedRequirement& one) { return one.requirement.id == id; });
    return found == requirements.end() ? nullptr : &*found;
}

std::expected<MergedRun, std::string> merge_runs(std::vector<ReportedRun> runs) {
    if (runs.empty()) {
        return std::unexpected("give at least one run: the folder that `assay run --out` wrote");
    }
    std::ranges::sort(runs, {},
                      [](const ReportedRun& run) { return std::pair(run.started_at, run.id); });
    MergedRun result;
    std::set<std::string> ids;
    for (const ReportedRun& run : runs) {
        if (run.cluster_uid.empty()) {
            return std::unexpected(fmt::format(
                "run {} does not say which cluster it examined, so nothing can be certified by it; "
                "run again with the right to get the namespace kube-system",
                printable_line(run.id)));
        }
        for (const auto& checked : {check_ids(run), check_same(runs.front(), run)}) {
            if (!checked) {
                return std::unexpected(checked.error());
            }
        }
        if (!ids.insert(run.id).second) {
            return std::unexpected(
                fmt::format("run {} is given twice; give it once", printable_line(run.id)));
        }
        result.simulated = result.simulated || run.simulated ||
                           std::ranges::any_of(run.requirements, &ReportedRequirement::simulated);
    }
    for (const ReportedRequirement& requirement : runs.front().requirements) {
        result.requirements.push_back(merged(requirement.id, runs));
    }
    result.runs = std::move(runs);
    return result;
}

}  // namespace assay::reports
