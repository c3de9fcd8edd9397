// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// How fast the accelerators of a played pool say they are, against floors and against each other.

#include <gmock/gmock.h>

#include "tests/unit/checks/played_cluster.h"
#include "tests/unit/checks/played_pool.h"

namespace assay {
namespace {

using kube::Json;
using testing::ElementsAre;
using testing::HasSubstr;

void set_copy(Json& document, std::size_t index, double value) {
    PlayedPool::accelerator(document, index)["samples"][0] =
        Json::array({value, value, value, value, value});
}

TEST(AcceleratorSpeeds, FindWhatIsBelowTheFloorOfItsModel) {
    PlayedPool pool;
    pool.nodes = 2;  // too few for peers
    pool.speech = on_node_1([](Json& document) { set_copy(document, 1, 3935); });
    const RunResult run = pool.run();
    EXPECT_EQ(run.exit_code, 1) << "beyond the requirement, and the profile is strict";
    EXPECT_THAT(not_passed_in(run), ElementsAre("no_slower_than_its_floor"));
    EXPECT_THAT(findings_of(run, "no_slower_than_its_floor"),
                HasSubstr("[failed] node node-1, accelerator 1 (GPU-node-1-1): "
                          "hbm_copy_gb_per_s: 3935, the median of 5 samples; 82 % of the peak"));
    EXPECT_EQ(outcome_of(run, "no_slower_than_its_peers"), Outcome::not_applicable);
    ASSERT_EQ(pool.noticed.size(), 1U);
    EXPECT_THAT(pool.noticed.front(),
                HasSubstr("node node-1, accelerator 1 (GPU-node-1-1) is below its floor"));
    for (const AcceleratorRow& row : compute_of(run).accelerators.rows) {
        const bool slow = row.node == "node-1" && row.index == 1;
        EXPECT_EQ(row.outcome, slow ? Outcome::failed : Outcome::passed);
    }
}

TEST(AcceleratorSpeeds, AreNotAskedOfAModelWithoutAFloorWhoseProductsAre) {
    PlayedPool pool;
    pool.nodes = 2;
    pool.speech = [](const std::string& node, Json document) {
        for (Json& one : document["accelerators"]) {
            one["name"] = "NVIDIA H200 NVL";
        }
        set_copy(document, 0, 10);
        if (node == "node-1") {
            PlayedPool::judge(document, 0, "gemm", "failed", "wrong_product");
        }
        return document.dump();
    };
    const RunResult run = pool.run();
    EXPECT_THAT(not_passed_in(run), ElementsAre("products_are_exact"));
    EXPECT_THAT(findings_of(run, "no_slower_than_its_floor"),
                HasSubstr("the profile has no floor for NVIDIA H200 NVL"));
}

TEST(AcceleratorSpeeds, FindWhatIsSlowerThanItsPeers) {
    PlayedPool pool;
    pool.speech = on_node_1([](Json& document) { set_copy(document, 0, 4000); });
    const RunResult run = pool.run();
    EXPECT_THAT(not_passed_in(run), ElementsAre("no_slower_than_its_peers"));
    EXPECT_THAT(findings_of(run, "no_slower_than_its_peers"),
                HasSubstr("[failed] node node-1, accelerator 0 (GPU-node-1-0): "
                          "hbm_copy_gb_per_s: 4000"));
    ASSERT_EQ(pool.noticed.size(), 1U);
    EXPECT_THAT(pool.noticed.front(), HasSubstr("kubectl cordon node-1"));
}

TEST(AcceleratorSpeeds, LetPassWhatIsUsualInThePool) {
    // Four per cent off is less than five, and a wide spread is everybody's.
    for (const bool spread : {false, true}) {
        PlayedPool pool;
        pool.speech = [spread](const std::string& node, Json document) {
            if (spread) {
                const int number = node.back() - '0';
                set_copy(document, 0, 4000 + 250.0 * number);
                set_copy(document, 1, 4100 + 250.0 * number);
            } else if (node == "node-1") {
                set_copy(document, 0, 4305 * 0.96);
            }
            return document.dump();
        };
        const RunResult run = pool.run();
        EXPECT_EQ(outcome_of(run, "no_slower_than_its_peers"), Outcome::passed)
            << findings_of(run, "no_slower_than_its_peers");
    }
}

TEST(AcceleratorSpeeds, AreInconclusiveBesideOthersAndWithTooFewSamples) {
    const std::vector<std::function<void(Json&)>> plants{
        [](Json& document) {  // and slower than its peers, which is no wonder
            PlayedPool::accelerator(document, 0)["others"] = 2;
            set_copy(document, 0, 4000);
        },
        [](Json& document) {
            PlayedPool::accelerator(document, 0)["samples"][0] = Json::array({1, 1, 1, 1});
        }};
    for (const auto& plant : plants) {
        PlayedPool pool;
        pool.speech = on_node_1(plant);
        const RunResult run = pool.run();
        EXPECT_EQ(run.exit_code, 4);
        EXPECT_THAT(not_passed_in(run), ElementsAre("no_slower_than_its_floor"));
    }
}

}  // namespace
}  // namespace assay
