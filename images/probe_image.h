// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The probe's images, carried inside the program: one OCI layout tar with three images that share
// a layer. Immutable; any thread. Errors are a sentence.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace assay::images {

struct ImageReference {
    std::string variant;          // "core" | "visible" | "legacy"
    std::string name;             // "localhost/assay-probe:0.1.0"
    std::string manifest_digest;  // "sha256:…"
};

// The tar, byte for byte; lives as long as the program.
std::span<const std::byte> probe_image_layout();

// As the tar's index.json lists them.
std::vector<ImageReference> probe_images();

// Writes the tar, whole or not at all. Refuses to replace a file that exists.
std::expected<void, std::string> export_layout(const std::filesystem::path& target);

}  // namespace assay::images
