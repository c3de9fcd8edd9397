// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/budget.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

using kube::Json;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Planned to take 24 seconds, 6 of them to clean up.
Check check(int accelerators) {
    return {.id = "a_check",
            .title = {},
            .breaks = {},
            .assertions = {},
            .needs = {.accelerators = accelerators},
            .cost = {.asking = seconds(18), .clearing = seconds(6)},
            .timeout = minutes(5),
            .run = nullptr};
}

Budget of_minutes(int count) {
    return {.minutes = count, .ends = steady_clock::now() + minutes(count)};
}

TEST(Budget, WithoutOneEverythingFits) {
    EXPECT_EQ(over_budget({}, check(1000), time_left({})), "");
    EXPECT_FALSE(time_left({}));
}

TEST(Budget, WhatIsPlannedToTakeLongerThanIsLeftDoesNotFit) {
    const Budget budget = of_minutes(1);
    EXPECT_EQ(over_budget(budget, check(1), seconds(24)), "");
    EXPECT_EQ(over_budget(budget, check(1), seconds(23)),
              "budget: it is planned to take 24 s with its clean-up, and of the 1 minute(s) 23 s "
              "are left");
    EXPECT_EQ(*time_left({.minutes = 1, .ends = steady_clock::now() - seconds(5)}), seconds(0));
}

TEST(Budget, WhatNeedsMoreAcceleratorsDoesNotFit) {
    EXPECT_EQ(over_budget({.accelerators = 1}, check(1), {}), "");
    EXPECT_EQ(over_budget({.accelerators = 0}, check(0), {}), "");
    EXPECT_EQ(over_budget({.accelerators = 0}, check(1), {}),
              "budget: it needs 1 accelerator(s) at a time, and there may be 0");
}

TEST(Budget, TheMinutesEndACheckThatIsBeingAskedAndLeaveTimeToCleanUp) {
    const Budget budget = of_minutes(1);
    const auto cut = asking_ends(budget, check(1), minutes(5));
    EXPECT_EQ(cut, *budget.ends - seconds(6));
    EXPECT_EQ(why_time_was_up(budget, check(1), cut), "budget: the 1 minute(s) of the run were up");
    const auto own = asking_ends(budget, check(1), seconds(10));
    EXPECT_LT(own, cut);
    EXPECT_EQ(why_time_was_up(budget, check(1), own), "the check's time was up");
    EXPECT_GT(asking_ends({}, check(1), minutes(5)), steady_clock::now() + minutes(4));
}

Json pod_called(const std::string& name) {
    return {{"metadata", {{"name", name}}}};
}

Json with_template(const std::string& name) {
    Json tree = pod_called(name);
    tree["spec"]["resourceClaims"] = Json::array({Json{{"resourceClaimTemplateName", "t"}}});
    return tree;
}

Json with_claim(const std::string& name, const std::string& claim) {
    Json tree = pod_called(name);
    tree["spec"]["resourceClaims"] = Json::array({Json{{"resourceClaimName", claim}}});
    return tree;
}

Json with_limits(const std::string& name, const std::vector<std::string>& counts) {
    Json tree = pod_called(name);
    for (const std::string& count : counts) {
        tree["spec"]["containers"].push_back(
            {{"resources", {{"limits", {{"example.com/gpu", count}, {"memory", "64Mi"}}}}}});
    }
    return tree;
}

TEST(HeldAccelerators, CountsClaimsOfItsOwnAndWhatContainersTakeFromAPlugin) {
    HeldAccelerators held(4);
    EXPECT_EQ(held.take(with_template("a"), 2), "");
    EXPECT_EQ(held.take(with_limits("b", {"1", "1"}), 1), "");
    EXPECT_EQ(held.take(pod_called("stranger"), 1), "");
    EXPECT_EQ(held.take(with_template("c"), 1),
              "budget: pod c would make it 5 accelerator(s) at a time, and there may be 4");
}

TEST(HeldAccelerators, CountsASharedClaimOnce) {
    HeldAccelerators held(1);
    EXPECT_EQ(held.take(with_claim("a", "shared"), 1), "");
    EXPECT_EQ(held.take(with_claim("b", "shared"), 1), "");
    held.give_back("a");
    EXPECT_NE(held.take(with_claim("c", "another"), 1), "");
}

TEST(HeldAccelerators, WhatIsGivenBackMayBeTakenAgain) {
    HeldAccelerators held(1);
    EXPECT_EQ(held.take(with_template("a"), 1), "");
    EXPECT_NE(held.take(with_template("b"), 1), "");
    held.give_back("a");
    EXPECT_EQ(held.take(with_template("b"), 1), "");
}

TEST(HeldAccelerators, WithoutABudgetThereIsNoEnd) {
    HeldAccelerators held(std::nullopt);
    EXPECT_EQ(held.take(with_template("a"), 1000), "");
}

}  // namespace
}  // namespace assay
