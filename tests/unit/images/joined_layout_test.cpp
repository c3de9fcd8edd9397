// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "images/probe_image.h"
#include "tests/unit/images/two_platforms.h"

namespace assay::images {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

std::span<const std::byte> bytes_of(const std::string& tar) {
    return std::as_bytes(std::span(tar));
}

// The blob a descriptor names, after its digest and size were held against it.
std::string blob(const std::string& tar, const Json& descriptor) {
    const std::string digest = descriptor.at("digest").get<std::string>();
    const std::string content = member(bytes_of(tar), "blobs/sha256/" + digest.substr(7)).value();
    EXPECT_EQ("sha256:" + sha256_hex(content), digest);
    EXPECT_EQ(content.size(), descriptor.at("size").get<std::size_t>());
    return content;
}

TEST(JoinedLayout, OfOneLayoutIsThatLayoutByteForByte) {
    const std::string one = layout_for("amd64", "x86");
    EXPECT_EQ(joined_layout({one}).value(), one);
}

TEST(JoinedLayout, ListsEachImageAsAnIndexOfItsPlatforms) {
    const std::string tar = two_platforms();
    const Json index = Json::parse(member(bytes_of(tar), "index.json").value());
    const std::string alone = layout_for("arm64", "ARM");
    const Json of_arm = Json::parse(member(bytes_of(alone), "index.json").value());
    ASSERT_EQ(index.at("manifests").size(), 3U);
    for (std::size_t at = 0; at < 3; ++at) {
        const Json& listed = index.at("manifests").at(at);
        EXPECT_EQ(listed.at("mediaType"), index_type);
        EXPECT_EQ(listed.at("annotations"), of_arm.at("manifests").at(at).at("annotations"));
        const Json platforms = Json::parse(blob(tar, listed));
        EXPECT_EQ(platforms.at("mediaType"), index_type);
        EXPECT_EQ(platforms.at("schemaVersion"), 2);
        std::vector<std::string> architectures;
        for (const Json& one : platforms.at("manifests")) {
            const Json manifest = Json::parse(blob(tar, one));
            const Json config = Json::parse(blob(tar, manifest.at("config")));
            EXPECT_EQ(config.at("architecture"), one.at("platform").at("architecture"));
            EXPECT_FALSE(blob(tar, manifest.at("layers").at(0)).empty());
            architectures.push_back(config.at("architecture"));
        }
        EXPECT_THAT(architectures, ElementsAre("amd64", "arm64"));
        EXPECT_EQ(platforms.at("manifests").at(1).at("digest"),
                  of_arm.at("manifests").at(at).at("digest"))
            << "the manifest is the one of that platform alone";
    }
}

TEST(JoinedLayout, DoesNotDependOnTheOrderOfItsParts) {
    EXPECT_EQ(two_platforms(),
              joined_layout({layout_for("amd64", "x86"), layout_for("arm64", "ARM")}).value());
}

TEST(JoinedLayout, HasWhatSeveralShareOnce) {
    const std::string same = joined_layout({layout_for("amd64", "x"), layout_for("arm64", "x")})
                                 .value();  // so one layer for both
    const ImageSet images = images_in(bytes_of(same));
    EXPECT_EQ(images.images[0].platforms[0].blobs[1].digest,
              images.images[2].platforms[1].blobs[1].digest);
    const std::string& digest = images.images[0].platforms[0].blobs[1].digest;
    std::size_t count = 0;
    for (std::size_t at = 0;
         (at = same.find("blobs/sha256/" + digest.substr(7), at)) != std::string::npos; ++at) {
        ++count;
    }
    EXPECT_EQ(count, 1U);
}

TEST(JoinedLayout, RefusesWhatIsNotTheSameImagesForOtherPlatforms) {
    const std::string one = layout_for("amd64", "x86");
    EXPECT_EQ(joined_layout({one, layout_for("amd64", "other")}).error(),
              "two of the layouts are for amd64");
    const std::string newer = oci_layout({.version = "2",
                                          .architecture = "arm64",
                                          .files = base_files(),
                                          .variants = probe_variants("2")})
                                  .value();
    EXPECT_THAT(joined_layout({one, newer}).error(), HasSubstr("do not have the same images"));
    EXPECT_THAT(joined_layout({one, "no tar"}).error(), HasSubstr("no layout of one platform's"));
    EXPECT_THAT(joined_layout({one, two_platforms()}).error(),
                HasSubstr("no layout of one platform's"));
}

TEST(JoinedLayout, RefusesABlobThatIsNotWhatItsNameSays) {
    std::string broken = layout_for("arm64", "ARM");
    const std::size_t at = broken.find("\"architecture\":\"arm64\",\"os\":\"linux\",\"config\"");
    ASSERT_NE(at, std::string::npos);
    broken[at + 1] = 'A';
    EXPECT_THAT(joined_layout({layout_for("amd64", "x86"), broken}).error(),
                HasSubstr("has another content"));
}

TEST(ImagesIn, TellsAnIndexAndItsPlatforms) {
    const std::string tar = two_platforms();
    const ImageSet images = images_in(bytes_of(tar));
    ASSERT_EQ(images.images.size(), 3U);
    for (const ImageReference& image : images.images) {
        EXPECT_TRUE(image.is_index());
        EXPECT_EQ("sha256:" + sha256_hex(images.blob(image.root.digest)), image.root.digest);
        ASSERT_EQ(image.platforms.size(), 2U);
        EXPECT_EQ(image.platforms[0].platform, "linux/amd64");
        EXPECT_EQ(image.platforms[1].platform, "linux/arm64");
        EXPECT_GT(image.platforms[1].compressed_size(), image.platforms[1].blobs[1].size);
    }
}

TEST(ImagesIn, IsTheManifestItselfWhereThereIsOnePlatform) {
    const std::string tar = layout_for("arm64", "ARM");
    const ImageReference core = images_in(bytes_of(tar)).images.at(0);
    EXPECT_FALSE(core.is_index());
    EXPECT_EQ(core.root.digest, core.platforms.at(0).manifest.digest);
}

}  // namespace
}  // namespace assay::images
