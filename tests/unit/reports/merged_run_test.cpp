// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/merged_run.h"

#include <gtest/gtest.h>

#include <functional>

#include "submission_runs.h"

namespace assay::reports {
namespace {

using enum Outcome;

ReportedRun asked(const char* id, const char* started_at, Outcome outcome) {
    ReportedRun run = submission_run();
    run.id = id;
    run.started_at = started_at;
    settle(run, "gang_scheduling", outcome);
    return run;
}

struct Pair {
    Outcome first;
    Outcome second;
    Outcome merged;
};

class MergedOutcome : public testing::TestWithParam<Pair> {};

TEST_P(MergedOutcome, IsOfTheRunThatSaysMost) {
    const auto merged = merge_runs({asked("a", "2026-11-22T10:00:00Z", GetParam().first),
                                    asked("b", "2026-11-22T11:00:00Z", GetParam().second)});
    ASSERT_TRUE(merged) << merged.error();
    EXPECT_EQ(merged->requirement("gang_scheduling")->outcome, GetParam().merged);
}

INSTANTIATE_TEST_SUITE_P(All, MergedOutcome,
                         testing::Values(Pair{failed, passed, failed}, Pair{passed, failed, failed},
                                         Pair{inconclusive, passed, passed},
                                         Pair{passed, inconclusive, passed},
                                         Pair{not_applicable, passed, passed},
                                         Pair{inconclusive, not_applicable, not_applicable},
                                         Pair{inconclusive, failed, failed},
                                         Pair{inconclusive, inconclusive, inconclusive}));

TEST(MergedRunTest, OneRunAsksWhatAnotherLeftOut) {
    ReportedRun first = submission_run();
    for (ReportedRequirement& one : first.requirements) {
        one.selected = one.id == "secure_accelerator_access";
    }
    ReportedRun second = submission_run();
    second.id = "second";
    second.requirements[0].selected = false;
    const auto merged = merge_runs({second, first});
    ASSERT_TRUE(merged) << merged.error();
    EXPECT_EQ(merged->requirement("secure_accelerator_access")->run_id, first.id);
    EXPECT_EQ(merged->requirement("gang_scheduling")->run_id, "second");
    EXPECT_EQ(merged->requirement("secure_accelerator_access")->outcome, passed);
}

TEST(MergedRunTest, WhatNoRunSelectedIsOpen) {
    ReportedRun run = submission_run();
    run.requirements[1].selected = false;
    const auto merged = merge_runs({run});
    ASSERT_TRUE(merged) << merged.error();
    EXPECT_EQ(merged->requirements[1].outcome, inconclusive);
    EXPECT_TRUE(merged->requirements[1].run_id.empty());
    EXPECT_EQ(merged->requirement("nowhere"), nullptr);
}

TEST(MergedRunTest, TheRequirementIsNoBetterThanItsAssertions) {
    ReportedRun run = submission_run();
    run.requirements[0].assertions[0].outcome = failed;
    EXPECT_EQ(merge_runs({run})->requirements[0].outcome, failed);
    run.requirements[0].assertions[0].outcome = inconclusive;
    EXPECT_EQ(merge_runs({run})->requirements[0].outcome, inconclusive);
    run.requirements[0].assertions.push_back(submission_run().requirements[0].assertions[0]);
    run.requirements[0].assertions[0].basis = Basis::beyond;
    EXPECT_EQ(merge_runs({run})->requirements[0].outcome, passed);
    run.requirements[0].assertions.clear();
    EXPECT_EQ(merge_runs({run})->requirements[0].outcome, inconclusive) << "rests on nothing";
    run = submission_run();
    run.requirements[0].outcome = not_applicable;
    EXPECT_EQ(merge_runs({run})->requirements[0].outcome, not_applicable);
}

TEST(MergedRunTest, SimulatedIsNeverLost) {
    ReportedRun real = submission_run();
    ReportedRun simulated = submission_run();
    simulated.id = "simulated";
    simulated.simulated = true;
    EXPECT_FALSE(merge_runs({real})->simulated);
    EXPECT_TRUE(merge_runs({real, simulated})->simulated);
    real.requirements[1].simulated = true;
    EXPECT_TRUE(merge_runs({real})->simulated) << "of a finding alone";
}

TEST(MergedRunTest, OnlyRunsOfOneKindAreMerged) {
    const std::function<void(ReportedRun&)> differences[] = {
        [](ReportedRun& run) { run.cluster_uid = "another"; },
        [](ReportedRun& run) { run.cluster_uid = ""; },
        [](ReportedRun& run) { run.kubernetes = "v1.37.2"; },
        [](ReportedRun& run) { run.profile_id = "another"; },
        [](ReportedRun& run) { run.profile_sha256 = "another"; },
        [](ReportedRun& run) { run.tool_version = "another"; },
        [](ReportedRun& run) { run.tool_commit = "another"; },
        [](ReportedRun& run) { run.probe_digest = "sha256:another"; },
        [](ReportedRun& run) { run.id = submission_run().id; },
        [](ReportedRun& run) { run.requirements[0].id = "a b"; },
        [](ReportedRun& run) { run.requirements[0].assertions[0].id = "--- FAIL: x"; }};
    for (const auto& change : differences) {
        ReportedRun other = submission_run();
        other.id = "other";
        ASSERT_TRUE(merge_runs({submission_run(), other}));
        change(other);
        EXPECT_FALSE(merge_runs({submission_run(), other}));
    }
    EXPECT_FALSE(merge_runs({}));
}

}  // namespace
}  // namespace assay::reports
