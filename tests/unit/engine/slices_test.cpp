// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/slices.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

using kube::Json;

Slices two_devices() {
    Slices slices;
    for (const char* name : {"gpu-0", "gpu-1"}) {
        SliceDevice& device = slices.devices.emplace_back();
        device.driver = "gpu.example.com";
        device.pool = "node-0";
        device.name = name;
    }
    return slices;
}

Json rule(Json selector, const char* effect = "NoSchedule") {
    Json object;
    object["spec"]["taint"] = {{"key", "a"}, {"value", "b"}, {"effect", effect}};
    object["spec"]["deviceSelector"] = std::move(selector);
    return object;
}

// How many taints each device has under that rule.
std::vector<std::size_t> taints_under(const Json& one) {
    Slices slices = two_devices();
    add_rules(slices, {one});
    return {slices.devices[0].taints.size(), slices.devices[1].taints.size()};
}

using Counts = std::vector<std::size_t>;

TEST(TaintRules, TaintTheDevicesThatMeetEveryCriterion) {
    Slices slices = two_devices();
    add_rules(slices, {rule({{"driver", "gpu.example.com"}, {"device", "gpu-1"}})});
    EXPECT_TRUE(slices.devices[0].taints.empty());
    EXPECT_EQ(slices.devices[1].taints, std::vector<std::string>{"a=b:NoSchedule"});
    EXPECT_EQ(taints_under(rule({{"pool", "node-1"}, {"device", "gpu-1"}})), (Counts{0, 0}));
}

TEST(TaintRules, TaintAllWithAnEmptySelectorAndNoneWithoutOne) {
    EXPECT_EQ(taints_under(rule(Json::object())), (Counts{1, 1}));
    EXPECT_EQ(taints_under(rule(nullptr)), (Counts{0, 0}));
}

TEST(TaintRules, AreLeftOutWhereTheySelectByWhatIsNotEvaluated) {
    EXPECT_EQ(taints_under(rule({{"selectors", Json::array()}})), (Counts{0, 0}));
    EXPECT_EQ(taints_under(rule({{"deviceClassName", "gpu"}})), (Counts{0, 0}));
}

TEST(TaintRules, ThatOnlyInformKeepNobodyAway) {
    EXPECT_EQ(taints_under(rule(Json::object(), "None")), (Counts{0, 0}));
}

}  // namespace
}  // namespace assay
