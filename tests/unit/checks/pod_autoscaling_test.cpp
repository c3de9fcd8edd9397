// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The check on a cluster in memory whose autoscaler is played; what it does wrong is planted.

#include <gmock/gmock.h>

#include <algorithm>

#include "checks/catalog.h"
#include "engine/rights.h"
#include "tests/unit/checks/played_autoscaling.h"
#include "tests/unit/checks/played_cluster.h"

namespace assay {
namespace {

using kube::Json;
using testing::HasSubstr;
using Wrong = PlayedAutoscaling::Wrong;

const std::vector<std::string> after_the_first{"another_pods_metric_is_not_used",
                                               "scales_up_on_load",
                                               "new_pod_runs_with_its_accelerator",
                                               "at_target_nothing_changes",
                                               "metric_withdrawn_is_seen",
                                               "no_scaling_without_metric",
                                               "scales_back"};

RunResult run_with(Wrong wrong) {
    PlayedAutoscaling cluster(wrong);
    return cluster.run();
}

// Exactly these fail.
void expect_failed(const RunResult& run, const std::vector<std::string>& failed) {
    for (const Assertion* one : pod_autoscaling.assertions) {
        const std::string id(one->id);
        const bool expected = std::ranges::find(failed, id) != failed.end();
        EXPECT_EQ(outcome_of(run, id) == Outcome::failed, expected) << id << findings_of(run, id);
    }
}

void expect_inconclusive(const RunResult& run, const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
        EXPECT_EQ(outcome_of(run, id), Outcome::inconclusive) << id << findings_of(run, id);
    }
}

std::vector<Json> created(PlayedAutoscaling& cluster, const std::string& kind) {
    std::vector<Json> result;
    for (const kube::Request& request : cluster.server().requests()) {
        const auto body = kube::parse(request.body);
        if (request.method == "POST" && body && kube::text(*body, {"kind"}) == kind) {
            result.push_back(*body);
        }
    }
    return result;
}

TEST(PodAutoscaling, PassesWhereThePodsFollowTheirMetric) {
    PlayedAutoscaling cluster({});
    const RunResult run = cluster.run();
    for (const Assertion* one : pod_autoscaling.assertions) {
        const std::string id(one->id);
        EXPECT_EQ(outcome_of(run, id), Outcome::passed) << id << findings_of(run, id);
    }
    EXPECT_TRUE(run.leftovers.empty());
    const auto deployments = created(cluster, "Deployment");
    ASSERT_EQ(deployments.size(), 1U);
    const Json& pod = deployments[0]["spec"]["template"];
    EXPECT_EQ(pod["metadata"]["annotations"]["prometheus.io/port"], "8080");
    EXPECT_EQ(pod["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"], "1");
    const auto scalers = created(cluster, "HorizontalPodAutoscaler");
    ASSERT_EQ(scalers.size(), 1U);
    EXPECT_EQ(scalers[0]["spec"]["scaleTargetRef"]["name"], "scaled-r2d2");
    EXPECT_EQ(scalers[0]["spec"]["metrics"][0]["pods"]["metric"]["name"], "load_of_assay");
    const auto bystanders = created(cluster, "Pod");
    ASSERT_EQ(bystanders.size(), 1U);
    EXPECT_EQ(bystanders[0]["metadata"]["annotations"]["prometheus.io/scrape"], "true");
    EXPECT_FALSE(bystanders[0]["spec"].dump().find("nvidia.com/gpu") != std::string::npos);
}

// --- what is not there ---

TEST(PodAutoscaling, WithoutACustomMetricsApiItIsInconclusiveAndSaysWhatWasLookedFor) {
    PlayedAutoscaling cluster({});
    cluster.serves_custom_metrics = false;
    const RunResult run = cluster.run();
    EXPECT_EQ(outcome_of(run, "metric_is_served"), Outcome::inconclusive);
    EXPECT_THAT(findings_of(run, "metric_is_served"),
                HasSubstr("not installed: no custom metrics API (custom.metrics.k8s.io) found; "
                          "tried with prometheus-adapter v0.12.0"));
    EXPECT_TRUE(created(cluster, "Deployment").empty());
}

TEST(PodAutoscaling, AnApiWhoseServerDoesNotAnswerIsInconclusive) {
    PlayedAutoscaling cluster({});
    cluster.serves_custom_metrics = false;
    cluster.server().serve_group(
        {.name = "custom.metrics.k8s.io", .versions = {"v1beta1"}, .stale = true});
    EXPECT_THAT(findings_of(cluster.run(), "metric_is_served"),
                HasSubstr("its own server does not answer"));
}

TEST(PodAutoscaling, TwoAcceleratorsMustBeFreeAndNoMoreThanHalfIsHeldUnasked) {
    PlayedAutoscaling one({});
    one.accelerators = 1;
    EXPECT_THAT(findings_of(one.run(), "metric_is_served"), HasSubstr("fewer than two"));
    PlayedAutoscaling three({});
    three.accelerators = 3;
    EXPECT_THAT(findings_of(three.run(), "metric_is_served"),
                HasSubstr("only with --allow exclusive-pool"));
    PlayedAutoscaling allowed({});
    allowed.accelerators = 3;
    allowed.allowed = {Change::exclusive_pool};
    EXPECT_EQ(outcome_of(allowed.run(), "scales_back"), Outcome::passed);
}

TEST(PodAutoscaling, AMetricThatIsNotServedIsInconclusiveWithTheRuleThatWouldServeIt) {
    PlayedAutoscaling cluster({.no_rule = true});
    const RunResult run = cluster.run();
    expect_failed(run, {});
    expect_inconclusive(run, after_the_first);
    EXPECT_THAT(findings_of(run, "metric_is_served"),
                HasSubstr("{seriesQuery: 'load_of_assay{namespace!=\"\",pod!=\"\"}', resources"));
    EXPECT_THAT(findings_of(run, "metric_is_served"), HasSubstr("--metric NAME"));
}

TEST(PodAutoscaling, AMetricThatTheUserNamedAndThatIsNotServedFails) {
    PlayedAutoscaling cluster({.no_rule = true});
    cluster.metric = "their_load";
    const RunResult run = cluster.run();
    expect_failed(run, {"metric_is_served"});
    const auto requests = cluster.server().requests();
    EXPECT_TRUE(std::ranges::any_of(requests, [](const kube::Request& request) {
        return request.path.ends_with("/pods/*/their_load");
    }));
}

TEST(PodAutoscaling, AMetricThatTheUserNamedIsScaledBy) {
    PlayedAutoscaling cluster({});
    cluster.metric = "their_load";
    const RunResult run = cluster.run();
    expect_failed(run, {});
    EXPECT_EQ(outcome_of(run, "scales_back"), Outcome::passed);
    const Json scaler = created(cluster, "HorizontalPodAutoscaler").at(0);
    EXPECT_EQ(scaler["spec"]["metrics"][0]["pods"]["metric"]["name"], "their_load");
    const auto requests = cluster.server().requests();
    EXPECT_TRUE(std::ranges::any_of(requests, [](const kube::Request& request) {
        return request.path.ends_with("/proxy/gauge/load_of_assay");
    })) << "the gauge keeps its own name";
}

// --- how pods come to be scraped ---

TEST(PodAutoscaling, APodMonitorComesWhereAnnotationsDoNotDo) {
    PlayedAutoscaling cluster({});
    cluster.has_operator = cluster.only_by_monitor = true;
    const RunResult run = cluster.run();
    expect_failed(run, {});
    EXPECT_EQ(outcome_of(run, "scales_back"), Outcome::passed) << findings_of(run, "scales_back");
    const auto made = created(cluster, "PodMonitor");
    ASSERT_EQ(made.size(), 1U);
    EXPECT_EQ(made[0]["metadata"]["labels"]["release"], "its");
    EXPECT_EQ(made[0]["spec"]["podMetricsEndpoints"][0]["port"], "metrics");
    EXPECT_TRUE(run.leftovers.empty());
}

TEST(PodAutoscaling, NothingIsScrapedTwice) {
    PlayedAutoscaling cluster({});
    cluster.has_operator = true;
    EXPECT_EQ(outcome_of(cluster.run(), "scales_back"), Outcome::passed);
    EXPECT_TRUE(created(cluster, "PodMonitor").empty());
}

TEST(PodAutoscaling, TheMonitoringThatTheUserChoseIsTheOnlyOne) {
    PlayedAutoscaling cluster({});
    cluster.has_operator = cluster.only_by_monitor = true;
    cluster.use = {"metrics=prometheus-operator"};
    EXPECT_EQ(outcome_of(cluster.run(), "scales_back"), Outcome::passed);
    EXPECT_FALSE(created(cluster, "Deployment")
                     .at(0)["spec"]["template"]["metadata"]
                     .dump()
                     .contains("prometheus.io"));
    PlayedAutoscaling without({});
    without.has_operator = without.only_by_monitor = true;
    without.use = {"metrics=prometheus-annotations"};
    const RunResult run = without.run();
    expect_failed(run, {});
    EXPECT_THAT(findings_of(run, "metric_is_served"), HasSubstr("which is there to be scraped"));
    EXPECT_TRUE(created(without, "PodMonitor").empty());
}

// --- what is wrong ---

TEST(PodAutoscaling, AConstantIsFound) {
    const RunResult run = run_with({.constant = 100});
    expect_failed(run, {"metric_is_served"});
    expect_inconclusive(run, after_the_first);
}

TEST(PodAutoscaling, AValueThatDoesNotFollowThePodIsFound) {
    const RunResult run = run_with({.stale = true});
    expect_failed(run, {"scales_up_on_load"});
}

TEST(PodAutoscaling, AnAutoscalerThatFollowsAnotherPodIsFound) {
    const RunResult run = run_with({.follows_bystander = true});
    expect_failed(run, {"another_pods_metric_is_not_used"});
    EXPECT_THAT(findings_of(run, "scales_up_on_load"), HasSubstr("there was not one pod before"));
}

TEST(PodAutoscaling, AnAutoscalerThatDoesNotScaleUpIsFound) {
    const RunResult run = run_with({.never_scales_up = true});
    expect_failed(run, {"scales_up_on_load"});
    EXPECT_EQ(outcome_of(run, "another_pods_metric_is_not_used"), Outcome::passed);
}

TEST(PodAutoscaling, ANewPodWithoutItsDeviceIsFound) {
    expect_failed(run_with({.no_device_for_second = true}), {"new_pod_runs_with_its_accelerator"});
}

TEST(PodAutoscaling, ANewPodWithTheFirstOnesDeviceIsFound) {
    expect_failed(run_with({.one_device_for_both = true}), {"new_pod_runs_with_its_accelerator"});
}

TEST(PodAutoscaling, AnAutoscalerThatShrinksAtTheTargetIsFound) {
    const RunResult run = run_with({.shrinks_at_target = true});
    expect_failed(run, {"at_target_nothing_changes"});
    expect_inconclusive(run, {"no_scaling_without_metric", "scales_back"});
}

TEST(PodAutoscaling, AnAutoscalerThatShrinksWithoutMetricIsFound) {
    expect_failed(run_with({.shrinks_without_metric = true}), {"no_scaling_without_metric"});
}

TEST(PodAutoscaling, AnAbsentMetricThatIsTakenForZeroIsFound) {
    expect_failed(run_with({.absent_is_zero = true}),
                  {"metric_withdrawn_is_seen", "no_scaling_without_metric"});
}

TEST(PodAutoscaling, AnAutoscalerThatDoesNotSayThatItsMetricIsGoneIsFound) {
    const RunResult run = run_with({.says_nothing_of_loss = true});
    expect_failed(run, {"metric_withdrawn_is_seen"});
    expect_inconclusive(run, {"no_scaling_without_metric"});
}

TEST(PodAutoscaling, AnAutoscalerThatDoesNotScaleDownIsFound) {
    expect_failed(run_with({.never_scales_down = true}), {"scales_back"});
}

// --- what is no verdict ---

TEST(PodAutoscaling, AnAutoscalerThatNeverLooksProvesNothingByDoingNothing) {
    const RunResult run = run_with({.reads_nothing = true});
    expect_failed(run, {"scales_up_on_load"});
    EXPECT_THAT(findings_of(run, "another_pods_metric_is_not_used"),
                HasSubstr("was not seen to have looked"));
}

TEST(PodAutoscaling, ANewPodThatHasNoRoomIsNoVerdictOfItsAccelerator) {
    const RunResult run = run_with({.second_never_runs = true});
    expect_failed(run, {});
    EXPECT_EQ(outcome_of(run, "scales_up_on_load"), Outcome::passed);
    EXPECT_THAT(findings_of(run, "new_pod_runs_with_its_accelerator"),
                HasSubstr("0/1 nodes are available"));
    expect_inconclusive(run, {"at_target_nothing_changes", "scales_back"});
}

TEST(PodAutoscaling, AnApiThatAnswersGarbageOrNothingIsNoVerdict) {
    const RunResult garbage = run_with({.garbage = true});
    expect_failed(garbage, {});
    EXPECT_THAT(findings_of(garbage, "metric_is_served"), HasSubstr("answered no list"));
    const RunResult unavailable = run_with({.unavailable = true});
    expect_failed(unavailable, {});
    EXPECT_THAT(findings_of(unavailable, "metric_is_served"), HasSubstr("the adapter is down"));
}

TEST(PodAutoscaling, AGaugeThatCannotBeSetIsNoVerdict) {
    const RunResult run = run_with({.gauge_cannot_be_set = true});
    expect_failed(run, {});
    EXPECT_THAT(findings_of(run, "metric_is_served"), HasSubstr("could not be changed"));
}

}  // namespace
}  // namespace assay
