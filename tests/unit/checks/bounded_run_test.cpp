// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Runs that are not to take all there is: of time, of accelerators, of a cluster's patience.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "checks/catalog.h"
#include "engine/planner.h"
#include "engine/scenario.h"
#include "tests/unit/checks/played_cluster.h"

namespace assay {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::StartsWith;

void expect_nothing_created(PlayedCluster& cluster) {
    for (const kube::Request& request : cluster.server().requests()) {
        EXPECT_EQ(request.method, "GET") << request.path;
    }
}

const RequirementResult& asked(const RunResult& run) {
    for (const RequirementResult& one : run.requirements) {
        if (one.selected) {
            return one;
        }
    }
    throw std::logic_error("nothing was selected");
}

// The most accelerators that claims held at a time: each goes with its pod.
class Counted {
public:
    explicit Counted(PlayedCluster& cluster) {
        cluster.speech = [this, &cluster](const PlayedContainer&, const std::string& document) {
            most_ = std::max(most_, static_cast<int>(holders(cluster).size()));
            return document;
        };
    }
    int most() const { return most_; }

private:
    static std::set<std::string> holders(PlayedCluster& cluster) {
        std::set<std::string> names;
        for (const kube::Json& pod : cluster.server().stored(kube::pods)) {
            if (!kube::array(pod, {"spec", "resourceClaims"}).empty()) {
                names.insert(kube::name_of(pod));
            }
        }
        return names;
    }

    int most_ = 0;
};

TEST(BoundedRun, AClusterThatDidNotSettleIsNotAskedAndTheReasonSaysWhatItWaitedFor) {
    PlayedCluster cluster;
    cluster.settling = Settling{.settled = false,
                                .limit_ms = 600'000,
                                .duration_ms = 600'001,
                                .unsettled = 4,
                                .waiting_for = {"node a is not Ready", "b", "c", "d"}};
    const RunResult run = cluster.run();
    expect_nothing_created(cluster);
    EXPECT_EQ(run.exit_code, 4);
    EXPECT_EQ(asked(run).reason,
              "the cluster did not settle within 600 s: node a is not Ready; b; c; and 1 more");
    EXPECT_EQ(in_toto_result(run), "warned");
}

TEST(BoundedRun, AClusterThatDidNotSettleIsInconclusiveWhateverWasToBeAsked) {
    PlayedCluster cluster;
    cluster.settling =
        Settling{.settled = false, .limit_ms = 1000, .unsettled = 1, .waiting_for = {"a"}};
    EXPECT_EQ(cluster.run({"dra_support"}).exit_code, 4);  // which counts for nothing
}

TEST(BoundedRun, AClusterThatSettledIsAsked) {
    PlayedCluster cluster;
    cluster.settling = Settling{.settled = true, .limit_ms = 1000, .duration_ms = 12};
    const RunResult run = cluster.run();
    EXPECT_EQ(run.exit_code, 0);
    ASSERT_TRUE(run.settling);
    EXPECT_EQ(run.settling->duration_ms, 12);
}

TEST(BoundedRun, WhatIsPlannedToTakeLongerThanTheMinutesLeftIsNotBegun) {
    PlayedCluster cluster;
    cluster.budget = {.minutes = 3, .ends = steady_clock::now() + seconds(20)};
    const RunResult run = cluster.run();
    expect_nothing_created(cluster);
    EXPECT_EQ(run.exit_code, 4);
    EXPECT_THAT(asked(run).reason,
                StartsWith("budget: it is planned to take 26 s with its clean-up, and of the 3 "));
    EXPECT_EQ(outcome_of(run, "stranger_reaches_none"), Outcome::inconclusive);
}

constexpr Assertion never_asked{.id = "never_asked",
                                .kind = Kind::positive,
                                .basis = Basis::required,
                                .sentence = "it is never asked"};
constexpr std::array<const Assertion*, 1> never{&never_asked};

// Takes the two seconds that a played cluster is observed for, and longer than planned.
void wait_for_what_never_comes(Scenario& s) {
    const Pod owner = s.start(s.pod("owner"));
    static_cast<void>(owner.claim().when([](const ClaimState&) { return false; }));
}

TEST(BoundedRun, TheMinutesEndACheckThatTakesLongerThanPlannedAndItIsCleanedUp) {
    Check slow = secure_accelerator_access;
    slow.assertions = never;
    slow.run = wait_for_what_never_comes;
    slow.cost = {.asking = seconds(0), .clearing = seconds(1)};
    PlayedCluster cluster;
    cluster.checks = {&slow};
    cluster.budget = {.minutes = 1, .ends = steady_clock::now() + seconds(2)};
    const RunResult run = cluster.run();
    EXPECT_EQ(run.exit_code, 4);
    EXPECT_EQ(findings_of(run, "never_asked"),
              "never reached: budget: the 1 minute(s) of the run were up");
    EXPECT_LT(asked(run).duration_ms, 2000);
    EXPECT_TRUE(cluster.server().stored(kube::pods).empty());
    EXPECT_TRUE(run.leftovers.empty());
}

TEST(BoundedRun, WithoutAnAcceleratorToHoldNothingIsBegun) {
    PlayedCluster cluster;
    cluster.budget.accelerators = 0;
    const RunResult run = cluster.run();
    expect_nothing_created(cluster);
    EXPECT_EQ(run.exit_code, 4);
    EXPECT_THAT(asked(run).reason, StartsWith("budget: it needs 1 accelerator(s)"));
}

TEST(BoundedRun, WithOneAcceleratorOnlyTheQuestionsThatNeedMoreStayOpen) {
    PlayedCluster cluster;
    cluster.budget.accelerators = 1;
    const Counted counted(cluster);
    const RunResult run = cluster.run();
    EXPECT_EQ(counted.most(), 1);
    EXPECT_EQ(run.exit_code, 4);
    EXPECT_EQ(outcome_of(run, "stranger_reaches_none"), Outcome::passed);
    EXPECT_EQ(outcome_of(run, "after_owner_reaches_none"), Outcome::passed);
    for (const char* id : {"two_owners_share_none", "owner_asking_for_more_gets_no_more"}) {
        EXPECT_EQ(outcome_of(run, id), Outcome::inconclusive) << id;
        EXPECT_THAT(findings_of(run, id), HasSubstr("budget: pod ")) << id;
    }
}

TEST(BoundedRun, WithoutABudgetItTakesMore) {
    PlayedCluster cluster;
    const Counted counted(cluster);
    EXPECT_EQ(cluster.run().exit_code, 0);
    EXPECT_GT(counted.most(), 1);
}

// Whether a request asks for a pod by one of the adapter's ways of forging, or guesses numbers.
bool forges(const kube::Request& request) {
    static constexpr std::array signs{"NVIDIA_VISIBLE_DEVICES", "/var/run/nvidia-container-devices",
                                      "cdi.k8s.io", "runtimeClassName", "--number"};
    return request.method == "POST" && std::ranges::any_of(signs, [&](const char* sign) {
               return request.body.find(sign) != std::string::npos;
           });
}

TEST(BoundedRun, WithoutIntrusionNoForgedRequestIsSent) {
    PlayedCluster quiet;
    quiet.run({"secure_accelerator_access"}, false);
    EXPECT_EQ(std::ranges::count_if(quiet.server().requests(), forges), 0);
    PlayedCluster loud;
    loud.run();
    EXPECT_GT(std::ranges::count_if(loud.server().requests(), forges), 0);
}

// Of both checks, each of which takes 40 seconds.
Plan planned_within(PlayedCluster& cluster, const Budget& budget) {
    cluster.run();  // publishes what there is
    static const std::vector<Adapter> adapters = *load_adapters();
    const auto inventory =
        take_inventory(kube::Client(cluster.server()), adapters, kube::Limit::of(seconds(10)));
    Check first = dra_support;
    Check second = secure_accelerator_access;
    for (Check* one : {&first, &second}) {
        one->cost.asking = seconds(30);
        one->cost.clearing = seconds(10);
    }
    const std::array<const Check*, 2> checks{&first, &second};
    RunPlan run;
    run.profile = *load_profile("k8s-ai-1.37");
    run.select = {"dra_support", "secure_accelerator_access"};
    run.catalog = checks;
    run.budget = budget;
    return make_plan(run, *inventory, *chosen_kind(*inventory, ""), {});
}

TEST(BoundedRun, ThePlanSaysWhatDoesNotFitIntoTheMinutes) {
    PlayedCluster cluster;
    const Plan plan = planned_within(cluster, {.minutes = 1});
    EXPECT_TRUE(plan.requirements.at(0).askable);
    EXPECT_FALSE(plan.requirements.at(1).askable);
    EXPECT_EQ(plan.requirements.at(1).missing.at(0),
              "budget: it is planned to take 40 s with its clean-up, and of the 1 minute(s) 20 s "
              "are left");
    EXPECT_TRUE(planned_within(cluster, {.minutes = 2}).requirements.at(1).askable);
}

TEST(BoundedRun, ThePlanSaysWhatDoesNotFitIntoTheAccelerators) {
    PlayedCluster cluster;
    for (const PlannedRequirement& one :
         planned_within(cluster, {.accelerators = 0}).requirements) {
        EXPECT_FALSE(one.askable) << one.id;
        EXPECT_THAT(one.missing.at(0), StartsWith("budget: "));
    }
}

}  // namespace
}  // namespace assay
