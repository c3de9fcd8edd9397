// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// all_reduce on a played pool: what its ranks say, right and wrong.

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/unit/checks/played_cluster.h"
#include "tests/unit/checks/played_pool.h"

namespace assay {
namespace {

using kube::Json;
using testing::AllOf;
using testing::HasSubstr;

// Of a run in which one thing is planted.
RunResult run_with(PlayedPool& pool, const std::function<void(Json&)>& plant) {
    pool.simulated = true;
    pool.speech = [plant](const std::string&, Json document) {
        plant(document);
        return document.dump();
    };
    return pool.run("all_reduce");
}

void plant_reason(Json& document, const std::string& code, const std::string& verdict) {
    document["verdict"] = verdict;
    document["reasons"].push_back(
        {{"code", code}, {"verdict", verdict}, {"rank", 1}, {"text", "planted"}});
}

TEST(AllReduce, PassesWhereEverySumIsRightAndSaysThatNoAcceleratorTookPart) {
    PlayedPool pool;
    const RunResult run = run_with(pool, [](Json&) {});
    EXPECT_EQ(run.exit_code, 0) << findings_of(run, "sums_are_exact");
    EXPECT_TRUE(run.simulated);
    EXPECT_THAT(
        findings_of(run, "sums_are_exact"),
        HasSubstr("passed over tcp-ring between node-0 and node-1: 30 operations, 0 wrong"));
}

TEST(AllReduce, PutsARankOnEachOfTwoNodesWithOneSecret) {
    PlayedPool pool;
    run_with(pool, [](Json&) {});
    ASSERT_EQ(pool.pods.size(), 2U);
    std::string key;
    for (const kube::Request& request : pool.server().requests()) {
        if (request.method == "POST" && request.path.find("/secrets") != std::string::npos) {
            key = kube::text(*kube::parse(request.body), {"stringData", "key"});
        }
    }
    EXPECT_EQ(key.size(), 64U);
    for (std::size_t rank = 0; rank < 2; ++rank) {
        const std::string text = pool.pods[rank].dump();
        EXPECT_THAT(text, AllOf(HasSubstr("\"hostname\":\"rank-" + std::to_string(rank)),
                                HasSubstr("\"subdomain\":\"ring-r2d2\""),
                                HasSubstr("rank-0.ring-r2d2:7000"),
                                HasSubstr("\"secretName\":\"secret-r2d2\""),
                                HasSubstr("node-" + std::to_string(rank))));
        EXPECT_EQ(text.find(key), std::string::npos) << "the secret is in no pod";
    }
}

TEST(AllReduce, FindsAWrongSum) {
    PlayedPool pool;
    const RunResult run = run_with(pool, [](Json& document) {
        document["counts"]["wrong_elements"] = 3;
        plant_reason(document, "wrong_elements", "failed");
    });
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_EQ(outcome_of(run, "sums_are_exact"), Outcome::failed);
    EXPECT_EQ(outcome_of(run, "ranks_go_on"), Outcome::passed);
    EXPECT_THAT(findings_of(run, "sums_are_exact"),
                HasSubstr("wrong_elements (rank 1 on node node-1): planted"));
}

TEST(AllReduce, FindsARankThatDoesNotGoOn) {
    for (const char* code : {"lost_rank", "silent_rank", "hang", "cut_message", "ring_broken",
                             "ring_unreachable", "slow_rank"}) {
        PlayedPool pool;
        const RunResult run =
            run_with(pool, [&](Json& document) { plant_reason(document, code, "failed"); });
        EXPECT_EQ(run.exit_code, 1);
        EXPECT_EQ(outcome_of(run, "ranks_go_on"), Outcome::failed) << code;
        EXPECT_EQ(outcome_of(run, "sums_are_exact"), Outcome::inconclusive) << code;
    }
}

TEST(AllReduce, CannotTellWhereTheRanksDidNotMeet) {
    PlayedPool pool;
    const RunResult run = run_with(
        pool, [](Json& document) { plant_reason(document, "rank_missing", "inconclusive"); });
    EXPECT_EQ(run.exit_code, 4);
    EXPECT_EQ(outcome_of(run, "sums_are_exact"), Outcome::inconclusive);
    EXPECT_EQ(outcome_of(run, "ranks_go_on"), Outcome::inconclusive);
}

TEST(AllReduce, NeedsTwoNodes) {
    PlayedPool pool;
    pool.nodes = 1;
    const RunResult run = run_with(pool, [](Json&) {});
    EXPECT_EQ(outcome_of(run, "sums_are_exact"), Outcome::not_applicable);
    EXPECT_TRUE(pool.pods.empty());
}

TEST(AllReduce, SumsOnAcceleratorsWhereTheyAreReal) {
    PlayedPool pool;
    EXPECT_EQ(pool.run("all_reduce").exit_code, 0);
    ASSERT_EQ(pool.pods.size(), 2U);
    EXPECT_THAT(pool.pods[0].dump(), AllOf(HasSubstr("\"nccl\""), HasSubstr("nvidia.com/gpu"),
                                           HasSubstr("\"image\":\"r/nccl\"")));
}

TEST(AllReduce, SaysWhereNcclComesFromWhereNoImageHasIt) {
    PlayedPool pool;
    pool.images = {{"core", "r/core"}};
    const RunResult run = pool.run("all_reduce");
    EXPECT_EQ(run.exit_code, 4);
    EXPECT_EQ(outcome_of(run, "sums_are_exact"), Outcome::inconclusive);
    EXPECT_TRUE(pool.pods.empty());
    EXPECT_THAT(findings_of(run, "sums_are_exact"), HasSubstr("--nccl libnccl.so.2"));
    pool.simulated = true;  // there a processor does it, of the core image
    EXPECT_EQ(pool.run("all_reduce").exit_code, 0);
}

}  // namespace
}  // namespace assay
