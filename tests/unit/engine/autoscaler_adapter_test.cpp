// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/autoscaler_adapter.h"

#include <gmock/gmock.h>

namespace assay {
namespace {

using kube::Json;
using std::chrono::seconds;
using testing::HasSubstr;

Component component_with(Json details) {
    return {.role = "autoscaler",
            .name = "x",
            .serves = {},
            .tried = "no",
            .tried_with = {},
            .details = std::move(details)};
}

AutoscalerAdapter karpenter() {
    const auto components = load_components();
    for (const Component& one : *components) {
        if (one.name == "karpenter") {
            return *autoscaler_adapter(one);
        }
    }
    throw std::logic_error("there is no adapter karpenter");
}

Json pool(const std::string& name, const Json& limits) {
    return {{"metadata", {{"name", name}}},
            {"spec",
             {{"limits", limits},
              {"template",
               {{"spec",
                 {{"taints", Json::array({{{"key", "pool"}, {"value", name}},
                                          {{"key", "bare"}, {"effect", "NoSchedule"}}})}}}}}}}};
}

PoolOffer offer(const std::string& name, const Json& limits) {
    return pool_offer(karpenter(), pool(name, limits));
}

AcceleratorKind by_claims() {
    AcceleratorKind kind;
    kind.name = kind.device_class = "gpu.example.com";
    return kind;
}

TEST(AutoscalerAdapter, EveryAdapterOfTheRoleReads) {
    int read = 0;
    const auto components = load_components();
    for (const Component& one : *components) {
        if (one.role == "autoscaler") {
            const auto adapter = autoscaler_adapter(one);
            ASSERT_TRUE(adapter) << adapter.error();
            EXPECT_FALSE(adapter->brings.empty()) << one.name;
            EXPECT_FALSE(adapter->pool_labels.empty()) << one.name;
            ++read;
        }
    }
    EXPECT_GE(read, 4);
}

TEST(AutoscalerAdapter, SaysWhatItKnowsAndNothingElse) {
    const Json details{
        {"status", {{"space", "kube-system"}, {"name", "status"}}},
        {"pools", {{"kind", "Pool.example.com"}, {"limits", "/spec/limits"}}},
        {"waits", {{"node", 7}}},
    };
    const auto adapter = autoscaler_adapter(component_with(details));
    ASSERT_TRUE(adapter) << adapter.error();
    EXPECT_EQ(adapter->status_space, "kube-system");
    EXPECT_EQ(adapter->pools, "Pool.example.com");
    EXPECT_EQ(adapter->node, seconds(7));
    EXPECT_EQ(adapter->idle, AutoscalerAdapter{}.idle);
    const std::map<std::string, Json> wrong_members{{"/other", "x"},
                                                    {"/waits/node", 0},
                                                    {"/waits/other", 1},
                                                    {"/pools/limits", "spec"},
                                                    {"/status/other", "x"}};
    for (const auto& [pointer, value] : wrong_members) {
        Json wrong = details;
        wrong[Json::json_pointer(pointer)] = value;
        EXPECT_FALSE(autoscaler_adapter(component_with(wrong))) << pointer;
    }
}

TEST(AutoscalerAdapter, AStatusThatIsOldTellsOfNobody) {
    AutoscalerAdapter adapter;
    adapter.status_name = "cluster-autoscaler-status";
    adapter.status_updated = "updated";
    const auto written = [](const std::string& text) {
        return Json{{"metadata", {{"annotations", {{"updated", text}}}}}};
    };
    const std::chrono::sys_seconds now(seconds(1'795'333'800));  // 2026-11-22 07:50:00
    EXPECT_EQ(why_stale(adapter, written("2026-11-22 07:49:58.123456 +0000 UTC"), now), "");
    EXPECT_EQ(why_stale(adapter, written("2026-11-22 07:00:00.123456 +0000 UTC"), now),
              "cluster-autoscaler-status was last written at 2026-11-22T07:00:00Z");
    EXPECT_EQ(why_stale(adapter, written("lately"), now), "");
    EXPECT_EQ(why_stale(adapter, Json::object(), now), "");
}

TEST(AutoscalerAdapter, OfAPoolsLimitsOnlyExtendedResourcesAreAccelerators) {
    const PoolOffer one =
        offer("a", {{"cpu", 8}, {"memory", "1Gi"}, {"nodes", 2}, {"example.com/gpu", 2}});
    EXPECT_EQ(one.name, "a");
    EXPECT_EQ(one.limited, std::vector<std::string>{"example.com/gpu"});
    EXPECT_EQ(one.taints.size(), 2U);
    EXPECT_TRUE(pool_offer({}, pool("a", 1)).limited.empty());
    EXPECT_TRUE(pool_offer(karpenter(), Json::object()).taints.empty());
}

TEST(ScaleRequest, IsWhatTheOnlyLimitNamesWithItsPoolsTaints) {
    const auto request = scale_request(
        {offer("a", {{"cpu", 8}}), offer("b", {{"example.com/gpu", 2}})}, by_claims(), "");
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(request->resource, "example.com/gpu");
    EXPECT_EQ(request->why, "example.com/gpu, which the limits of pool b name");
    EXPECT_EQ(request->tolerations,
              Json::array({{{"key", "pool"}, {"operator", "Equal"}, {"value", "b"}},
                           {{"key", "bare"}, {"operator", "Exists"}, {"effect", "NoSchedule"}},
                           {{"key", "example.com/gpu"}, {"operator", "Exists"}}}));
}

TEST(ScaleRequest, IsWhatTheUserNamesBeforeAllElse) {
    const std::vector<PoolOffer> pools{offer("a", {{"example.com/gpu", 2}}),
                                       offer("b", {{"example.com/tpu", 2}})};
    EXPECT_EQ(scale_request(pools, by_claims(), "amd.com/gpu")->resource, "amd.com/gpu");
    // No pool has a limit of it, so any of them may be the one.
    EXPECT_EQ(scale_request(pools, by_claims(), "amd.com/gpu")->tolerations.size(), 5U);
    EXPECT_EQ(scale_request(pools, by_claims(), "example.com/tpu")->tolerations.size(), 3U);
}

TEST(ScaleRequest, IsTheAcceleratorExaminedWherePoolsDoNotSay) {
    AcceleratorKind plugin;
    plugin.name = plugin.resource = "nvidia.com/gpu";
    EXPECT_EQ(scale_request({}, plugin, "")->resource, "nvidia.com/gpu");
    EXPECT_EQ(scale_request({offer("a", {{"example.com/gpu", 2}})}, plugin, "")->resource,
              "nvidia.com/gpu");
    const auto claimed = scale_request({offer("a", {{"cpu", 8}})}, by_claims(), "");
    EXPECT_EQ(claimed->resource, "");
    EXPECT_EQ(claimed->why, "gpu.example.com, the accelerator examined, by a claim");
    EXPECT_EQ(claimed->tolerations.size(), 2U);
}

TEST(ScaleRequest, IsNotGuessed) {
    const std::vector<PoolOffer> pools{offer("a", {{"example.com/gpu", 2}}),
                                       offer("b", {{"example.com/tpu", 2}})};
    EXPECT_THAT(scale_request(pools, by_claims(), "").error(),
                HasSubstr("limits of example.com/gpu, example.com/tpu"));
    AcceleratorKind answered = by_claims();
    answered.extended_resource = "example.com/tpu";
    EXPECT_EQ(scale_request(pools, answered, "")->resource, "example.com/tpu");
    EXPECT_THAT(scale_request({}, {}, "").error(), HasSubstr("name it with --scale-resource"));
}

}  // namespace
}  // namespace assay
