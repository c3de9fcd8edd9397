// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "submission_runs.h"

#include <algorithm>

namespace assay::reports {

namespace {

ReportedAssertion assertion(const char* id, Outcome outcome, Basis basis = Basis::required) {
    ReportedAssertion result;
    result.id = id;
    result.basis = basis;
    result.outcome = outcome;
    result.sentence = std::string("what ") + id + " asks";
    result.target = "pod owner-x, node a-1";
    result.expected = "one accelerator";
    result.actual = "one accelerator at 10.1.2.3";
    result.reason = outcome == Outcome::passed ? "" : "why it did not pass";
    result.duration_ms = 1230;
    return result;
}

ReportedRequirement requirement(const char* id, const char* category, Level level,
                                Outcome outcome) {
    ReportedRequirement result;
    result.id = id;
    result.category = category;
    result.level = level;
    result.selected = true;
    result.outcome = outcome;
    result.reason = outcome == Outcome::passed ? "" : "the platform has none";
    result.started_at = "2026-11-22T10:00:01.000Z";
    result.duration_ms = 4700;
    result.assertions = {assertion("asks_it", outcome)};
    return result;
}

}  // namespace

ReportedRun submission_run() {
    ReportedRun run;
    run.id = "k7w4c2hp";
    run.started_at = "2026-11-22T10:00:00.000Z";
    run.report_sha256 = std::string(64, 'b');
    run.tool_version = "0.1.0";
    run.tool_commit = "0123456789ab";
    run.probe_image = "registry.yoyo.example:5000/tools/assay-probe";
    run.probe_digest = "sha256:" + std::string(64, 'c');
    run.command = {"/home/me/assay", "run",         "--kubeconfig", "/home/me/.kube/secret",
                   "--allow",        "scale-nodes", "--sign-key",   "/home/me/key.pem"};
    run.kubernetes = "v1.37.1";
    run.cluster_uid = "382abd98-7bb7-4f2e-9c7a-db5c8537f7bf";
    run.context = "prod-west";
    run.server = "https://api.yoyo.example:6443";
    run.profile_id = "k8s-ai-1.37";
    run.profile_sha256 = std::string(64, 'a');
    run.complete = true;
    run.gate = {Level::must};
    run.requirements = {
        requirement("secure_accelerator_access", "security", Level::must, Outcome::passed),
        requirement("gang_scheduling", "schedulingOrchestration", Level::must, Outcome::passed),
        requirement("cluster_autoscaling", "schedulingOrchestration", Level::must,
                    Outcome::not_applicable),
        requirement("gpu_sharing", "accelerators", Level::should, Outcome::passed)};
    auto& access = run.requirements[0].assertions;
    access.push_back(assertion("needs_two_of_them", Outcome::not_applicable));
    access.push_back(assertion("lies_beyond", Outcome::failed, Basis::beyond));
    return run;
}

void settle(ReportedRun& run, const std::string& requirement, Outcome outcome) {
    const auto found = std::ranges::find(run.requirements, requirement, &ReportedRequirement::id);
    found->outcome = outcome;
    for (ReportedAssertion& one : found->assertions) {
        if (one.basis == Basis::required) {
            one.outcome = outcome;
        }
    }
}

}  // namespace assay::reports
