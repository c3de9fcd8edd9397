// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>

#include "engine/inventory.h"

namespace assay {
namespace {

using testing::HasSubstr;

// The words for two nodes with one accelerator each, of amd64 and of arm64.
ArchitectureGap gap_for(const std::vector<std::string>& of_the_image) {
    Inventory inventory;
    AcceleratorKind kind;
    kind.name = "gpu.vendor.test";
    for (const std::string architecture : {"amd64", "arm64"}) {
        Node node;
        node.name = "node-" + architecture;
        node.architecture = architecture;
        inventory.nodes.push_back(node);
        PublishedDevice device;
        device.node = node.name;
        kind.devices.push_back(device);
    }
    return architecture_gap(inventory, kind, of_the_image);
}

TEST(ArchitectureGap, IsNoneWhereTheImageIsForAllNodesOrForNobodyKnows) {
    EXPECT_EQ(gap_for({"amd64", "arm64"}).words, "");
    EXPECT_EQ(gap_for({}).words, "");
}

TEST(ArchitectureGap, NamesTheNodesThatNoneOfTheImagesArchitecturesIsFor) {
    const ArchitectureGap one = gap_for({"arm64", "s390x"});
    EXPECT_THAT(one.words,
                HasSubstr("1 of 2 nodes with gpu.vendor.test are not examined: the probe "
                          "image is for arm64 and s390x, and node-amd64 (amd64) is not"));
    EXPECT_FALSE(one.none_left);
    EXPECT_TRUE(gap_for({"s390x", "riscv64"}).none_left);
}

}  // namespace
}  // namespace assay
