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

TEST(AskForAccelerators, WhoHoldsOneOrBringsOneDoes) {
    Check holds{};
    holds.needs.accelerators = 1;
    Check brings{};
    brings.needs.new_accelerator = true;
    Check serves{};
    serves.needs.component = "gateway";
    EXPECT_FALSE(ask_for_accelerators({}));
    EXPECT_FALSE(ask_for_accelerators({&serves}));
    EXPECT_TRUE(ask_for_accelerators({&serves, &holds}));
    EXPECT_TRUE(ask_for_accelerators({&brings, &serves}));
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

AcceleratorKind of_plugin(const std::string& resource, const Adapter* adapter) {
    AcceleratorKind result = kind(resource, adapter);
    result.resource = resource;
    return result;
}

class KindFor : public testing::Test {
protected:
    KindFor() {
        check_.id = "about_claims";
        check_.needs.claims = true;
        inventory_.kinds = {of_plugin("nvidia.com/gpu", &adapter_),
                            kind("gpu.example.com", nullptr)};
    }
    const AcceleratorKind* asked(std::size_t chosen) {
        return kind_for(check_, inventory_, &inventory_.kinds[chosen]);
    }
    std::vector<std::string> told(std::size_t chosen) {
        return asked_of_others({&check_}, inventory_, &inventory_.kinds[chosen]);
    }

    Adapter adapter_;
    Check check_;
    Inventory inventory_;
};

TEST_F(KindFor, AClaimIsMadeOnTheOnlyDriverWhereAPluginHandsOutWhatWasChosen) {
    EXPECT_EQ(asked(0), &inventory_.kinds[1]);
    ASSERT_EQ(told(0).size(), 1U);
    EXPECT_EQ(told(0).front(),
              "about_claims is asked of gpu.example.com: a device plugin hands out nvidia.com/gpu, "
              "and nobody can claim that");
    EXPECT_EQ(asked(1), &inventory_.kinds[1]);
    EXPECT_TRUE(told(1).empty());
}

TEST_F(KindFor, ACheckThatDoesNotNeedClaimsIsAskedOfWhatWasChosen) {
    check_.needs.claims = false;
    EXPECT_EQ(asked(0), &inventory_.kinds[0]);
    EXPECT_EQ(kind_for(check_, inventory_, nullptr), nullptr);
}

TEST_F(KindFor, OfSeveralDriversTheChosenAdaptersIsTaken) {
    inventory_.kinds.push_back(kind("gpu.nvidia.com", &adapter_));
    EXPECT_EQ(asked(0), &inventory_.kinds[2]);
}

TEST_F(KindFor, OfSeveralDriversThatSayNothingOfTheChosenOneNoneIsGuessed) {
    inventory_.kinds.push_back(kind("gpu.other.com", nullptr));
    EXPECT_EQ(asked(0), &inventory_.kinds[0]);
    EXPECT_TRUE(told(0).empty());
}

}  // namespace
}  // namespace assay
