// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/run_choice.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

AcceleratorKind kind(const std::string& name, const Adapter* adapter) {
    AcceleratorKind result;
    result.name = name;
    result.adapter = adapter;
    return result;
}

TEST(ChosenKind, WhatIsNamedInAClusterWithoutAcceleratorsIsMissingAndNoMistake) {
    const auto chosen = chosen_kind(Inventory{}, "gpu.nvidia.com");
    ASSERT_TRUE(chosen) << chosen.error();
    EXPECT_EQ(*chosen, nullptr);
}

TEST(ChosenKind, AnAdaptersNameMeansItsOnlyKind) {
    Adapter adapter;
    adapter.name = "nvidia";
    Inventory inventory;
    inventory.kinds = {kind("gpu.example.com", nullptr), kind("gpu.nvidia.com", &adapter)};
    EXPECT_EQ(*chosen_kind(inventory, "nvidia"), &inventory.kinds[1]);
}

TEST(ChosenKind, ANameThatMeansSeveralKindsIsRefusedWithTheChoice) {
    Adapter adapter;
    adapter.name = "nvidia";
    Inventory inventory;
    inventory.kinds = {kind("gpu.nvidia.com", &adapter), kind("nvidia.com/gpu", &adapter)};
    const auto chosen = chosen_kind(inventory, "nvidia");
    ASSERT_FALSE(chosen);
    EXPECT_NE(chosen.error().find("--accelerator gpu.nvidia.com or --accelerator nvidia.com/gpu"),
              std::string::npos)
        << chosen.error();
    EXPECT_EQ(*chosen_kind(inventory, "nvidia.com/gpu"), &inventory.kinds[1]);
    EXPECT_FALSE(chosen_kind(inventory, "amd"));
}

Profile profile_of(const std::vector<std::string>& ids) {
    Profile profile;
    profile.id = "own";
    for (const std::string& id : ids) {
        profile.requirements.push_back({.id = id, .category = "c", .kar = {}});
    }
    return profile;
}

using Ids = std::vector<std::string>;

TEST(SelectedRequirements, GlobsChooseAndLeaveOut) {
    const Profile profile = profile_of({"pod_autoscaling", "cluster_autoscaling", "gang"});
    EXPECT_EQ(*selected_requirements(profile, {}, {}),
              (Ids{"pod_autoscaling", "cluster_autoscaling", "gang"}));
    EXPECT_EQ(*selected_requirements(profile, {"*_autoscaling"}, {}),
              (Ids{"pod_autoscaling", "cluster_autoscaling"}));
    EXPECT_EQ(*selected_requirements(profile, {"p?d_*", "gang"}, {}),
              (Ids{"pod_autoscaling", "gang"}));
    EXPECT_EQ(*selected_requirements(profile, {}, {"*_autoscaling"}), (Ids{"gang"}));
    EXPECT_EQ(*selected_requirements(profile, {"*"}, {"*"}), Ids{});
}

TEST(SelectedRequirements, APatternThatMatchesNothingIsRefusedWithWhatThereIs) {
    const Profile profile = profile_of({"pod_autoscaling", "gang"});
    for (const char* pattern : {"gangs", "x*", "gan?_", ""}) {
        for (const auto& [select, skip] :
             {std::pair(Ids{pattern}, Ids{}), std::pair(Ids{"gang"}, Ids{pattern})}) {
            const auto selected = selected_requirements(profile, select, skip);
            ASSERT_FALSE(selected) << pattern;
            EXPECT_EQ(selected.error(), std::string("no requirement '") + pattern +
                                            "' in profile own; it has pod_autoscaling, gang; "
                                            "'assay list' says what they ask");
        }
    }
}

}  // namespace
}  // namespace assay
