// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The probe's images, carried inside the program: one OCI layout tar with three images that share
// a layer, for one platform or for several. Immutable; any thread. Errors are a sentence.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace assay::images {

struct Blob {
    std::string media_type;
    std::string digest;    // "sha256:…"
    std::size_t size = 0;  // bytes, as stored and transferred
};

struct PlatformImage {
    std::string platform;  // "linux/amd64"
    Blob manifest;
    std::vector<Blob> blobs;  // the configuration, then the layers

    // What a node of that platform downloads, in bytes.
    std::size_t compressed_size() const;
};

struct ImageReference {
    std::string variant;  // "core" | "visible" | "legacy"
    std::string name;     // "localhost/assay-probe:0.1.0"
    // What a reference by digest names: the index of several platforms, or the manifest of the one.
    Blob root;
    std::vector<PlatformImage> platforms;  // at least one

    bool is_index() const { return root.digest != platforms.front().manifest.digest; }
};

// The tar, byte for byte; lives as long as the program.
std::span<const std::byte> probe_image_layout();

// As the tar's index.json lists them.
std::vector<ImageReference> probe_images();

// Images, and what they are made of.
struct ImageSet {
    std::vector<ImageReference> images;
    std::span<const std::byte> layout;         // outlives this
    std::map<std::string, std::string> added;  // blobs that are not in the layout, by digest

    // An index, a manifest or one of its blobs, byte for byte; throws if it is none of these.
    std::string blob(const std::string& digest) const;
};

// Of a layout as oci_layout() and joined_layout() write it. One that is broken is thrown at: the
// layout was built with the program.
ImageSet images_in(std::span<const std::byte> layout);

ImageSet carried_images();

// Writes a layout, whole or not at all. Refuses to replace a file that exists.
std::expected<void, std::string> export_layout(std::span<const std::byte> layout,
                                               const std::filesystem::path& target);

}  // namespace assay::images
