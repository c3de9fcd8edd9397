// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The check on a played autoscaler; what it does wrong is planted, and found by its assertion.

#include <gmock/gmock.h>

#include <algorithm>

#include "checks/catalog.h"
#include "engine/planner.h"
#include "engine/rights.h"
#include "kube/request_facts.h"
#include "tests/unit/checks/played_autoscaler.h"

namespace assay {
namespace {

using kube::Json;
using testing::HasSubstr;
using testing::MatchesRegex;

using Wrong = PlayedAutoscaler::Wrong;

const AssertionResult& asked(const RunResult& run, std::string_view assertion) {
    for (const RequirementResult& one : run.requirements) {
        const auto found = std::ranges::find(one.assertions, assertion, &AssertionResult::id);
        if (found != one.assertions.end()) {
            return *found;
        }
    }
    throw std::logic_error("there is no " + std::string(assertion));
}

std::string actual(const RunResult& run, std::string_view assertion) {
    const auto& findings = asked(run, assertion).findings;
    return findings.empty() ? "" : findings.back().actual;
}

std::string reason(const RunResult& run, std::string_view assertion) {
    const AssertionResult& one = asked(run, assertion);
    return one.findings.empty() ? one.reason : one.findings.back().reason;
}

std::vector<std::string> with(const RunResult& run, Outcome outcome) {
    std::vector<std::string> result;
    for (const Assertion* one : cluster_autoscaling.assertions) {
        if (asked(run, one->id).outcome == outcome) {
            result.emplace_back(one->id);
        }
    }
    return result;
}

using Ids = std::vector<std::string>;

RunResult run_with(Wrong wrong) {
    return PlayedAutoscaler(wrong).run();
}

TEST(ClusterAutoscaling, PassesWhereANodeComesAndGoes) {
    PlayedAutoscaler cluster({});
    const RunResult run = cluster.run();
    EXPECT_EQ(with(run, Outcome::passed).size(), cluster_autoscaling.assertions.size());
    EXPECT_THAT(actual(run, "pending_pod_brings_node"),
                MatchesRegex("node new-1 of pool lab-gpu there after .* s, Ready after .* s"));
    EXPECT_EQ(asked(run, "pending_pod_brings_node").findings[0].expected,
              "a new node, Ready within 1 s, for a pod that asks for example.com/gpu, which the "
              "limits of pool lab-gpu name");
    EXPECT_EQ(actual(run, "node_has_the_accelerator"), "1 example.com/gpu");
    EXPECT_THAT(actual(run, "pod_runs_on_new_node"), HasSubstr("Running on new-1"));
    EXPECT_THAT(actual(run, "idle_node_goes"),
                MatchesRegex("new-1 gone .*pool lab-gpu had 1 before"));
    EXPECT_THAT(actual(run, "impossible_request_brings_no_node"), HasSubstr("nothing has it"));
    EXPECT_TRUE(run.leftovers.empty());
    EXPECT_TRUE(run.simulated);
    EXPECT_EQ(cluster.server().stored(kube::nodes).size(), 1U);
}

TEST(ClusterAutoscaling, AsksForOneAtATimeAndToleratesThePoolsTaints) {
    PlayedAutoscaler cluster({});
    cluster.run();
    ASSERT_EQ(cluster.asked().size(), 2U);
    const Json& possible = cluster.asked()[0]["spec"];
    const Json& impossible = cluster.asked()[1]["spec"];
    EXPECT_EQ(possible["containers"][0]["resources"]["limits"], (Json{{"example.com/gpu", "1"}}));
    EXPECT_EQ(possible["tolerations"][0]["key"], "dear");
    EXPECT_EQ(impossible["containers"][0]["resources"]["limits"],
              (Json{{"assay.invalid/accelerator", "1"}}));
    EXPECT_EQ(impossible["tolerations"], possible["tolerations"]);
}

TEST(ClusterAutoscaling, KeepsOffTheNodesThatHaveTheAcceleratorAlready) {
    PlayedAutoscaler cluster({});
    cluster.known_node_offers = "example.com/gpu";
    EXPECT_EQ(with(cluster.run(), Outcome::passed).size(), 5U);
    ASSERT_TRUE(cluster.stands_on().is_array());
    const Json& expression = cluster.stands_on()[0]["matchExpressions"][0];
    EXPECT_EQ(expression["key"], "kubernetes.io/hostname");
    EXPECT_EQ(expression["values"], Json::array({"old-host"}));
    const Json& asks = cluster.asked()[0]["spec"];
    // Of nodes by their names Karpenter takes no pod.
    EXPECT_FALSE(asks["affinity"].contains("nodeAffinity"));
    const Json& apart =
        asks["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0];
    EXPECT_EQ(apart["topologyKey"], "kubernetes.io/hostname");
    EXPECT_EQ(apart["labelSelector"]["matchLabels"]["assay/role"], "beside");
    PlayedAutoscaler unplaced({.nobody_stands = true});
    unplaced.known_node_offers = "example.com/gpu";
    const RunResult run = unplaced.run();
    EXPECT_EQ(with(run, Outcome::inconclusive).size(), 5U);
    EXPECT_THAT(reason(run, "pending_pod_brings_node"), HasSubstr("keeps it off"));
    EXPECT_TRUE(unplaced.asked().empty());
}

TEST(ClusterAutoscaling, AsksByAClaimWhereTheAcceleratorIsHadByOne) {
    PlayedAutoscaler cluster({});
    cluster.by_claims = true;
    const RunResult run = cluster.run();
    EXPECT_EQ(with(run, Outcome::passed).size(), 5U) << reason(run, "pending_pod_brings_node");
    EXPECT_EQ(actual(run, "node_has_the_accelerator"), "1 device(s) of gpu.example.com");
    const Json& claim = cluster.asked()[0]["spec"]["resourceClaims"][0];
    EXPECT_EQ(claim["resourceClaimName"], "accelerator-r2d2");
}

TEST(ClusterAutoscaling, DoesOnlyWhatItsRightsAllow) {
    for (const std::string space : {"", "tenant"}) {
        PlayedAutoscaler cluster({.stays = true});
        cluster.namespace_name = space;
        cluster.by_claims = true;
        cluster.run();
        const Check* const check = &cluster_autoscaling;
        const auto rights = rights_for({&check, 1}, {.given = !space.empty()});
        for (const kube::Request& request : cluster.server().requests()) {
            const kube::RequestFacts facts = kube::facts_of(request);
            const bool everybodys = facts.path == "/version" || facts.path == "/apis";
            const bool granted = std::ranges::any_of(rights, [&](const Right* right) {
                return right->verb == facts.verb && right->group == facts.group &&
                       right->resource == facts.resource &&
                       (right->name.empty() || right->name == facts.name);
            });
            EXPECT_TRUE(everybodys || granted) << facts.verb << " " << facts.path;
        }
    }
}

TEST(ClusterAutoscaling, MakesNothingUnlessItIsAllowedTo) {
    PlayedAutoscaler cluster({});
    cluster.allowed = {};
    const RunResult run = cluster.run();
    EXPECT_EQ(with(run, Outcome::inconclusive).size(), 5U);
    EXPECT_EQ(reason(run, "idle_node_goes"), "only with --allow scale-nodes");
    EXPECT_TRUE(cluster.asked().empty());
}

TEST(ClusterAutoscaling, WithoutAnyItIsInconclusiveAndSaysWhatWasLookedFor) {
    PlayedAutoscaler cluster({});
    cluster.karpenter = false;
    const RunResult run = cluster.run();
    EXPECT_EQ(with(run, Outcome::inconclusive).size(), 5U);
    EXPECT_THAT(reason(run, "pending_pod_brings_node"),
                HasSubstr("not installed: no autoscaler found; looked for karpenter (tried with "
                          "v1.14.1 and its kwok provider), gke (not tried)"));
    EXPECT_TRUE(cluster.asked().empty());
}

TEST(ClusterAutoscaling, OneThatNothingShowsIsAskedForWhatTheUserNames) {
    PlayedAutoscaler cluster({});
    cluster.karpenter = false;
    cluster.scale_resource = "example.com/gpu";
    EXPECT_EQ(with(cluster.run(), Outcome::failed), Ids{});
    EXPECT_EQ(cluster.asked().size(), 2U);
}

TEST(ClusterAutoscaling, IsKnownByTheStatusThatItWritesNow) {
    const kube::Resource config_maps{"", "v1", "configmaps", "ConfigMap", true};
    Json status{
        {"metadata", {{"name", "cluster-autoscaler-status"}, {"namespace", "kube-system"}}}};
    PlayedAutoscaler cluster({.no_node = true});
    cluster.karpenter = false;
    cluster.known_node_offers = "nvidia.com/gpu";
    cluster.server().update(config_maps, status);
    EXPECT_EQ(with(cluster.run(), Outcome::failed), Ids{"pending_pod_brings_node"});
    PlayedAutoscaler stale({});
    stale.karpenter = false;
    status["metadata"]["annotations"]["cluster-autoscaler.kubernetes.io/last-updated"] =
        "2020-01-01 00:00:00 +0000 UTC";
    stale.server().update(config_maps, status);
    EXPECT_THAT(reason(stale.run(), "pending_pod_brings_node"),
                HasSubstr("cluster-autoscaler-status was last written at 2020-01-01T00:00:00Z"));
}

TEST(ClusterAutoscaling, ANodeThatDoesNotComeIsFoundInTheAutoscalersWords) {
    const RunResult run = run_with({.no_node = true});
    EXPECT_EQ(with(run, Outcome::failed), Ids{"pending_pod_brings_node"});
    EXPECT_THAT(actual(run, "pending_pod_brings_node"),
                HasSubstr("FailedScheduling: nothing has it"));
    EXPECT_EQ(with(run, Outcome::inconclusive).size(), 4U);
}

TEST(ClusterAutoscaling, ANodeThatDoesNotBecomeReadyIsFoundAndWaitedForUntilItIsGone) {
    for (const Wrong wrong : {Wrong{.never_ready = true}, Wrong{.stays_unregistered = true}}) {
        const RunResult run = run_with(wrong);
        EXPECT_EQ(with(run, Outcome::failed), Ids{"pending_pod_brings_node"});
        EXPECT_THAT(actual(run, "pending_pod_brings_node"), HasSubstr("not Ready after"));
        EXPECT_EQ(with(run, Outcome::passed), Ids{"idle_node_goes"});
    }
}

TEST(ClusterAutoscaling, ANodeWithoutTheAcceleratorIsFound) {
    const RunResult run = run_with({.no_accelerator = true});
    EXPECT_EQ(with(run, Outcome::failed), Ids{"node_has_the_accelerator"});
    EXPECT_EQ(with(run, Outcome::inconclusive), Ids{"pod_runs_on_new_node"});
}

TEST(ClusterAutoscaling, APodThatDoesNotRunThereIsFound) {
    for (const Wrong wrong : {Wrong{.never_bound = true}, Wrong{.pod_fails = true}}) {
        EXPECT_EQ(with(run_with(wrong), Outcome::failed), Ids{"pod_runs_on_new_node"});
    }
}

TEST(ClusterAutoscaling, ANodeThatStaysIsFoundWithWhatKeepsIt) {
    const RunResult run = run_with({.stays = true, .not_to_be_disturbed = true});
    EXPECT_EQ(with(run, Outcome::failed), Ids{"idle_node_goes"});
    EXPECT_THAT(actual(run, "idle_node_goes"),
                HasSubstr("the node is annotated karpenter.sh/do-not-disrupt=true"));
    EXPECT_EQ(with(run, Outcome::inconclusive), Ids{"impossible_request_brings_no_node"});
}

TEST(ClusterAutoscaling, ANodeThatSomebodyElseUsesIsNotIdle) {
    const RunResult run = run_with({.used_by_another = true});
    EXPECT_EQ(with(run, Outcome::failed), Ids{});
    EXPECT_EQ(reason(run, "idle_node_goes"), "new-1 was not idle: pod elsewhere/theirs used it");
}

TEST(ClusterAutoscaling, APoolThatIsLargerThanBeforeIsNoPass) {
    const RunResult run = run_with({.comes_back = true});
    EXPECT_EQ(asked(run, "idle_node_goes").outcome, Outcome::inconclusive);
    EXPECT_THAT(reason(run, "idle_node_goes"), HasSubstr("1 new node(s) other-again in its pool"));
}

TEST(ClusterAutoscaling, ANodeForTheImpossibleIsFoundAndWaitedForUntilItIsGone) {
    PlayedAutoscaler cluster({.believes_the_impossible = true});
    const RunResult run = cluster.run();
    EXPECT_EQ(with(run, Outcome::failed), Ids{"impossible_request_brings_no_node"});
    EXPECT_EQ(asked(run, "idle_node_goes").findings.size(), 2U);
    EXPECT_EQ(cluster.server().stored(kube::nodes).size(), 1U);
    EXPECT_EQ(with(run_with({.only_says_so = true}), Outcome::failed),
              Ids{"impossible_request_brings_no_node"});
}

TEST(ClusterAutoscaling, NodesOfOthersAreToldApartOrNothingIsSaid) {
    const RunResult apart = run_with({.of_others = 1});
    EXPECT_EQ(asked(apart, "pending_pod_brings_node").outcome, Outcome::passed);
    EXPECT_THAT(actual(apart, "pod_runs_on_new_node"), HasSubstr("new-1"));
    const RunResult unclear = run_with({.never_bound = true, .says_nothing = true, .of_others = 1});
    EXPECT_EQ(with(unclear, Outcome::failed), Ids{});
    EXPECT_THAT(reason(unclear, "pending_pod_brings_node"),
                HasSubstr("nothing tells which came for the pod"));
}

TEST(ClusterAutoscaling, APodThatNobodyWouldScheduleTellsNothing) {
    const RunResult run = run_with({.no_node = true, .unscheduled = true});
    EXPECT_EQ(with(run, Outcome::inconclusive).size(), 5U);
    EXPECT_EQ(reason(run, "pending_pod_brings_node"), "no scheduler has said a word about the pod");
    const RunResult placed = run_with({.bound_to_an_old_one = true});
    EXPECT_EQ(reason(placed, "pending_pod_brings_node"),
              "the pod was placed on old, which was there before");
}

TEST(Plan, OfANodeMoreSaysWhatIsAskedForAndWhatAllowsIt) {
    RunPlan run;
    run.profile = *load_profile("k8s-ai-1.37");
    run.select = {"cluster_autoscaling"};
    run.catalog = catalog();
    run.components = *load_components();
    const auto missing = [&] { return make_plan(run, {}, nullptr, {}).requirements.at(0).missing; };
    EXPECT_EQ(missing(), std::vector<std::string>{"only with --allow scale-nodes"});
    run.allowed = {Change::scale_nodes};
    run.scale_resource = "example.com/gpu";
    EXPECT_EQ(missing(), std::vector<std::string>{});
    EXPECT_EQ(make_plan(run, {}, nullptr, {}).warnings,
              std::vector<std::string>{
                  "cluster_autoscaling lets the autoscaler add one node and waits until it is "
                  "gone; it asks for example.com/gpu (--scale-resource)"});
}

}  // namespace
}  // namespace assay
