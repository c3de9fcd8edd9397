// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/probe_choice.h"

#include <gtest/gtest.h>

#include "images/probe_image.h"
#include "tests/unit/images/two_platforms.h"

namespace assay::cli {
namespace {

TEST(ProbeChoice, IsTheRepositoryOfTheReleaseByDigestUnlessTheUserSaysOtherwise) {
    const auto carried = images::probe_images();
    const auto own = chosen_images("", "registry.example/tools/assay-probe", carried).value();
    ASSERT_EQ(own.size(), carried.size());
    for (const auto& image : carried) {
        EXPECT_EQ(own.at(image.variant), "registry.example/tools/assay-probe@" + image.root.digest);
        EXPECT_EQ(architectures_of(own.at(image.variant), carried).size(), 1U);
    }
    const std::string theirs = "mirror.example/probe@" + carried.front().root.digest;
    EXPECT_EQ(
        chosen_images(theirs, "registry.example/tools/assay-probe", carried).value().at("core"),
        theirs);
}

TEST(ProbeChoice, IsWhatNodesHaveLoadedWhereNoRepositoryIsStated) {
    const auto carried = images::probe_images();
    for (const auto& image : carried) {
        EXPECT_EQ(chosen_images("", "", carried).value().at(image.variant), image.name);
    }
}

TEST(ProbeChoice, IsNeverByTagAlone) {
    EXPECT_FALSE(
        chosen_images("registry.example/probe:v1", "", images::probe_images()).has_value());
}

TEST(ProbeChoice, AnIndexIsForAllOfItsArchitecturesAndAManifestOfItForItsOwn) {
    const std::string layout = images::two_platforms();
    const auto carried = images::images_in(std::as_bytes(std::span(layout))).images;
    const std::string whole = "r.example/p@" + carried[0].root.digest;
    const std::vector<std::string> both = {"amd64", "arm64"};
    EXPECT_EQ(architectures_of(whole, carried), both);
    EXPECT_EQ(architectures_of(carried[0].name, carried), both);
    EXPECT_EQ(chosen_images(whole, "", carried).value().at("visible"),
              "r.example/p@" + carried[1].root.digest);
    const std::string of_arm = "r.example/p:v1@" + carried[0].platforms[1].manifest.digest;
    EXPECT_EQ(architectures_of(of_arm, carried), std::vector<std::string>{"arm64"});
    const auto chosen = chosen_images(of_arm, "", carried).value();
    EXPECT_EQ(chosen.at("core"), of_arm);
    EXPECT_EQ(chosen.at("legacy"), "r.example/p@" + carried[2].platforms[1].manifest.digest);
    EXPECT_TRUE(architectures_of("r.example/p@sha256:00", carried).empty());
    EXPECT_EQ(chosen_images("r.example/p@sha256:00", "", carried).value().size(), 1U);
}

}  // namespace
}  // namespace assay::cli
