// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/triage_collect.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "kube/request_facts.h"
#include "tests/api/fake_api_server.h"
#include "tests/unit/engine/triage_cluster.h"

namespace assay::triage {
namespace {

using kube::Json;

const kube::Resource slices{"resource.k8s.io", "v1", "resourceslices", "ResourceSlice", false};
const kube::Resource claims{"resource.k8s.io", "v1", "resourceclaims", "ResourceClaim", true};
const kube::Resource leases{"coordination.k8s.io", "v1", "leases", "Lease", true};
const kube::Resource daemon_sets{"apps", "v1", "daemonsets", "DaemonSet", true};

// The played cluster behind an API server in memory.
void serve(const PlayedCluster& cluster, kube::FakeApiServer& server) {
    const auto put = [&](const kube::Resource& resource, const std::vector<Json>& objects,
                         const char* space) {
        for (Json object : objects) {
            if (space != nullptr) {
                object["metadata"]["namespace"] = space;
            }
            server.update(resource, object);
        }
    };
    put(kube::nodes, cluster.nodes, nullptr);
    put(leases, cluster.leases, "kube-node-lease");
    put(daemon_sets, cluster.daemon_sets, nullptr);
    put(kube::pods, cluster.pods, nullptr);
    put(slices, cluster.slices, nullptr);
}

kube::Result<Snapshot> looked(kube::FakeApiServer& server) {
    return look(kube::Client(server), known_adapters(), kube::Limit::of(std::chrono::seconds(30)));
}

PlayedCluster crashing(int count) {
    PlayedCluster cluster = PlayedCluster::of_nodes(count);
    cluster.pod(0)["status"]["containerStatuses"][0]["state"] = {
        {"waiting", {{"reason", "CrashLoopBackOff"}}}};
    return cluster;
}

TEST(TriageLook, SeesWhatIsThere) {
    kube::FakeApiServer server;
    serve(crashing(3), server);
    server.set_log("nvidia", "nvidia-dra-driver-gpu-kubelet-plugin-0", "main", "one\nno NVML\n");
    const auto snapshot = looked(server);
    ASSERT_TRUE(snapshot);
    EXPECT_TRUE(snapshot->unseen.empty()) << snapshot->unseen.front().why;
    const Report report = diagnose(*snapshot, known_adapters(), {});
    ASSERT_EQ(report.broken(), 1U);
    EXPECT_NE(report.nodes[0].findings.front().cause.find("its last line: no NVML"),
              std::string::npos)
        << report.nodes[0].findings.front().cause;
}

TEST(TriageLook, AsksForNothingThatItsRightsDoNotName) {
    kube::FakeApiServer server;
    serve(crashing(3), server);
    ASSERT_TRUE(looked(server));
    std::set<std::string> named;
    for (const Right& right : triage_rights()) {
        named.insert(fmt::format("{} {}/{}", right.verb, right.group, right.resource));
    }
    std::set<std::string> used;
    for (const kube::Request& request : server.requests()) {
        EXPECT_EQ(request.method, "GET");
        const kube::RequestFacts facts = kube::facts_of(request);
        if (!facts.resource.empty()) {
            used.insert(fmt::format("{} {}/{}", facts.verb, facts.group, facts.resource));
        }
    }
    EXPECT_EQ(used, named);
}

TEST(TriageLook, GoesOnWithoutARightAndSaysSo) {
    for (const kube::Resource& denied : {leases, daemon_sets, kube::pods, slices, claims}) {
        kube::FakeApiServer server;
        serve(PlayedCluster::of_nodes(3), server);
        server.deny("list", denied);
        const auto snapshot = looked(server);
        ASSERT_TRUE(snapshot) << denied.plural;
        ASSERT_EQ(snapshot->unseen.size(), 1U) << denied.plural;
        EXPECT_EQ(snapshot->unseen[0].what, denied.plural);
        EXPECT_NE(diagnose(*snapshot, known_adapters(), {}).exit_code, 0) << denied.plural;
    }
    kube::FakeApiServer server;
    serve(PlayedCluster::of_nodes(3), server);
    server.deny("list", kube::nodes);
    ASSERT_FALSE(looked(server));
}

// A list in pages and the logs of no more than a few pods, however many nodes there are.
TEST(TriageLook, TakesAThousandNodesInAFewRequests) {
    PlayedCluster cluster = PlayedCluster::of_nodes(1000);
    for (Json& pod : cluster.pods) {
        pod["status"]["containerStatuses"][0]["state"] = {
            {"waiting", {{"reason", "CrashLoopBackOff"}}}};
    }
    kube::FakeApiServer server;
    serve(cluster, server);
    const auto began = std::chrono::steady_clock::now();
    const auto snapshot = looked(server);
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(diagnose(*snapshot, known_adapters(), {}).broken(), 1000U);
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_LT(std::chrono::duration<double>(took).count(), 10.0);
    EXPECT_LE(server.requests().size(), 50U);
}

}  // namespace
}  // namespace assay::triage
