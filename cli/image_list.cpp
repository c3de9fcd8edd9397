// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/image_list.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace assay::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr double bytes_per_mb = 1e6;

std::string text_of(const images::PlatformImage& image, bool in_an_index) {
    std::string text =
        fmt::format("  {}, {:.1f} MB to download\n  manifest {}{}\n", image.platform,
                    static_cast<double>(image.compressed_size()) / bytes_per_mb,
                    image.manifest.media_type, in_an_index ? " " + image.manifest.digest : "");
    for (const images::Blob& blob : image.blobs) {
        text += fmt::format("  {} {} ({} bytes)\n", blob.media_type, blob.digest, blob.size);
    }
    return text;
}

Json json_of(const images::Blob& blob) {
    return {{"mediaType", blob.media_type}, {"digest", blob.digest}, {"size", blob.size}};
}

Json json_of(const images::PlatformImage& image) {
    Json blobs = Json::array();
    for (const images::Blob& blob : image.blobs) {
        blobs.push_back(json_of(blob));
    }
    return {{"platform", image.platform},
            {"compressedSize", image.compressed_size()},
            {"manifest", json_of(image.manifest)},
            {"blobs", blobs}};
}

}  // namespace

std::string image_list_text(const std::vector<images::ImageReference>& images) {
    std::string text;
    for (const images::ImageReference& image : images) {
        text += fmt::format("{}  {}@{}\n", image.variant, image.name, image.root.digest);
        if (image.is_index()) {
            text += fmt::format("  index {}\n", image.root.media_type);
        }
        for (const images::PlatformImage& one : image.platforms) {
            text += text_of(one, image.is_index());
        }
    }
    return text;
}

std::string image_list_json(const std::vector<images::ImageReference>& images) {
    Json list = Json::array();
    for (const images::ImageReference& image : images) {
        Json platforms = Json::array();
        for (const images::PlatformImage& one : image.platforms) {
            platforms.push_back(json_of(one));
        }
        list.push_back({{"variant", image.variant},
                        {"name", image.name},
                        {"manifest", json_of(image.root)},
                        {"platforms", platforms}});
    }
    return list.dump(2) + "\n";
}

}  // namespace assay::cli
