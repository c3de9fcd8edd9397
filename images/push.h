// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Brings images to a repository: uploads what is not there, by digest, and
// tags it. Thread contract: as Registry. Errors are one sentence that says what to do.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "images/probe_image.h"
#include "images/registry.h"

namespace assay::images {

struct PushedImage {
    std::string variant;
    std::string tag;
    std::string digest;
};

struct PushSummary {
    std::vector<PushedImage> images;
    std::size_t blobs_uploaded = 0;
    std::size_t blobs_present = 0;       // were there already
    std::size_t manifests_uploaded = 0;  // and indexes
    std::size_t bytes_uploaded = 0;
};

// progress(what, bytes so far, bytes in all) while a blob goes up. The core image gets the tag, the
// others the tag and their variant: "0.1.0-visible".
std::expected<PushSummary, std::string> push_images(
    Registry& registry, const ImageSet& images, const std::string& tag,
    const std::function<void(const std::string&, std::size_t, std::size_t)>& progress);

}  // namespace assay::images
