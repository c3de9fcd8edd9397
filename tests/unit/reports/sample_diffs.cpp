// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "sample_diffs.h"

#include <initializer_list>

#include "sample_runs.h"

namespace assay::reports {

namespace {

ReportedRun run(const char* kubernetes, Outcome outcome) {
    ReportedAssertion assertion;
    assertion.id = "holds";
    assertion.outcome = outcome;
    assertion.target = "pod p, node n";
    assertion.expected = "one";
    assertion.actual = "none";
    assertion.next_step = "look at it";
    ReportedRequirement requirement;
    requirement.id = "a";
    requirement.selected = true;
    requirement.assertions = {assertion};
    ReportedRun result;
    result.id = "k7w4c2hp";
    result.started_at = "2026-11-21T05:13:59.123Z";
    result.kubernetes = kubernetes;
    result.profile_id = "k8s-ai-1.37";
    result.complete = true;
    result.requirements = {requirement};
    return result;
}

}  // namespace

Diff regressed() {
    return compare(
        run("v1.36.4", Outcome::passed), run("v1.37.1", Outcome::failed),
        {.levels = {Level::must}, .missing = true, .allowed = {}, .today = "2026-11-22"});
}

std::vector<Diff> sample_diffs() {
    std::vector<Diff> result{regressed(), Diff{}};
    for (int change = 0; change <= static_cast<int>(Change::readiness); ++change) {
        for (const Effect effect : {Effect::closes, Effect::unsettles, Effect::none}) {
            // What is good news has no effect on a gate.
            if (effect != Effect::none && change >= static_cast<int>(Change::flaky)) {
                continue;
            }
            Diff one = regressed();
            one.differences[0].change = static_cast<Change>(change);
            one.differences[0].effect = effect;
            one.differences[0].detail = hostile_text();
            one.differences[0].next_step = hostile_text();
            one.differences[0].allowed = hostile_text();
            result.push_back(one);
            one.not_comparable = {hostile_text()};
            result.push_back(one);
        }
    }
    return result;
}

}  // namespace assay::reports
