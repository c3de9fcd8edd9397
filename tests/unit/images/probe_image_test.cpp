// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "images/probe_image.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <map>
#include <memory>

#include "images/archive.h"

namespace assay::images {
namespace {

Blob layer_descriptor() {
    return probe_images().at(0).platforms.at(0).blobs.at(1);
}

// What the core image's layer holds: path to permissions, sizes left aside.
std::map<std::string, unsigned> layer_files() {
    const std::string layer = carried_images().blob(layer_descriptor().digest);
    const std::unique_ptr<::archive, decltype(&::archive_read_free)> reader(::archive_read_new(),
                                                                            &::archive_read_free);
    ::archive_read_support_filter_gzip(reader.get());
    ::archive_read_support_format_tar(reader.get());
    EXPECT_EQ(::archive_read_open_memory(reader.get(), layer.data(), layer.size()), ARCHIVE_OK);
    std::map<std::string, unsigned> files;
    for (::archive_entry* entry = nullptr;
         ::archive_read_next_header(reader.get(), &entry) == ARCHIVE_OK;) {
        files[::archive_entry_pathname(entry)] = ::archive_entry_perm(entry);
    }
    return files;
}

class Folder {
public:
    Folder() { EXPECT_NE(::mkdtemp(name_.data()), nullptr); }
    ~Folder() { std::filesystem::remove_all(name_); }
    std::filesystem::path path() const { return name_; }

private:
    std::string name_ = "/tmp/assay-images-test-XXXXXX";
};

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ProbeImages, AreCoreVisibleAndLegacy) {
    const std::vector<ImageReference> images = probe_images();
    ASSERT_EQ(images.size(), 3U);
    EXPECT_EQ(images[0].variant, "core");
    EXPECT_EQ(images[1].variant, "visible");
    EXPECT_EQ(images[2].variant, "legacy");
    for (const ImageReference& image : images) {
        EXPECT_TRUE(image.name.starts_with("localhost/assay-probe")) << image.name;
        EXPECT_EQ("sha256:" + sha256_hex(carried_images().blob(image.root.digest)),
                  image.root.digest);
    }
}

TEST(ProbeImages, HoldTheProgramItsLoaderAndItsLibraries) {
    const std::map<std::string, unsigned> files = layer_files();
    EXPECT_EQ(files.at("usr/bin/assay-probe"), 0755U);
    EXPECT_EQ(files.at("tmp/"), 01777U);
    for (const char* library : {"/libc.so.6", "/libm.so.6", "/libdl.so.2", "/libpthread.so.0",
                                "/librt.so.1", "/libstdc++.so.6", "/libgcc_s.so.1", "/LICENSE"}) {
        EXPECT_TRUE(std::any_of(files.begin(), files.end(), [&](const auto& file) {
            return file.first.ends_with(library);
        })) << library;
    }
    EXPECT_TRUE(files.contains("lib64/ld-linux-x86-64.so.2") ||
                files.contains("lib/ld-linux-aarch64.so.1"));
}

TEST(ProbeImages, StayUnderTenMegabytesCompressed) {
    EXPECT_LT(layer_descriptor().size, 10'000'000U);
}

TEST(ExportLayout, WritesTheTarByteForByte) {
    const Folder folder;
    const std::filesystem::path target = folder.path() / "image.tar";
    const auto written = export_layout(probe_image_layout(), target);
    ASSERT_TRUE(written) << written.error();
    const std::span<const std::byte> layout = probe_image_layout();
    EXPECT_EQ(content_of(target),
              std::string(reinterpret_cast<const char*>(layout.data()), layout.size()));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(ExportLayout, ReplacesNothing) {
    const Folder folder;
    const std::filesystem::path target = folder.path() / "image.tar";
    std::ofstream(target) << "mine";
    const auto written = export_layout(probe_image_layout(), target);
    ASSERT_FALSE(written);
    EXPECT_NE(written.error().find("exists and is not replaced"), std::string::npos)
        << written.error();
    EXPECT_EQ(content_of(target), "mine");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(ExportLayout, SaysWhyItCannotWrite) {
    const auto written = export_layout(probe_image_layout(), "/nowhere/at/all/image.tar");
    ASSERT_FALSE(written);
    EXPECT_NE(written.error().find("No such file or directory"), std::string::npos)
        << written.error();
}

}  // namespace
}  // namespace assay::images
