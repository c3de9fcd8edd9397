// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// accelerator_compute on a played pool: every violation it claims to find is planted, and found by
// its assertion and no other.

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "engine/result_record.h"
#include "tests/unit/checks/played_cluster.h"
#include "tests/unit/checks/played_pool.h"

namespace assay {
namespace {

using kube::Json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const std::map<std::string, std::string> part_of{{"accelerators_are_sound", "facts"},
                                                 {"products_are_exact", "gemm"},
                                                 {"memory_keeps_what_is_written", "hbm"},
                                                 {"transfers_arrive_whole", "link"}};

TEST(AcceleratorCompute, PassesWhereEveryAcceleratorIsRight) {
    PlayedPool pool;
    const RunResult run = pool.run();
    EXPECT_EQ(run.exit_code, 0) << findings_of(run, "every_accelerator_is_there");
    EXPECT_EQ(compute_of(run).outcome, Outcome::passed);
    EXPECT_FALSE(run.simulated);
    EXPECT_TRUE(run.leftovers.empty());
    EXPECT_TRUE(pool.noticed.empty());
    ASSERT_EQ(run.cluster.accelerators.size(), 1U);
    EXPECT_EQ(run.cluster.accelerators.front().devices, 6);
    const AcceleratorTable& table = compute_of(run).accelerators;
    ASSERT_EQ(table.rows.size(), 6U);
    ASSERT_EQ(table.measures.size(), 2U);
    EXPECT_EQ(table.measures[0], (MeasureName{"hbm_copy", "gb_per_s"}));
    for (const AcceleratorRow& row : table.rows) {
        EXPECT_EQ(row.outcome, Outcome::passed);
        for (const auto& samples : row.samples) {
            EXPECT_EQ(samples.size(), 5U);
        }
    }
}

TEST(AcceleratorCompute, MakesOnePodOnEachNodeForAllOfItsAccelerators) {
    for (const bool by_claims : {false, true}) {
        PlayedPool pool;
        pool.by_claims = by_claims;
        pool.accelerators_of = {{"node-1", 4}};
        EXPECT_EQ(pool.run().exit_code, 0);
        ASSERT_EQ(pool.pods.size(), 3U);
        for (const Json& pod : pool.pods) {
            const std::string name = kube::name_of(pod);
            const bool large = name.find("node-1") != std::string::npos;
            const Json& container = pod.at("spec").at("containers").at(0);
            EXPECT_THAT(
                container.at("args").dump(),
                AllOf(HasSubstr(large ? R"("--accelerators","4")" : R"("--accelerators","2")"),
                      HasSubstr(R"("--backend","cuda")")));
            EXPECT_FALSE(pod.at("spec").contains("nodeName"));
            if (by_claims) {
                EXPECT_EQ(pod.at("spec").at("resourceClaims").at(0).at("resourceClaimTemplateName"),
                          large ? "accelerators-4-r2d2" : "accelerators-2-r2d2");
            } else {
                EXPECT_EQ(container.at("resources").at("limits").at("nvidia.com/gpu"),
                          large ? "4" : "2");
            }
        }
    }
}

TEST(AcceleratorCompute, NamesTheBadAcceleratorByItsAssertionAlone) {
    for (const auto& [assertion, part] : part_of) {
        PlayedPool pool;
        pool.speech = on_node_1([&](Json& document) {
            PlayedPool::judge(document, 1, part, "failed", "planted_code");
        });
        const RunResult run = pool.run();
        EXPECT_EQ(run.exit_code, 1);
        EXPECT_THAT(not_passed_in(run), ElementsAre(assertion));
        EXPECT_THAT(findings_of(run, assertion),
                    HasSubstr("[failed] node node-1, accelerator 1 (GPU-node-1-1): planted_code"));
        ASSERT_EQ(pool.noticed.size(), 1U) << part;
        EXPECT_THAT(pool.noticed.front(),
                    AllOf(HasSubstr("accelerator 1 (GPU-node-1-1) is bad: planted_code"),
                          HasSubstr("kubectl cordon node-1")));
        const auto& rows = compute_of(run).accelerators.rows;
        EXPECT_EQ(std::ranges::count(rows, Outcome::failed, &AcceleratorRow::outcome), 1);
        EXPECT_FALSE(compute_of(run).evidence.empty()) << "what failed is kept whole";
    }
}

TEST(AcceleratorCompute, NamesWhoElseUsesTheNode) {
    PlayedPool pool;
    pool.held = {{"node-1", 1}};
    pool.speech = on_node_1(
        [](Json& document) { PlayedPool::judge(document, 0, "gemm", "failed", "wrong_product"); });
    pool.run();
    ASSERT_EQ(pool.noticed.size(), 1U);
    EXPECT_THAT(pool.noticed.front(), HasSubstr("pod tenant/job-on-node-1"));
}

TEST(AcceleratorCompute, CannotTellWhatAPartCouldNot) {
    for (const auto& [assertion, part] : part_of) {
        PlayedPool pool;
        pool.speech = on_node_1([&](Json& document) {
            PlayedPool::judge(document, 0, part, "inconclusive", "no_document");
        });
        const RunResult run = pool.run();
        EXPECT_EQ(run.exit_code, 4);
        EXPECT_THAT(not_passed_in(run), ElementsAre(assertion));
        EXPECT_TRUE(pool.noticed.empty());
    }
}

TEST(AcceleratorCompute, FindsANodeThatShowsMoreOrFewerThanWereGiven) {
    for (const int seen : {1, 3}) {
        PlayedPool pool;
        pool.speech = on_node_1([&](Json& document) { document["counts"]["gpus"] = seen; });
        const RunResult run = pool.run();
        EXPECT_EQ(run.exit_code, 1);
        EXPECT_THAT(not_passed_in(run), ElementsAre("every_accelerator_is_there"));
        EXPECT_EQ(pool.noticed.size(), 1U);
    }
}

TEST(AcceleratorCompute, IsInconclusiveWithoutATrustworthyDocument) {
    const std::vector<PlayedPool::Speech> speeches{
        [](const std::string&, const Json&) { return std::string(); },
        [](const std::string&, const Json&) {
            return std::string("{\"schema\":\"assay.probe/v1\"}");
        },
        [](const std::string&, Json document) {
            document["accelerators"].erase(0);
            return document.dump();
        },
        [](const std::string&, Json document) {
            document["accelerators"].push_back(document["accelerators"][0]);
            return document.dump();
        },
        [](const std::string&, Json document) {
            document["accelerators"][0]["samples"] = "none";
            return document.dump();
        }};
    for (const PlayedPool::Speech& speech : speeches) {
        PlayedPool pool;
        pool.speech = speech;
        const RunResult run = pool.run();
        EXPECT_EQ(run.exit_code, 4) << speech("n", Json::object());
        EXPECT_EQ(compute_of(run).outcome, Outcome::inconclusive);
        EXPECT_EQ(std::ranges::count(compute_of(run).accelerators.rows, Outcome::passed,
                                     &AcceleratorRow::outcome),
                  0);
    }
}

TEST(AcceleratorCompute, ReadsTheLogWhereASummaryIsCut) {
    PlayedPool pool;
    pool.speech = [](const std::string&, Json document) {
        document["accelerators"] = Json::array();
        document["complete"] = false;
        return document.dump();
    };
    pool.log = [](const std::string&, const Json& document) { return document.dump(); };
    const RunResult run = pool.run();
    EXPECT_EQ(run.exit_code, 0) << findings_of(run, "products_are_exact");
    EXPECT_EQ(compute_of(run).accelerators.rows.size(), 6U);
}

TEST(AcceleratorCompute, SaysWhyANodeWasNotExamined) {
    const auto run_with = [](const std::function<void(PlayedPool&)>& plant) {
        PlayedPool pool;
        plant(pool);
        const RunResult run = pool.run();
        EXPECT_EQ(run.exit_code, 4);
        EXPECT_EQ(compute_of(run).outcome, Outcome::inconclusive);
        return findings_of(run, "every_accelerator_is_there");
    };
    EXPECT_THAT(run_with([](PlayedPool& pool) { pool.cordoned = {"node-1"}; }),
                HasSubstr("node node-1:  (the node is cordoned or not ready)"));
    EXPECT_THAT(run_with([](PlayedPool& pool) { pool.held = {{"node-1", 2}}; }),
                HasSubstr("none of its 2 accelerators is free: pod tenant/job-on-node-1"));
    EXPECT_THAT(run_with([](PlayedPool& pool) { pool.held = {{"node-1", 1}}; }),
                HasSubstr("1 of its 2 accelerators are not free: pod tenant/job-on-node-1"));
    EXPECT_THAT(run_with([](PlayedPool& pool) { pool.never_bound = {"node-1"}; }),
                HasSubstr("not scheduled within 2 s: Unschedulable: 0/3 nodes are available"));
    EXPECT_THAT(run_with([](PlayedPool& pool) { pool.deleted = {"node-1"}; }),
                HasSubstr("is gone, and this run did not delete it"));
    EXPECT_THAT(run_with([](PlayedPool& pool) { pool.bound_to = {{"node-1", "node-2"}}; }),
                HasSubstr("it ran on node node-2: something placed it elsewhere"));
    EXPECT_THAT(run_with([](PlayedPool& pool) { pool.server().deny("watch", kube::pods); }),
                HasSubstr("the pods could not be watched"));
    EXPECT_THAT(run_with([](PlayedPool& pool) { pool.server().deny("create", kube::pods); }),
                HasSubstr("the pod could not be created"));
}

TEST(AcceleratorCompute, HoldsHalfOfThePoolAtATimeUnlessMoreIsAllowed) {
    PlayedPool pool;
    pool.nodes = 6;
    pool.allowed = {};
    EXPECT_EQ(pool.run().exit_code, 0);
    EXPECT_LE(pool.most_at_a_time, 6);
    EXPECT_EQ(pool.pods.size(), 6U);

    PlayedPool single;
    single.nodes = 1;
    single.allowed = {};
    const RunResult run = single.run();
    EXPECT_EQ(run.exit_code, 4);
    EXPECT_TRUE(single.pods.empty());
    EXPECT_THAT(findings_of(run, "products_are_exact"), HasSubstr("--allow exclusive-pool"));
}

TEST(AcceleratorCompute, KeepsToTheBudget) {
    PlayedPool pool;
    pool.budget.accelerators = 2;
    EXPECT_EQ(pool.run().exit_code, 0);
    EXPECT_EQ(pool.most_at_a_time, 2);
    PlayedPool tight;
    tight.budget.accelerators = 1;
    const RunResult run = tight.run();
    EXPECT_EQ(run.exit_code, 4);
    EXPECT_THAT(findings_of(run, "products_are_exact"), HasSubstr("budget: "));
}

TEST(AcceleratorCompute, IsNotApplicableToOtherVendors) {
    PlayedPool pool;
    pool.resource = "amd.com/gpu";
    const RunResult run = pool.run();
    EXPECT_EQ(compute_of(run).outcome, Outcome::not_applicable);
    EXPECT_THAT(findings_of(run, "products_are_exact"),
                AllOf(HasSubstr("for NVIDIA"), HasSubstr("AMD")));
    EXPECT_TRUE(pool.pods.empty());
}

TEST(AcceleratorCompute, IsSimulatedWhereAProcessorComputes) {
    PlayedPool pool;
    pool.simulated = true;
    pool.speech = [](const std::string&, Json document) {
        document["backend"] = "cpu";
        document["simulated"] = true;
        for (Json& one : document["accelerators"]) {
            one.erase("facts");
        }
        return document.dump();
    };
    const RunResult run = pool.run();
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_TRUE(run.simulated);
    for (const char* one :
         {"no_slower_than_its_floor", "no_slower_than_its_peers", "accelerators_are_sound"}) {
        EXPECT_EQ(outcome_of(run, one), Outcome::not_applicable) << one;
    }
    for (const Json& pod : pool.pods) {
        EXPECT_EQ(pod.dump().find("--backend"), std::string::npos);
    }
    for (const AcceleratorRow& row : compute_of(run).accelerators.rows) {
        EXPECT_TRUE(row.simulated);
    }
}

TEST(AcceleratorCompute, ExaminesThePoolOfTheLabelAlone) {
    PlayedPool pool;
    pool.pool = {.key = "pool", .value = "even"};
    EXPECT_EQ(pool.run().exit_code, 0);
    ASSERT_EQ(pool.pods.size(), 2U);
    for (const Json& pod : pool.pods) {
        EXPECT_EQ(kube::name_of(pod).find("node-1"), std::string::npos);
        EXPECT_THAT(pod.dump(), HasSubstr(R"({"key":"pool","operator":"In","values":["even"]})"));
    }
    PlayedPool none;
    none.pool = {.key = "pool", .value = "nowhere"};
    EXPECT_THROW(none.run(), std::runtime_error);
}

TEST(AcceleratorCompute, SurvivesTheJournalWithItsTable) {
    PlayedPool pool;
    pool.speech = on_node_1(
        [](Json& document) { PlayedPool::judge(document, 0, "hbm", "failed", "wrong_pattern"); });
    const RunResult run = pool.run();
    const auto kept = result_from(record_of(compute_of(run)));
    ASSERT_TRUE(kept) << kept.error();
    EXPECT_EQ(record_of(*kept), record_of(compute_of(run)));
    EXPECT_EQ(kept->accelerators.rows.size(), 6U);
}

TEST(AcceleratorCompute, FollowsManyNodesWithOneWatch) {
    PlayedPool pool;
    pool.nodes = 300;
    const RunResult run = pool.run();
    EXPECT_EQ(run.exit_code, 0);
    std::size_t others = 0;
    for (const kube::Request& request : pool.server().requests()) {
        const bool created =
            request.method == "POST" && request.path.find("/pods?") != std::string::npos;
        others += created || request.path.find("watch=true") != std::string::npos ? 0 : 1;
    }
    EXPECT_EQ(pool.pods.size(), 300U);
    EXPECT_LT(others, 20U) << "beside the watch and one create a node";
}

}  // namespace
}  // namespace assay
