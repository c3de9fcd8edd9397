// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "images/layout.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace assay::images {
namespace {

using Json = nlohmann::json;

ImagePlan small_plan() {
    std::vector<Entry> files = base_files();
    files.push_back({.path = "usr/lib/deep/library.so", .mode = 0755, .content = "library"});
    return {.version = "1.2.3",
            .architecture = "arm64",
            .files = with_directories(std::move(files)),
            .variants = probe_variants("1.2.3")};
}

class Layout : public testing::Test {
protected:
    void SetUp() override {
        const auto built = oci_layout(small_plan());
        ASSERT_TRUE(built) << built.error();
        tar_ = *built;
    }

    std::string read(const std::string& path) const {
        return member(std::as_bytes(std::span(tar_)), path).value_or("");
    }

    // The blob a descriptor names, after its digest and size were held against it.
    std::string blob(const Json& descriptor) const {
        const std::string digest = descriptor.at("digest").get<std::string>();
        const std::string content = read("blobs/sha256/" + digest.substr(digest.find(':') + 1));
        EXPECT_EQ("sha256:" + sha256_hex(content), digest);
        EXPECT_EQ(content.size(), descriptor.at("size").get<std::size_t>());
        return content;
    }

    std::vector<Json> manifests() const {
        return Json::parse(read("index.json")).at("manifests").get<std::vector<Json>>();
    }

    std::string tar_;
};

TEST_F(Layout, IsTheSameBytesTwice) {
    EXPECT_EQ(oci_layout(small_plan()).value_or("failed"), tar_);
}

TEST_F(Layout, ChangesWithWhatItHolds) {
    ImagePlan other = small_plan();
    other.files.back().content = "Library";
    EXPECT_NE(oci_layout(other).value_or("failed"), tar_);
}

TEST_F(Layout, SaysItsVersion) {
    EXPECT_EQ(Json::parse(read("oci-layout")), Json({{"imageLayoutVersion", "1.0.0"}}));
}

TEST_F(Layout, NamesThreeImages) {
    std::vector<std::string> names;
    for (const Json& one : manifests()) {
        EXPECT_EQ(one.at("annotations").at("io.containerd.image.name"),
                  one.at("annotations").at("org.opencontainers.image.ref.name"));
        EXPECT_EQ(one.at("mediaType"), "application/vnd.oci.image.manifest.v1+json");
        names.push_back(one.at("annotations").at("io.containerd.image.name"));
    }
    EXPECT_EQ(names, (std::vector<std::string>{"localhost/assay-probe:1.2.3",
                                               "localhost/assay-probe-visible:1.2.3",
                                               "localhost/assay-probe-legacy:1.2.3"}));
}

TEST_F(Layout, EveryDescriptorFitsItsBlob) {
    ASSERT_EQ(manifests().size(), 3U);
    for (const Json& one : manifests()) {
        const Json manifest = Json::parse(blob(one));
        EXPECT_EQ(manifest.at("schemaVersion"), 2);
        EXPECT_FALSE(blob(manifest.at("config")).empty());
        ASSERT_EQ(manifest.at("layers").size(), 1U);
        EXPECT_FALSE(blob(manifest.at("layers").at(0)).empty());
    }
}

TEST_F(Layout, SharesOneLayerAndDiffersInTheEnvironment) {
    std::vector<std::string> layers;
    std::vector<Json> environments;
    for (const Json& one : manifests()) {
        const Json manifest = Json::parse(blob(one));
        layers.push_back(manifest.at("layers").at(0).at("digest"));
        const Json config = Json::parse(blob(manifest.at("config")));
        EXPECT_EQ(config.at("architecture"), "arm64");
        EXPECT_EQ(config.at("config").at("Entrypoint"), Json::array({"/usr/bin/assay-probe"}));
        EXPECT_EQ(config.at("config").at("User"), "0");
        EXPECT_EQ(config.at("config").at("Labels").at("org.opencontainers.image.version"), "1.2.3");
        environments.push_back(config.at("config").at("Env"));
    }
    EXPECT_EQ(layers, std::vector<std::string>(3, layers.at(0)));
    EXPECT_EQ(environments.at(0), Json::array({"PATH=/usr/bin"}));
    EXPECT_EQ(environments.at(1), Json::array({"PATH=/usr/bin", "NVIDIA_VISIBLE_DEVICES=all"}));
    EXPECT_EQ(environments.at(2), Json::array({"PATH=/usr/bin", "CUDA_VERSION=12.4.1"}));
}

TEST_F(Layout, TheDiffIdIsOfTheUncompressedLayer) {
    const auto layer = tar(small_plan().files);
    ASSERT_TRUE(layer);
    const Json manifest = Json::parse(blob(manifests().at(0)));
    const Json config = Json::parse(blob(manifest.at("config")));
    EXPECT_EQ(config.at("rootfs").at("diff_ids"), Json::array({"sha256:" + sha256_hex(*layer)}));
    EXPECT_EQ(blob(manifest.at("layers").at(0)), gzip(*layer).value_or("failed"));
}

TEST(Directories, ComeOnceAndBeforeWhatIsInThem) {
    std::vector<std::string> paths;
    for (const Entry& entry : with_directories(
             {{.path = "a/b/one", .content = "1"}, {.path = "a/two", .content = "2"}})) {
        paths.push_back(entry.path);
        EXPECT_EQ(entry.directory, entry.content.empty());
    }
    EXPECT_EQ(paths, (std::vector<std::string>{"a", "a/b", "a/b/one", "a/two"}));
}

TEST(BaseFiles, TmpIsForEveryone) {
    for (const Entry& entry : base_files()) {
        if (entry.path == "tmp") {
            EXPECT_EQ(entry.mode, 01777U);
            return;
        }
    }
    FAIL() << "the layer has no /tmp";
}

}  // namespace
}  // namespace assay::images
