// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>

#include "checks/catalog.h"
#include "engine/scheduler_adapter.h"
#include "tests/unit/checks/played_cluster.h"
#include "tests/unit/checks/played_gangs.h"

namespace assay {
namespace {

using testing::HasSubstr;

// Every assertion that did not pass, with its outcome.
std::map<std::string, Outcome> not_passed(const RunResult& run) {
    std::map<std::string, Outcome> result;
    for (const RequirementResult& requirement : run.requirements) {
        for (const AssertionResult& one : requirement.assertions) {
            if (one.outcome != Outcome::passed) {
                result[one.id] = one.outcome;
            }
        }
    }
    return result;
}

using Outcomes = std::map<std::string, Outcome>;

TEST(GangScheduling, OfACorrectClusterPassesWhole) {
    PlayedGangs cluster({});
    const RunResult run = cluster.run();
    EXPECT_EQ(not_passed(run), Outcomes{}) << findings_of(run, "two_gangs_take_turns");
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_TRUE(run.leftovers.empty());
}

TEST(GangScheduling, ASchedulerThatKnowsNoGangsIsFound) {
    PlayedGangs cluster({.ignores_gangs = true});
    const Outcomes found = not_passed(cluster.run());
    EXPECT_EQ(found, (Outcomes{{"gang_short_of_capacity_binds_none", Outcome::failed},
                               {"two_gangs_take_turns", Outcome::failed}}));
}

TEST(GangScheduling, APodThatWasBoundAndEvictedWasBound) {
    PlayedGangs cluster({.binds_and_evicts = true});
    const RunResult run = cluster.run();
    EXPECT_EQ(outcome_of(run, "gang_short_of_capacity_binds_none"), Outcome::failed);
    // Whether it is gone already when the binding is seen is a matter of microseconds.
    EXPECT_THAT(findings_of(run, "gang_short_of_capacity_binds_none"), HasSubstr("1 of 4 bound"));
}

TEST(GangScheduling, AGangThatIsNeverPlacedIsFound) {
    PlayedGangs cluster({.never_binds_gangs = true});
    EXPECT_EQ(not_passed(cluster.run()),
              (Outcomes{{"gang_binds_once_there_is_room", Outcome::failed},
                        {"two_gangs_take_turns", Outcome::failed}}));
}

TEST(GangScheduling, TwoGangsThatHoldAPartEachAreFound) {
    PlayedGangs cluster({.takes_parts = true});
    EXPECT_EQ(not_passed(cluster.run()), (Outcomes{{"two_gangs_take_turns", Outcome::failed}}));
}

TEST(GangScheduling, WithoutAControlNothingIsShown) {
    PlayedGangs cluster({.binds_nothing = true});
    const RunResult run = cluster.run();
    EXPECT_EQ(outcome_of(run, "gang_short_of_capacity_binds_none"), Outcome::inconclusive);
    EXPECT_NE(run.exit_code, 0);
}

TEST(GangScheduling, ASchedulerThatSaysNothingShowsNothing) {
    PlayedGangs cluster({.says_nothing = true});
    const RunResult run = cluster.run();
    EXPECT_EQ(outcome_of(run, "gang_short_of_capacity_binds_none"), Outcome::inconclusive);
    EXPECT_THAT(findings_of(run, "gang_short_of_capacity_binds_none"),
                HasSubstr("no scheduler has said a word"));
}

TEST(GangScheduling, SomebodyElseOnTheNodeIsNamedAndNobodyIsBlamed) {
    PlayedGangs cluster({.others_come = true});
    const RunResult run = cluster.run();
    for (const auto& [id, outcome] : not_passed(run)) {
        EXPECT_EQ(outcome, Outcome::inconclusive) << id;
    }
    EXPECT_THAT(findings_of(run, "gang_short_of_capacity_binds_none"),
                HasSubstr("pod tenant/other took an accelerator of node-0 meanwhile"));
}

TEST(GangScheduling, MoreThanHalfOfWhatIsFreeIsTakenOnlyIfAllowed) {
    PlayedGangs cluster({});
    cluster.accelerators_of_second_node = 1;
    const RunResult run = cluster.run();
    EXPECT_THAT(findings_of(run, "gang_short_of_capacity_binds_none"),
                HasSubstr("4 of the 5 accelerators that are free; only with --allow"));
    EXPECT_EQ(run.exit_code, 4);
    PlayedGangs again({});
    again.accelerators_of_second_node = 1;
    EXPECT_EQ(again.run({Change::exclusive_pool}).exit_code, 0);
}

TEST(GangScheduling, AQuotaThatIsNotKeptIsFound) {
    PlayedGangs cluster({.ignores_quota = true});
    EXPECT_EQ(not_passed(cluster.run()),
              (Outcomes{{"gang_short_of_quota_starts_none", Outcome::failed}}));
}

TEST(GangScheduling, AQueueThatAdmitsNothingShowsNothing) {
    PlayedGangs cluster({.holds_all_jobs = true});
    EXPECT_EQ(not_passed(cluster.run()),
              (Outcomes{{"job_within_quota_starts", Outcome::failed},
                        {"gang_short_of_quota_starts_none", Outcome::inconclusive},
                        {"gang_starts_once_there_is_quota", Outcome::inconclusive}}));
}

TEST(GangScheduling, AQueueThatSaysNothingShowsNothing) {
    PlayedGangs cluster({.queue_says_nothing = true});
    EXPECT_EQ(not_passed(cluster.run()),
              (Outcomes{{"gang_short_of_quota_starts_none", Outcome::inconclusive}}));
}

TEST(GangScheduling, AJobThatIsNotStartedWhenThereIsQuotaIsFound) {
    PlayedGangs cluster({.ignores_more_quota = true});
    EXPECT_EQ(not_passed(cluster.run()),
              (Outcomes{{"gang_starts_once_there_is_quota", Outcome::failed}}));
}

TEST(GangScheduling, WhatNoInstalledSchedulerPromisesIsNotApplicable) {
    PlayedGangs capacity({}, true, false);
    const RunResult run = capacity.run();
    EXPECT_EQ(outcome_of(run, "gang_short_of_quota_starts_none"), Outcome::not_applicable);
    EXPECT_EQ(outcome_of(run, "gang_short_of_capacity_binds_none"), Outcome::passed);
    PlayedGangs quota({}, false, true);
    const RunResult by_quota = quota.run();
    EXPECT_EQ(outcome_of(by_quota, "gang_short_of_capacity_binds_none"), Outcome::not_applicable);
    EXPECT_EQ(by_quota.exit_code, 0);
}

TEST(GangScheduling, WithoutAnySchedulerOfGangsItIsInconclusiveAndNamesThem) {
    PlayedGangs cluster({}, false, false);
    const RunResult run = cluster.run();
    EXPECT_EQ(run.exit_code, 4);
    for (const RequirementResult& one : run.requirements) {
        if (one.selected) {
            EXPECT_THAT(one.reason, HasSubstr("kueue (tried with v0.19.2), volcano (not tried)"));
        }
    }
}

TEST(GangSchedulers, AreAllReadFromTheirAdapters) {
    int read = 0;
    const std::vector<Component> components = *load_components();
    for (const Component& one : components) {
        if (one.role == "scheduler") {
            const auto scheduler = gang_scheduler_of(one);
            ASSERT_TRUE(scheduler) << scheduler.error();
            EXPECT_EQ(scheduler->by_quota, scheduler->group.empty()) << one.name;
            ++read;
        }
    }
    EXPECT_EQ(read, 5);
}

TEST(GangSchedulers, WithAPointerThatIsNoneAreRefused) {
    Component bad{.role = "scheduler",
                  .name = "bad",
                  .serves = {"A.b"},
                  .tried = "no",
                  .tried_with = {},
                  .details = {{"admits", "capacity"},
                              {"group", "A.b"},
                              {"minimum", "spec.minMember"},
                              {"member", "/metadata/labels/a"}}};
    EXPECT_FALSE(gang_scheduler_of(bad));
    bad.details["minimum"] = "/spec/minMember";
    EXPECT_TRUE(gang_scheduler_of(bad));
    bad.details["mystery"] = "1";
    EXPECT_FALSE(gang_scheduler_of(bad));
}

}  // namespace
}  // namespace assay
