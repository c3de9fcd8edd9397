// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/probe_choice.h"

#include <gtest/gtest.h>

#include "images/probe_image.h"

namespace assay::cli {
namespace {

TEST(ProbeChoice, IsTheRepositoryOfTheReleaseByDigestUnlessTheUserSaysOtherwise) {
    const auto carried = images::probe_images();
    const auto own = chosen_images("", "registry.example/tools/assay-probe").value();
    ASSERT_EQ(own.size(), carried.size());
    for (const auto& image : carried) {
        EXPECT_EQ(own.at(image.variant),
                  "registry.example/tools/assay-probe@" + image.manifest_digest);
        EXPECT_NE(architecture_of(own.at(image.variant)), "");
    }
    const std::string theirs = "mirror.example/probe@" + carried.front().manifest_digest;
    EXPECT_EQ(chosen_images(theirs, "registry.example/tools/assay-probe").value().at("core"),
              theirs);
}

TEST(ProbeChoice, IsWhatNodesHaveLoadedWhereNoRepositoryIsStated) {
    for (const auto& image : images::probe_images()) {
        EXPECT_EQ(chosen_images("", "").value().at(image.variant), image.name);
    }
}

TEST(ProbeChoice, IsNeverByTagAlone) {
    EXPECT_FALSE(chosen_images("registry.example/probe:v1", "").has_value());
}

}  // namespace
}  // namespace assay::cli
