// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/accelerator_numbers.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

Opened node(const std::string& number, const std::string& path) {
    return {.number = number, .path = path, .by = "node", .error = ""};
}

// A vendor whose numbers are given out at boot.
Adapter by_path_only() {
    Adapter adapter;
    adapter.device_nodes = {{.path = "/dev/acc[0-9]+", .number = "", .accelerator = true},
                            {.path = "/dev/accctl", .number = "", .accelerator = false}};
    return adapter;
}

// A vendor with fixed numbers.
Adapter by_number() {
    Adapter adapter;
    adapter.device_nodes = {
        {.path = "/dev/acc[0-9]+", .number = "c:195:(?!255$)[0-9]+", .accelerator = true},
        {.path = "/dev/accctl", .number = "c:195:255", .accelerator = false}};
    return adapter;
}

TEST(AcceleratorNumbers, APathOfTheAdapterIsEnough) {
    const Adapter adapter = by_path_only();
    const AcceleratorNumbers numbers;
    EXPECT_TRUE(numbers.is_accelerator(&adapter, "c:240:0", "/dev/acc0"));
    EXPECT_FALSE(numbers.is_accelerator(&adapter, "c:240:0", "/dev/other"));
    EXPECT_FALSE(numbers.is_accelerator(&adapter, "c:240:9", "/dev/accctl"));
}

TEST(AcceleratorNumbers, AFixedNumberIsFoundBehindAnyPath) {
    const Adapter adapter = by_number();
    const AcceleratorNumbers numbers;
    EXPECT_TRUE(numbers.is_accelerator(&adapter, "c:195:3", "/dev/harmless"));
    EXPECT_TRUE(numbers.is_accelerator(&adapter, "c:195:3", "/dev/accctl"));
    EXPECT_FALSE(numbers.is_accelerator(&adapter, "c:195:255", "/dev/accctl"));
    EXPECT_FALSE(numbers.is_accelerator(&adapter, "c:196:3", "/dev/harmless"));
}

TEST(AcceleratorNumbers, TheMajorOfAnOwnersAcceleratorTellsTheOthersApartFromControlNodes) {
    const Adapter adapter = by_path_only();
    AcceleratorNumbers numbers;
    numbers.learn(&adapter, {node("c:240:0", "/dev/acc0"), node("c:240:9", "/dev/accctl"),
                             node("c:241:0", "/dev/unrelated")});
    EXPECT_TRUE(numbers.is_accelerator(&adapter, "c:240:3", "/dev/harmless"));
    EXPECT_TRUE(numbers.is_accelerator(&adapter, "c:240:3", "/dev/accctl"));
    EXPECT_FALSE(numbers.is_accelerator(&adapter, "c:240:9", "/dev/accctl"));
    EXPECT_FALSE(numbers.is_accelerator(&adapter, "c:241:1", "/dev/unrelated"));
    EXPECT_FALSE(numbers.is_accelerator(&adapter, "b:240:3", "/dev/disk"));
}

TEST(AcceleratorNumbers, AnAcceleratorsNumberBehindAControlPathIsNotLearnedAsControl) {
    const Adapter adapter = by_number();
    AcceleratorNumbers numbers;
    numbers.learn(&adapter, {node("c:195:0", "/dev/acc0"), node("c:195:3", "/dev/accctl")});
    EXPECT_TRUE(numbers.is_accelerator(&adapter, "c:195:3", "/dev/accctl"));
}

TEST(AcceleratorNumbers, OfAnUnknownVendorEveryNodeCounts) {
    AcceleratorNumbers numbers;
    numbers.learn(nullptr, {node("c:240:0", "/dev/x0")});
    EXPECT_TRUE(numbers.is_accelerator(nullptr, "c:250:0", "/dev/y"));
}

}  // namespace
}  // namespace assay
