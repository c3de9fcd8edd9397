// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/fixture.h"

#include "engine/placement.h"

#include <gtest/gtest.h>

#include "engine/embedded.h"

namespace assay {
namespace {

Placement placement() {
    return {.run_id = "r2d2",
            .requirement = "secure_accelerator_access",
            .namespace_name = "ns",
            .device_class = "gpu.test",
            .resource = {},
            .dra_version = "v1",
            .images = {{"core", "reg/core"}, {"visible", "reg/visible"}, {"legacy", "reg/legacy"}},
            .pull_secrets = {"secret"},
            .tolerations = {{.key = "gpu", .value = "yes", .effect = "NoSchedule"}}};
}

Fixture shipped() {
    auto fixture =
        Fixture::parse(embedded_file("fixtures/secure_accelerator_access.yaml").value(), "it");
    return *fixture;
}

TEST(Fixture, NamesHoldTheRunId) {
    EXPECT_EQ(kube::name_of(placed_pod(shipped().pod("owner"), placement())), "owner-r2d2");
    EXPECT_EQ(kube::name_of(placed_claim_template(shipped().claim_templates().at(0), placement())),
              "accelerator-r2d2");
}

TEST(Fixture, EachContainerGetsTheImageOfItsVariant) {
    const auto pod = placed_pod(shipped().pod("owner"), placement());
    EXPECT_EQ(kube::text(pod["spec"]["containers"][0], {"image"}), "reg/core");
    EXPECT_EQ(kube::text(pod["spec"]["containers"][1], {"image"}), "reg/visible");
    EXPECT_EQ(kube::text(pod["spec"]["containers"][2], {"image"}), "reg/legacy");
}

TEST(Fixture, TaintsOfTheAcceleratorNodesAreTolerated) {
    const auto pod = placed_pod(shipped().pod("stranger"), placement());
    EXPECT_EQ(pod["spec"]["tolerations"].dump(),
              R"([{"effect":"NoSchedule","key":"gpu","operator":"Equal","value":"yes"}])");
}

TEST(Fixture, APodIsPlacedByAffinityAndNeverByNodeName) {
    const auto pod = placed_pod(shipped().pod("stranger").on("node-1"), placement());
    EXPECT_EQ(kube::find(pod, {"spec", "nodeName"}), nullptr);
    EXPECT_NE(pod["spec"]["affinity"].dump().find("\"metadata.name\""), std::string::npos);
    EXPECT_NE(pod["spec"]["affinity"].dump().find("node-1"), std::string::npos);
}

TEST(Fixture, APodOnlyGoesToNodesOfTheImagesArchitecture) {
    Placement for_arm = placement();
    for_arm.architectures = {"arm64"};
    const std::string wanted =
        R"("matchExpressions":[{"key":"kubernetes.io/arch","operator":"In","values":["arm64"]}])";
    const auto free = placed_pod(shipped().pod("stranger"), for_arm);
    EXPECT_NE(free["spec"]["affinity"].dump().find(wanted), std::string::npos);
    const auto bound = placed_pod(shipped().pod("stranger").on("node-1"), for_arm);
    const auto& terms =
        bound["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
             ["nodeSelectorTerms"];
    ASSERT_EQ(terms.size(), 1U) << "terms are alternatives: a second would undo the first";
    EXPECT_NE(terms[0].dump().find(wanted), std::string::npos);
    EXPECT_NE(terms[0].dump().find("node-1"), std::string::npos);
}

TEST(Fixture, APodGoesToNodesOfEachArchitectureOfTheImage) {
    Placement for_both = placement();
    for_both.architectures = {"amd64", "arm64"};
    const auto pod = placed_pod(shipped().pod("stranger"), for_both);
    EXPECT_NE(pod["spec"]["affinity"].dump().find(
                  R"({"key":"kubernetes.io/arch","operator":"In","values":["amd64","arm64"]})"),
              std::string::npos);
}

TEST(Fixture, ContainersThatEndGetAShareOfTheTerminationMessage) {
    const PodManifest two =
        shipped().pod("stranger").copy("plain", "a").copy("plain", "b").copy("plain", "c");
    const auto pod = placed_pod(two, placement());
    EXPECT_EQ(pod["spec"]["containers"][3]["args"].dump(),
              R"(["isolate","--summary-limit","3072"])");
    const auto owner = placed_pod(shipped().pod("owner"), placement());
    EXPECT_EQ(owner["spec"]["containers"][0]["args"].dump(), R"(["isolate","--hold"])");
}

TEST(Fixture, WithADevicePluginTheClaimedContainersAskForItsResource) {
    Placement plugin = placement();
    plugin.resource = "vendor.test/gpu";
    const auto pod = placed_pod(shipped().pod("owner"), plugin);
    EXPECT_FALSE(pod["spec"].contains("resourceClaims"));
    EXPECT_EQ(pod["spec"]["containers"][0]["resources"].dump(),
              R"({"limits":{"vendor.test/gpu":"1"}})");
    EXPECT_EQ(kube::find(placed_pod(shipped().pod("stranger"), plugin)["spec"]["containers"][0],
                         {"resources"}),
              nullptr);
}

TEST(Fixture, OnlyLeavesOneContainer) {
    const auto pod = placed_pod(shipped().pod("owner").only("visible"), placement());
    ASSERT_EQ(pod["spec"]["containers"].size(), 1U);
    EXPECT_EQ(kube::text(pod["spec"]["containers"][0], {"name"}), "visible");
    EXPECT_FALSE(pod["spec"].contains("initContainers"));
}

TEST(Fixture, OldDraVersionsGetTheRequestWithoutExactly) {
    Placement old = placement();
    old.dra_version = "v1beta1";
    const auto claim = placed_claim_template(shipped().claim_templates().at(0), old);
    EXPECT_EQ(claim["spec"]["spec"]["devices"]["requests"].dump(),
              R"([{"deviceClassName":"gpu.test","name":"accelerator"}])");
}

TEST(Fixture, OverlaysLeaveTheOriginalAlone) {
    const Fixture fixture = shipped();
    static_cast<void>(
        fixture.pod("stranger").env("plain", "A", "b").runtime_class("x").without("plain"));
    EXPECT_EQ(fixture.pod("stranger").tree(), shipped().pod("stranger").tree());
}

TEST(Fixture, AnObjectWithoutKindOrNameIsRefused) {
    EXPECT_FALSE(Fixture::parse("apiVersion: v1\nmetadata: {name: x}\n", "it"));
    EXPECT_FALSE(Fixture::parse("apiVersion: v1\nkind: Secret\n", "it"));
}

}  // namespace
}  // namespace assay
