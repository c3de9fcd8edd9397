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

}  // namespace
}  // namespace assay
