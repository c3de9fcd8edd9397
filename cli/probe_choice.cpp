// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/probe_choice.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::cli {

namespace {

// What can be named of an image: it, then each of its platforms, in the same order for all images.
std::vector<std::string> digests_of(const images::ImageReference& image) {
    std::vector<std::string> digests{image.root.digest};
    for (const images::PlatformImage& one : image.platforms) {
        digests.push_back(one.manifest.digest);
    }
    return digests;
}

// REPOSITORY[:TAG]@sha256:… given by the user: the core image is that one; the variants are in the
// same repository by the digests of the images this program carries.
std::expected<ProbeImages, std::string> images_at(const std::string& reference,
                                                  const Carried& carried) {
    const std::size_t at = reference.find("@sha256:");
    if (at == std::string::npos) {
        return std::unexpected(fmt::format(
            "--probe-image {}: name it by digest (REPOSITORY@sha256:…); 'assay images list' shows "
            "the digests of the images this program carries",
            reference));
    }
    std::string repository = reference.substr(0, at);
    if (const std::size_t tag = repository.rfind(':');
        tag != std::string::npos && repository.find('/', tag) == std::string::npos) {
        repository.resize(tag);
    }
    ProbeImages result;
    const std::string digest = reference.substr(at + 1);
    for (const auto& named : carried) {
        const auto digests = digests_of(named);
        const auto found = std::ranges::find(digests, digest);
        for (const auto& image : carried) {
            if (found != digests.end() && image.variant != "core") {
                result[image.variant] =
                    repository + "@" +
                    digests_of(image).at(static_cast<std::size_t>(found - digests.begin()));
            }
        }
    }
    result["core"] = reference;
    return result;
}

}  // namespace

std::vector<std::string> architectures_of(const std::string& reference, const Carried& carried) {
    std::vector<std::string> result;
    for (const auto& image : carried) {
        const bool whole = reference == image.name || reference.ends_with("@" + image.root.digest);
        for (const auto& one : image.platforms) {
            if (whole || reference.ends_with("@" + one.manifest.digest)) {
                result.push_back(one.platform.substr(one.platform.find('/') + 1));
            }
        }
    }
    return result;
}

std::expected<ProbeImages, std::string> chosen_images(const std::string& reference,
                                                      const std::string& repository,
                                                      const Carried& carried) {
    if (!reference.empty()) {
        return images_at(reference, carried);
    }
    ProbeImages result;
    for (const auto& image : carried) {
        result[image.variant] =
            repository.empty() ? image.name : repository + "@" + image.root.digest;
    }
    return result;
}

}  // namespace assay::cli
