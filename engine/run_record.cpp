// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/run_record.h"

#include <algorithm>

#include "engine/run_id.h"

namespace assay {

RunResult begun(const RunPlan& plan, const std::string& run_id) {
    RunResult run;
    run.run_id = run_id;
    run.started_at = now_rfc3339();
    run.profile_id = plan.profile.id;
    run.profile_kubernetes = plan.profile.kubernetes;
    run.profile_sha256 = plan.profile.sha256;
    run.profile_yaml = plan.profile.yaml;
    run.strict = plan.profile.strict;
    run.gate = plan.profile.gate;
    run.selected = plan.select;
    run.skipped = plan.skip;
    run.settling = plan.settling;
    run.rerun_of = plan.rerun_of;
    if (plan.resumed != nullptr) {
        run.started_at = plan.resumed->header.started_at;
        run.resumed_at = plan.resumed->resumed_at;
        for (const auto& [id, settled] : plan.resumed->settled) {
            run.duration_ms += settled.result.duration_ms + settled.result.cleanup_duration_ms;
        }
    }
    return run;
}

RequirementResult described(const Requirement& requirement) {
    RequirementResult result;
    result.id = requirement.id;
    result.category = requirement.category;
    result.level = requirement.level;
    result.kar = requirement.kar;
    return result;
}

RequirementResult left_out(const Requirement& requirement) {
    RequirementResult result = described(requirement);
    result.selected = false;
    result.counted = false;
    result.reason = "not selected";
    return result;
}

void fold_into(RequirementResult& result, bool strict) {
    std::vector<Outcome> counted;
    std::vector<Outcome> beyond;
    for (const AssertionResult& one : result.assertions) {
        const bool counts = one.basis == Basis::required || strict;
        (counts ? counted : beyond).push_back(one.outcome);
    }
    result.outcome = fold(counted);
    if (!beyond.empty()) {
        result.beyond_outcome = fold(beyond);
    }
}

void hold_to_profile(const Requirement& requirement, RequirementResult& result) {
    if (result.outcome == Outcome::not_applicable && !requirement.may_be_not_applicable) {
        result.outcome = Outcome::inconclusive;
        result.reason = "nothing of it could be asked here, and the profile does not excuse it";
    }
}

bool is_simulated(const RequirementResult& result) {
    return std::ranges::any_of(result.assertions, [](const AssertionResult& assertion) {
        return std::ranges::any_of(assertion.findings, &Finding::simulated);
    });
}

}  // namespace assay
