// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "images/nccl_image.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "images/archive.h"
#include "images/push.h"
#include "tests/unit/images/fake_registry.h"
#include "tests/unit/images/two_platforms.h"

namespace assay::images {
namespace {

using nlohmann::json;
using testing::HasSubstr;
namespace fs = std::filesystem;

class NcclImage : public testing::Test {
protected:
    NcclImage() {
        std::string name = fs::temp_directory_path() / "assay-nccl-XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~NcclImage() override { fs::remove_all(folder_); }

    fs::path file(const std::string& content) const {
        const fs::path path = folder_ / "libnccl.so.2.30.7";
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }
    static std::string library(char machine) {
        std::string content =
            "\x7f"
            "ELF" +
            std::string(60, '\0') + "all-reduce";
        content[18] = machine;
        return content;
    }
    static std::string for_this_image() {
        const bool arm = probe_images().front().platforms.front().platform == "linux/arm64";
        return library(static_cast<char>(arm ? 183 : 62));
    }
    static std::string refusal(const fs::path& library) {
        ImageSet images = carried_images();
        const auto added = add_nccl(images, library);
        EXPECT_EQ(images.images.size(), 3U);
        return added ? "added" : added.error();
    }

    fs::path folder_;
};

TEST_F(NcclImage, IsTheCoreImageAndALayerWithTheLibrary) {
    ImageSet images = carried_images();
    const auto added = add_nccl(images, file(for_this_image()));
    ASSERT_TRUE(added) << added.error();
    ASSERT_EQ(images.images.size(), 4U);
    const ImageReference& core = images.images.front();
    const ImageReference& nccl = images.images.back();
    EXPECT_EQ(nccl.variant, "nccl");
    EXPECT_THAT(nccl.name, HasSubstr("localhost/assay-probe-nccl:"));
    const PlatformImage& made = nccl.platforms.at(0);
    EXPECT_EQ(nccl.root.digest, made.manifest.digest);
    const json manifest = json::parse(images.blob(nccl.root.digest));
    ASSERT_EQ(manifest.at("layers").size(), 2U);
    EXPECT_EQ(manifest.at("layers").at(0).at("digest"), core.platforms.at(0).blobs.at(1).digest);
    const json configuration = json::parse(images.blob(made.blobs.front().digest));
    EXPECT_EQ(manifest.at("config").at("digest"), made.blobs.front().digest);
    EXPECT_EQ(configuration.at("rootfs").at("diff_ids").size(), 2U);
    EXPECT_EQ(configuration.at("config").at("Env").back(), "LD_LIBRARY_PATH=/usr/lib/nccl");
    EXPECT_EQ(configuration.at("config").at("Entrypoint"),
              json::parse(images.blob(core.platforms.at(0).blobs.front().digest))
                  .at("config")
                  .at("Entrypoint"));
    for (const auto& [digest, content] : images.added) {
        EXPECT_EQ(digest, "sha256:" + sha256_hex(content));
    }
}

TEST_F(NcclImage, IsTheSameForTheSameLibraryAndAnotherForAnother) {
    const auto digest_of = [&](const std::string& content) {
        ImageSet images = carried_images();
        EXPECT_TRUE(add_nccl(images, file(content)));
        return images.images.back().root.digest;
    };
    EXPECT_EQ(digest_of(for_this_image()), digest_of(for_this_image()));
    EXPECT_NE(digest_of(for_this_image()), digest_of(for_this_image() + "."));
}

TEST_F(NcclImage, GoesIntoALayoutWithTheOthers) {
    ImageSet images = carried_images();
    ASSERT_TRUE(add_nccl(images, file(for_this_image())));
    const auto layout = layout_of(images);
    ASSERT_TRUE(layout) << layout.error();
    const auto bytes = std::as_bytes(std::span(*layout));
    const json index = json::parse(member(bytes, "index.json").value());
    ASSERT_EQ(index.at("manifests").size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        const json& listed = index.at("manifests").at(i);
        EXPECT_EQ(listed.at("digest"), images.images.at(i).root.digest);
        EXPECT_EQ(listed.at("annotations").at("io.containerd.image.name"),
                  images.images.at(i).name);
        for (const Blob& blob : images.images.at(i).platforms.at(0).blobs) {
            EXPECT_EQ(member(bytes, "blobs/sha256/" + blob.digest.substr(7)).value().size(),
                      blob.size);
        }
    }
}

TEST_F(NcclImage, IsForThePlatformOfTheLibraryWhereSeveralAreCarried) {
    const std::string layout = two_platforms();
    for (const auto& [machine, at] : {std::pair(62, 0U), std::pair(183, 1U)}) {
        ImageSet images = images_in(std::as_bytes(std::span(layout)));
        ASSERT_TRUE(add_nccl(images, file(library(static_cast<char>(machine)))));
        const ImageReference& nccl = images.images.back();
        ASSERT_EQ(nccl.platforms.size(), 1U);
        const PlatformImage& core = images.images.front().platforms.at(at);
        EXPECT_EQ(nccl.platforms[0].platform, core.platform);
        EXPECT_EQ(nccl.platforms[0].blobs.at(1).digest, core.blobs.at(1).digest);
        const std::string with_nccl = layout_of(images).value();
        const ImageSet read = images_in(std::as_bytes(std::span(with_nccl)));
        ASSERT_EQ(read.images.size(), 4U);
        EXPECT_TRUE(read.images[0].is_index());
        EXPECT_EQ(read.images[3].platforms[0].platform, core.platform);
        EXPECT_EQ(read.images[3].root.digest, nccl.root.digest);
        EXPECT_EQ(read.blob(core.blobs.at(1).digest), images.blob(core.blobs.at(1).digest));
    }
    ImageSet images = images_in(std::as_bytes(std::span(layout)));
    EXPECT_THAT(add_nccl(images, file(library(40))).error(),
                HasSubstr("is not for linux/amd64 or linux/arm64"));
}

TEST_F(NcclImage, GoesToARegistryWithItsTag) {
    ImageSet images = carried_images();
    ASSERT_TRUE(add_nccl(images, file(for_this_image())));
    FakeRegistry fake;
    Registry registry(registry_target("reg.test/r/p").value(), {}, fake.connect(),
                      kube::Limit::of(std::chrono::seconds(30)));
    const auto pushed = push_images(registry, images, "0.1.0", [](const auto&, auto, auto) {});
    ASSERT_TRUE(pushed) << pushed.error();
    EXPECT_EQ(pushed->images.back().tag, "0.1.0-nccl");
    EXPECT_EQ(pushed->images.back().digest, images.images.back().root.digest);
    EXPECT_EQ(pushed->blobs_uploaded, 6U) << "four configurations and two layers";
}

TEST_F(NcclImage, TakesOnlyALibraryForItsMachine) {
    EXPECT_THAT(refusal(folder_ / "missing"), HasSubstr("cannot be read"));
    EXPECT_THAT(refusal(file("")), HasSubstr("is no shared library"));
    EXPECT_THAT(refusal(file("PK a wheel, which is a zip archive, and no library")),
                HasSubstr("out of the wheel"));
    EXPECT_THAT(refusal(file(library(40))), HasSubstr("is not for linux/"));
}

}  // namespace
}  // namespace assay::images
