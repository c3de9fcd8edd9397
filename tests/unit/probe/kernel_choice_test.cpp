// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include "probe/compute/cuda/kernels.h"

namespace assay::probe::compute {
namespace {

const std::vector<Kernels> all{
    {13000, 0, "13", ""}, {12000, 90, "90", ""}, {12000, 86, "86", ""}, {12000, 80, "80", ""}};

std::string chosen(int driver_version, unsigned compute_capability) {
    const auto kernels = kernels_for(all, driver_version, compute_capability);
    return kernels ? static_cast<const char*>(kernels->product) : "none";
}

TEST(KernelChoice, IsTheNewestThatTheDriverTakesAndOfTheGpusMajorArchitecture) {
    EXPECT_EQ(chosen(13000, 90), "13");
    EXPECT_EQ(chosen(13010, 120), "13");
    EXPECT_EQ(chosen(12080, 90), "90");
    EXPECT_EQ(chosen(12000, 89), "86");
    EXPECT_EQ(chosen(12000, 86), "86");
    EXPECT_EQ(chosen(12000, 80), "80");
    EXPECT_EQ(chosen(12080, 75), "none");
    EXPECT_EQ(chosen(12080, 100), "none");
    EXPECT_EQ(chosen(11080, 90), "none");
}

TEST(KernelChoice, OfTheProgramItsOwn) {
    const auto own = embedded_kernels();
    if (own.empty()) {
        GTEST_SKIP() << "built without the toolkits";
    }
    for (const unsigned capability : {75U, 80U, 86U, 87U, 89U, 90U}) {
        const auto kernels = kernels_for(own, 12000, capability);
        ASSERT_TRUE(kernels) << capability;
        // An ELF file: what the driver takes as it is.
        EXPECT_EQ(std::string(static_cast<const char*>(kernels->product), 4),
                  "\x7f"
                  "ELF");
        EXPECT_EQ(std::string(static_cast<const char*>(kernels->memory), 4),
                  "\x7f"
                  "ELF");
        EXPECT_EQ(kernels_for(own, 13000, capability)->architecture, 0U);
        EXPECT_EQ(kernels->wgmma != nullptr, capability == 90) << capability;
    }
}

}  // namespace
}  // namespace assay::probe::compute
