// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/pod_conditions.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

using kube::Json;
using kube::Progress;

Json pod(const char* node, const char* state) {
    return Json::parse(
        std::string(R"({"metadata":{"name":"p"},"spec":{"nodeName":")") + node +
        R"("},"status":{"phase":"Pending","containerStatuses":[{"name":"c","state":)" + state +
        "}]}}");
}

TEST(PodConditions, APodThatIsNotThereYetIsWaitedFor) {
    EXPECT_EQ(pod_is_bound()(nullptr, {}).progress, Progress::waiting);
    EXPECT_EQ(container_has_ended("c")(nullptr, {}).progress, Progress::waiting);
}

TEST(PodConditions, BoundMeansANode) {
    const Json bound = pod("n", "{}");
    const Json loose = pod("", "{}");
    EXPECT_EQ(pod_is_bound()(&bound, {}).progress, Progress::met);
    EXPECT_EQ(pod_is_bound()(&loose, {}).progress, Progress::waiting);
}

TEST(PodConditions, TheSchedulersWordsAreKept) {
    Json loose = pod("", "{}");
    loose["status"]["conditions"] = Json::parse(
        R"([{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/2 nodes"}])");
    EXPECT_EQ(pod_is_bound()(&loose, {}).reason, "Unschedulable: 0/2 nodes");
}

TEST(PodConditions, OnlyADriverThatWasAskedHasFailedToPrepare) {
    const std::string refused =
        "FailedPrepareDynamicResources: prepare dynamic resources: fetch ResourceClaim c: "
        "resourceclaims.resource.k8s.io \"c\" is forbidden: no relationship found between node 'n' "
        "and this object";
    const std::string failed =
        "FailedPrepareDynamicResources: prepare dynamic resources: NodePrepareResources failed for "
        "ResourceClaim c: no space left";
    EXPECT_EQ(preparation_failure({{.words = refused, .container = ""}}), "");
    EXPECT_EQ(preparation_failure(
                  {{.words = failed, .container = ""}, {.words = refused, .container = ""}}),
              failed);
}

TEST(PodConditions, AnImageThatCannotBePulledIsHopeless) {
    const Json stuck =
        pod("n", R"({"waiting":{"reason":"ImagePullBackOff","message":"no such image"}})");
    const auto verdict = container_is_running("c")(&stuck, {});
    EXPECT_EQ(verdict.progress, Progress::impossible);
    EXPECT_EQ(verdict.reason, "ImagePullBackOff: no such image");
}

// The container itself says no more than PodInitializing then.
TEST(PodConditions, NothingStartsBehindAnInitContainerThatCannot) {
    Json stuck = pod("n", R"({"waiting":{"reason":"PodInitializing"}})");
    stuck["status"]["initContainerStatuses"] = Json::parse(
        R"([{"name":"before","state":{"waiting":{"reason":"ImagePullBackOff","message":"no image"}}}])");
    for (const auto& condition : {container_is_running("c"), container_has_ended("c")}) {
        const auto verdict = condition(&stuck, {});
        EXPECT_EQ(verdict.progress, Progress::impossible);
        EXPECT_EQ(verdict.reason, "init container before: ImagePullBackOff: no image");
    }
    Json& state = stuck["status"]["initContainerStatuses"][0]["state"];
    state = Json::parse(R"({"terminated":{"exitCode":3,"reason":"Error"}})");
    EXPECT_EQ(container_is_running("c")(&stuck, {}).reason,
              "init container before ended with exit code 3 (Error)");
    EXPECT_EQ(container_has_ended("before")(&stuck, {}).progress, Progress::met);
    state["terminated"]["exitCode"] = 0;
    EXPECT_EQ(container_is_running("c")(&stuck, {}).progress, Progress::waiting);
}

struct Obstacle {
    const char* state;    // of the container
    const char* warning;  // "" for none
    Progress progress;
    const char* words;
};

// What the kubelet and the scheduler say on Kubernetes 1.37.
const Obstacle obstacles[] = {
    {R"({"waiting":{"reason":"ErrImagePull","message":"failed to resolve image: r/x: not found"}})",
     "", Progress::impossible, "ErrImagePull: failed to resolve image: r/x: not found"},
    {R"({"waiting":{"reason":"ErrImagePull","message":"failed: 401 Unauthorized"}})", "",
     Progress::impossible, "ErrImagePull: failed: 401 Unauthorized"},
    {R"({"waiting":{"reason":"ErrImagePull","message":"dial tcp: i/o timeout"}})", "",
     Progress::waiting, "ErrImagePull: dial tcp: i/o timeout"},
    {R"({"waiting":{"reason":"InvalidImageName","message":"invalid reference format"}})", "",
     Progress::impossible, "InvalidImageName: invalid reference format"},
    {R"({"waiting":{"reason":"CreateContainerConfigError","message":"configmap x not found"}})", "",
     Progress::impossible, "CreateContainerConfigError: configmap x not found"},
    {R"({"waiting":{"reason":"ContainerCreating"}})",
     "FailedCreatePodSandBox: plugin type=bridge failed", Progress::waiting,
     "FailedCreatePodSandBox: plugin type=bridge failed"},
    {R"({"waiting":{"reason":"ContainerCreating"}})", "FailedMount: configmap x not found",
     Progress::waiting, "FailedMount: configmap x not found"},
    {R"({"waiting":{"reason":"ContainerCreating"}})",
     "FailedPrepareDynamicResources: no device gpu-9", Progress::waiting,
     "FailedPrepareDynamicResources: no device gpu-9"},
    {R"({"waiting":{"reason":"ContainerCreating"}})", "", Progress::waiting, ""},
    {R"({"running":{}})", "", Progress::met, ""},
};

TEST(PodConditions, EachObstacleIsNamedInTheClustersOwnWords) {
    for (const Obstacle& one : obstacles) {
        const Json stuck = pod("n", one.state);
        std::vector<PodWarning> warnings;
        if (*one.warning != '\0') {
            warnings.push_back({.words = one.warning, .container = ""});
        }
        const auto verdict = container_is_running("c")(&stuck, warnings);
        EXPECT_EQ(verdict.progress, one.progress) << one.words;
        EXPECT_EQ(obstacle(stuck, warnings), one.words);
        if (verdict.progress == Progress::waiting && *one.warning != '\0') {
            EXPECT_NE(verdict.reason.find(one.words), std::string::npos) << verdict.reason;
        }
    }
}

TEST(PodConditions, WhatTheSchedulerSaysIsAnObstacleOnceItHasSpoken) {
    Json loose = pod("", "{}");
    EXPECT_EQ(obstacle(loose, {}), "");
    loose["status"]["conditions"] = Json::parse(
        R"([{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/2 nodes"}])");
    EXPECT_EQ(obstacle(loose, {}), "Unschedulable: 0/2 nodes");
}

TEST(PodConditions, AQuotaIsAShortageAndAPolicyIsNot) {
    EXPECT_TRUE(is_shortage("pods \"owner\" is forbidden: exceeded quota: few, requested: pods=1"));
    EXPECT_FALSE(is_shortage("ValidatingAdmissionPolicy 'no' denied request: not here"));
}

TEST(PodConditions, AContainerThatStartsIsWaitedFor) {
    const Json starting = pod("n", R"({"waiting":{"reason":"ContainerCreating"}})");
    EXPECT_EQ(container_is_running("c")(&starting, {}).progress, Progress::waiting);
}

TEST(PodConditions, AContainerThatEndedWillNotRun) {
    const Json ended = pod("n", R"({"terminated":{"exitCode":3,"reason":"Error"}})");
    EXPECT_EQ(container_is_running("c")(&ended, {}).progress, Progress::impossible);
    EXPECT_EQ(container_has_ended("c")(&ended, {}).progress, Progress::met);
}

TEST(PodConditions, AMissingRuntimeHandlerIsARefusalInTheNodesWords) {
    const Json starting = pod("n", R"({"waiting":{"reason":"ContainerCreating"}})");
    const auto verdict = container_has_ended("c")(
        &starting, {{.words = "FailedCreatePodSandBox: no runtime for \"kata\" is configured",
                     .container = ""}});
    EXPECT_EQ(verdict.progress, Progress::impossible);
    EXPECT_TRUE(is_refusal(verdict.reason));
}

// Found by a twin: the second of two ways of asking was refused while the first one's container,
// which reached every device, still ran, and both were called closed by policy.
TEST(PodConditions, WhatTheNodeRefusesOneContainerTellsNothingOfAnother) {
    const std::vector<PodWarning> refused{
        {.words = "Failed: unresolvable CDI devices nvidia.com/gpu=all", .container = "c-2"}};
    const Json running = pod("n", R"({"running":{}})");
    const Json starting = pod("n", R"({"waiting":{"reason":"ContainerCreating"}})");
    EXPECT_EQ(container_has_ended("c")(&running, refused).progress, Progress::waiting);
    EXPECT_EQ(container_has_ended("c")(&running, refused).reason, "container is running on node n");
    EXPECT_EQ(container_is_running("c")(&starting, refused).progress, Progress::waiting);
    EXPECT_EQ(container_has_ended("c-2")(&starting, refused).progress, Progress::impossible);
}

TEST(PodConditions, ADeviceNameThatExistsNowhereIsARefusal) {
    EXPECT_TRUE(
        is_refusal("failed to inject CDI devices: unresolvable CDI devices nvidia.com/gpu=all"));
    EXPECT_FALSE(is_refusal("failed to create shim task: context deadline exceeded"));
}

TEST(PodConditions, APodThatSomebodyDeletesIsHopeless) {
    Json dying = pod("n", R"({"waiting":{"reason":"ContainerCreating"}})");
    dying["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
    EXPECT_EQ(container_has_ended("c")(&dying, {}).progress, Progress::impossible);
}

}  // namespace
}  // namespace assay
