// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/product_file.h"

#include <gtest/gtest.h>

namespace assay::cli {
namespace {

constexpr const char* sample = R"(apiVersion: assay/v1alpha1
kind: Product
directory: turbo-encabulator
owner: the base
metadata: {platformName: Turbo Encabulator, platformVersion: "1.7"}
requirements:
  gang_scheduling: {owner: the top, status: Implemented, evidence: ["https://x"], notes: n}
)";

TEST(ProductFile, HoldsWhatTheVendorSays) {
    const auto product = parse_product(sample, "product.yaml");
    ASSERT_TRUE(product) << product.error();
    EXPECT_EQ(product->directory, "turbo-encabulator");
    EXPECT_EQ(product->owner, "the base");
    ASSERT_EQ(product->metadata.size(), 2u);
    const auto& gangs = product->requirements.at("gang_scheduling");
    EXPECT_EQ(gangs.owner, "the top");
    EXPECT_EQ(gangs.status, "Implemented");
    EXPECT_EQ(gangs.evidence, std::vector<std::string>{"https://x"});
    EXPECT_EQ(gangs.notes, "n");
}

TEST(ProductFile, RefusesWhatItDoesNotKnow) {
    for (const auto& [what, by] : {std::pair<std::string, std::string>{"turbo-encabulator", "a/b"},
                                   {"turbo-encabulator", "\"..\""},
                                   {"directory: turbo-encabulator", "x: y"},
                                   {"platformName", "platformname"},
                                   {"\"1.7\"", "1.7"},
                                   {"status: Implemented", "status: Done"},
                                   {"notes: n", "note: n"},
                                   {"kind: Product", "kind: Produce"}}) {
        std::string yaml = sample;
        yaml.replace(yaml.find(what), what.size(), by);
        EXPECT_FALSE(parse_product(yaml, "product.yaml")) << by;
    }
}

}  // namespace
}  // namespace assay::cli
