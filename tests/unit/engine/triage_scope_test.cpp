// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Which nodes are looked at, how they are compared, and what the answer is where there is nothing.

#include <gtest/gtest.h>

#include <chrono>

#include "engine/triage_peers.h"
#include "tests/unit/engine/triage_cluster.h"

namespace assay::triage {
namespace {

using kube::Json;

TEST(TriagePeers, KnowsTheOlderVersion) {
    EXPECT_TRUE(older("580.95.5", "580.126.1"));
    EXPECT_TRUE(older("v1.36.4", "v1.37.1"));
    EXPECT_FALSE(older("580.95.05", "580.95.5"));
    EXPECT_FALSE(older("580.95.5", "580.95.05"));
}

TEST(TriagePeers, FindsTheOddOneOut) {
    EXPECT_TRUE(odd_ones({{"a", "1"}, {"b", "1"}, {"c", ""}}).empty());
    const auto odd = odd_ones({{"a", "2"}, {"b", "1"}, {"c", "1"}});
    ASSERT_EQ(odd.size(), 1U);
    EXPECT_EQ(odd.at("a").should, "1");
    EXPECT_EQ(odd.at("a").peers, 2U);
    EXPECT_EQ(odd.at("a").of, 3U);
    const auto behind = odd_ones({{"a", "2"}, {"b", "1"}, {"c", "3"}});
    ASSERT_EQ(behind.size(), 2U);
    EXPECT_EQ(behind.at("b").should, "3");
}

TEST(TriageScope, LeavesNodesWithoutAnySignAlone) {
    PlayedCluster cluster = PlayedCluster::of_nodes(2);
    cluster.node(1)["metadata"]["labels"] = Json::object();
    cluster.lose_driver(1);
    const Report report = cluster.report();
    EXPECT_EQ(report.exit_code, 0);
    EXPECT_EQ(report.others, 1U);
}

TEST(TriageScope, SaysThatThereIsNothingToLookAt) {
    PlayedCluster cluster = PlayedCluster::of_nodes(2);
    cluster.daemon_sets.clear();
    cluster.pods.clear();
    cluster.slices.clear();
    for (Json& node : cluster.nodes) {
        node["metadata"]["labels"] = {{"pool", "cpu"}};
    }
    for (const Scope& scope : {Scope{}, scope_of_pool("pool", "cpu"), scope_of_node("gpu-0")}) {
        const Report report = cluster.report(scope);
        EXPECT_EQ(report.exit_code, 4);
        EXPECT_TRUE(says(report.none, "for CPU work only")) << report.none;
        EXPECT_FALSE(report.looked_for.empty());
    }
    EXPECT_EQ(cluster.report(scope_of_pool("pool", "gpu")).exit_code, 5);
    // Told that they should have some, it says where the chain ends.
    const Report told = cluster.report(scope_of_pool("pool", "cpu", "nvidia.com/gpu"));
    EXPECT_EQ(told.exit_code, 1);
    EXPECT_EQ(told.nodes.front().findings.front().link, Link::registration);
    EXPECT_TRUE(says(told.nodes.front().findings.front().cause, "no DaemonSet of its stack"));
}

TEST(TriageScope, IsNotGreenOverWhatItCouldNotSee) {
    Snapshot snapshot = PlayedCluster::of_nodes(2).snapshot();
    snapshot.unseen = {{.what = "events", .why = "forbidden", .then = "", .link = false}};
    EXPECT_EQ(diagnose(snapshot, known_adapters(), {}).exit_code, 0);
    snapshot.unseen.push_back({.what = "pods", .why = "forbidden", .then = {}, .link = true});
    EXPECT_EQ(diagnose(snapshot, known_adapters(), {}).exit_code, 4);
}

TEST(TriageScope, TakesAThousandNodesInUnderASecond) {
    PlayedCluster cluster = PlayedCluster::of_nodes(1000);
    cluster.slices.clear();  // the worst case: something to say of each
    const Snapshot snapshot = cluster.snapshot();
    const auto began = std::chrono::steady_clock::now();
    const Report report = diagnose(snapshot, known_adapters(), {});
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_EQ(report.broken(), 1000U);
    EXPECT_LT(std::chrono::duration<double>(took).count(), 1.0);
}

}  // namespace
}  // namespace assay::triage
