// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/probe_choice.h"

#include <fmt/format.h>

#include "images/probe_image.h"

namespace assay::cli {

namespace {

// REPOSITORY[:TAG]@sha256:… given by the user: the core image is that one; the variants are in the
// same repository by the digests of the images this program carries.
std::expected<ProbeImages, std::string> images_at(const std::string& reference) {
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
    ProbeImages result{{"core", reference}};
    const std::string digest = reference.substr(at + 1);
    bool ours = false;
    for (const auto& image : images::probe_images()) {
        ours = ours || image.manifest_digest == digest;
    }
    for (const auto& image : images::probe_images()) {
        if (ours && image.variant != "core") {
            result[image.variant] = repository + "@" + image.manifest_digest;
        }
    }
    return result;
}

}  // namespace

std::string architecture_of(const std::string& reference) {
    for (const auto& image : images::probe_images()) {
        if (reference == image.name || reference.ends_with("@" + image.manifest_digest)) {
            return image.platform.substr(image.platform.find('/') + 1);
        }
    }
    return {};
}

std::expected<ProbeImages, std::string> chosen_images(const std::string& reference,
                                                      const std::string& repository) {
    if (!reference.empty()) {
        return images_at(reference);
    }
    ProbeImages result;
    for (const auto& image : images::probe_images()) {
        result[image.variant] =
            repository.empty() ? image.name : repository + "@" + image.manifest_digest;
    }
    return result;
}

}  // namespace assay::cli
