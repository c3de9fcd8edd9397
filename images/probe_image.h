// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The probe's images, carried inside the program: one OCI layout tar with three images that share
// a layer. Immutable; any thread. Errors are a sentence.
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

struct ImageReference {
    std::string variant;          // "core" | "visible" | "legacy"
    std::string name;             // "localhost/assay-probe:0.1.0"
    std::string manifest_digest;  // "sha256:…"
    std::string platform;         // "linux/amd64"
    Blob manifest;
    std::vector<Blob> blobs;  // the configuration, then the layers

    // What a node downloads for it.
    std::size_t compressed_size() const;
};

// Of an image this program carries: its manifest or one of its blobs, byte for byte.
std::string probe_image_blob(const std::string& digest);

// The tar, byte for byte; lives as long as the program.
std::span<const std::byte> probe_image_layout();

// As the tar's index.json lists them.
std::vector<ImageReference> probe_images();

// Images, and what they are made of.
struct ImageSet {
    std::vector<ImageReference> images;
    std::map<std::string, std::string> added;  // blobs that the program does not carry, by digest

    std::string blob(const std::string& digest) const;
};

ImageSet carried_images();

// Writes a layout, whole or not at all. Refuses to replace a file that exists.
std::expected<void, std::string> export_layout(std::span<const std::byte> layout,
                                               const std::filesystem::path& target);

}  // namespace assay::images
