// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// No more is created than was planned.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "checks/catalog.h"
#include "engine/planner.h"
#include "tests/unit/checks/played_autoscaler.h"
#include "tests/unit/checks/played_autoscaling.h"
#include "tests/unit/checks/played_cluster.h"
#include "tests/unit/checks/played_dra.h"
#include "tests/unit/checks/played_gateway.h"
#include "tests/unit/checks/played_objects.h"
#include "tests/unit/checks/played_pool.h"

namespace assay {
namespace {

const char* const given = "tenant";

void make_given_namespace(PlayedCluster& cluster) {
    const kube::Resource accounts{"", "v1", "serviceaccounts", "ServiceAccount", true};
    cluster.namespace_name = given;
    cluster.server().update(kube::namespaces, {{"metadata", {{"name", given}}}});
    cluster.server().update(accounts, {{"metadata", {{"name", "default"}, {"namespace", given}}}});
}

// What the run created, by kind as the plan names it.
std::map<std::string, int> created_by(const std::vector<kube::Request>& requests) {
    std::map<std::string, int> count;
    for (const kube::Request& request : requests) {
        if (played::creates(request)) {
            ++count[kube::text(*kube::parse(request.body), {"kind"})];
        }
    }
    return count;
}

template <class Cluster>
std::map<std::string, int> planned_by(Cluster& cluster, bool intrusive,
                                      const std::string& requirement,
                                      const char* profile = "k8s-ai-1.37") {
    const kube::Client client(cluster.server());
    static const std::vector<Adapter> adapters = *load_adapters();
    const auto inventory =
        take_inventory(client, adapters, kube::Limit::of(std::chrono::seconds(10)));
    RunPlan run;
    run.profile = *load_profile(profile);
    run.select = {requirement};
    run.catalog = catalog();
    run.namespace_name = cluster.namespace_name;
    run.intrusive = intrusive;
    const auto kind = chosen_kind(*inventory, "");
    const Plan plan = make_plan(run, *inventory, kind ? *kind : nullptr, {});
    std::map<std::string, int> count;
    for (const PlannedRequirement& one : plan.requirements) {
        for (const PlannedObject& object : one.objects) {
            count[object.kind] += object.count;
        }
    }
    return count;
}

// What was created is what was planned, and at most so many of each.
template <class Cluster>
void expect_within_plan(Cluster& cluster, bool intrusive,
                        const std::string& requirement = "secure_accelerator_access",
                        const char* profile = "k8s-ai-1.37") {
    const auto planned = planned_by(cluster, intrusive, requirement, profile);
    const auto created = created_by(cluster.server().requests());
    EXPECT_EQ(created.size(), planned.size());
    for (const auto& [kind, count] : created) {
        EXPECT_LE(count, planned.contains(kind) ? planned.at(kind) : 0) << kind;
    }
}

TEST(Plan, CountsThePodsOfEveryNodeOfAPool) {
    for (const bool by_claims : {false, true}) {
        for (const char* requirement : {"accelerator_compute", "all_reduce"}) {
            PlayedPool cluster;
            cluster.by_claims = by_claims;
            cluster.accelerators_of = {{"node-1", 4}};
            cluster.simulated = true;
            ASSERT_EQ(cluster.run(requirement).exit_code, 0);
            expect_within_plan(cluster, true, requirement, "node-pool");
        }
    }
}

TEST(Plan, CountsEveryObjectThatARunCreates) {
    PlayedCluster cluster;
    ASSERT_EQ(cluster.run().exit_code, 0);
    expect_within_plan(cluster, true);
}

// One that offers every form there is, so that each is tried.
TEST(Plan, CountsEveryObjectThatDraSupportCreates) {
    kube::Json device;
    device["taints"] = kube::Json::array({{{"key", "a"}, {"effect", "NoSchedule"}}});
    device["consumesCounters"] = kube::Json::array({{{"counterSet", "a"}}});
    device["bindingConditions"] = kube::Json::array({"ready"});
    PlayedDra cluster({.promises = device});
    cluster.run();
    expect_within_plan(cluster, true, "dra_support");
}

TEST(Plan, CountsEveryObjectThatAiInferenceCreates) {
    PlayedGateway cluster(PlayedGateway::Wrong{});
    cluster.run();
    expect_within_plan(cluster, true, "ai_inference");
}

TEST(Plan, CountsEveryObjectThatPodAutoscalingCreates) {
    PlayedAutoscaling cluster({});
    cluster.has_operator = cluster.only_by_monitor = true;
    cluster.run();
    expect_within_plan(cluster, true, "pod_autoscaling");
}

TEST(Plan, CountsEveryObjectThatClusterAutoscalingCreates) {
    PlayedAutoscaler cluster({});
    cluster.by_claims = true;
    cluster.run();
    expect_within_plan(cluster, true, "cluster_autoscaling");
}

TEST(Plan, IsExactForADevicePlugin) {
    PlayedCluster cluster;
    cluster.by_plugin = true;
    ASSERT_EQ(cluster.run().exit_code, 0);
    EXPECT_EQ(created_by(cluster.server().requests()),
              planned_by(cluster, true, "secure_accelerator_access"));
}

TEST(Plan, CountsEveryObjectThatARunInAGivenNamespaceCreates) {
    PlayedCluster cluster;
    make_given_namespace(cluster);
    ASSERT_EQ(cluster.run().exit_code, 0);
    expect_within_plan(cluster, true);
}

TEST(Plan, IsNeverLessThanWhatARunWithoutForgingCreates) {
    PlayedCluster cluster;
    cluster.run({"secure_accelerator_access"}, false);
    expect_within_plan(cluster, false);
}

TEST(Plan, ForADevicePluginHasNoClaims) {
    AcceleratorKind kind;
    kind.name = "nvidia.com/gpu";
    kind.resource = "nvidia.com/gpu";
    kind.devices.resize(1);
    RunPlan run;
    run.profile = *load_profile("k8s-ai-1.37");
    run.select = {"secure_accelerator_access"};
    run.catalog = catalog();
    const Plan plan = make_plan(run, {}, &kind, {});
    for (const PlannedObject& object : plan.requirements.at(0).objects) {
        EXPECT_NE(object.kind, "ResourceClaimTemplate");
    }
    for (const PlannedRight& right : plan.rights) {
        EXPECT_EQ(right.resource.find("resourceclaim"), std::string::npos) << right.resource;
    }
}

TEST(Run, CreatesNothingForARequirementThatLacksARight) {
    PlayedCluster cluster;
    cluster.unaskable = {{"secure_accelerator_access", "right missing: cannot create pods"}};
    const RunResult run = cluster.run();
    EXPECT_EQ(run.exit_code, 4);
    EXPECT_EQ(created_by(cluster.server().requests()), (std::map<std::string, int>{}));
    for (const RequirementResult& one : run.requirements) {
        if (one.selected) {
            EXPECT_EQ(one.outcome, Outcome::inconclusive);
            EXPECT_EQ(one.reason, "right missing: cannot create pods");
        }
    }
}

}  // namespace
}  // namespace assay
