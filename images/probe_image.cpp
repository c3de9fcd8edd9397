// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "images/probe_image.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "images/archive.h"
#include "images/layout.h"

// Of probe_image_tar.S.
extern "C" {
extern const std::byte assay_probe_image_begin[];
extern const std::byte assay_probe_image_end[];
}

namespace assay::images {

namespace {

std::unexpected<std::string> could_not_write(const std::filesystem::path& target, int error) {
    return std::unexpected(target.string() + " could not be written: " + std::strerror(error));
}

// 0 or the errno.
int write_and_sync(int descriptor, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) {
            return errno;
        }
        bytes = bytes.subspan(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
    return ::fsync(descriptor) == 0 ? 0 : errno;
}

// 0 or the errno; EEXIST if there is a file by that name.
int rename_without_replacing(const std::string& from, const std::string& to) {
    // Not renameat2(): musl does not have it.
    if (::syscall(SYS_renameat2, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) ==
        0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return errno;
    }
    // A file system without that flag (NFS): a hard link replaces nothing either.
    if (::link(from.c_str(), to.c_str()) != 0) {
        return errno;
    }
    ::unlink(from.c_str());
    return 0;
}

Blob blob_of(const nlohmann::json& descriptor) {
    return {.media_type = descriptor.at("mediaType").get<std::string>(),
            .digest = descriptor.at("digest").get<std::string>(),
            .size = descriptor.at("size").get<std::size_t>()};
}

std::vector<Blob> blobs_of(const std::string& manifest_digest) {
    const nlohmann::json manifest = nlohmann::json::parse(probe_image_blob(manifest_digest));
    std::vector<Blob> blobs{blob_of(manifest.at("config"))};
    for (const nlohmann::json& layer : manifest.at("layers")) {
        blobs.push_back(blob_of(layer));
    }
    return blobs;
}

}  // namespace

std::span<const std::byte> probe_image_layout() {
    return {assay_probe_image_begin, assay_probe_image_end};
}

std::string probe_image_blob(const std::string& digest) {
    auto content =
        member(probe_image_layout(), "blobs/sha256/" + digest.substr(digest.find(':') + 1));
    if (!content) {
        throw std::logic_error("the embedded probe image: " + content.error());
    }
    return std::move(*content);
}

std::size_t ImageReference::compressed_size() const {
    std::size_t total = manifest.size;
    for (const Blob& blob : blobs) {
        total += blob.size;
    }
    return total;
}

std::vector<ImageReference> probe_images() {
    const auto text = member(probe_image_layout(), "index.json");
    if (!text) {
        // The tar was built with the program; without its index the program is broken.
        throw std::logic_error("the embedded probe image: " + text.error());
    }
    std::vector<ImageReference> images;
    const nlohmann::json index = nlohmann::json::parse(*text);
    for (const nlohmann::json& manifest : index.at("manifests")) {
        const nlohmann::json& annotations = manifest.at("annotations");
        const nlohmann::json& platform = manifest.at("platform");
        images.push_back({.variant = annotations.at(variant_annotation).get<std::string>(),
                          .name = annotations.at(name_annotation).get<std::string>(),
                          .manifest_digest = manifest.at("digest").get<std::string>(),
                          .platform = platform.at("os").get<std::string>() + "/" +
                                      platform.at("architecture").get<std::string>(),
                          .manifest = blob_of(manifest),
                          .blobs = blobs_of(manifest.at("digest").get<std::string>())});
    }
    return images;
}

std::string ImageSet::blob(const std::string& digest) const {
    const auto found = added.find(digest);
    return found == added.end() ? probe_image_blob(digest) : found->second;
}

ImageSet carried_images() {
    return {.images = probe_images(), .added = {}};
}

std::expected<void, std::string> export_layout(std::span<const std::byte> layout,
                                               const std::filesystem::path& target) {
    std::string unfinished = target.string() + ".XXXXXX";
    const int descriptor = ::mkostemp(unfinished.data(), O_CLOEXEC);
    if (descriptor < 0) {
        return could_not_write(target, errno);
    }
    int error = write_and_sync(descriptor, layout);
    if (error == 0 && ::fchmod(descriptor, 0644) != 0) {
        error = errno;
    }
    if (::close(descriptor) != 0 && error == 0) {
        error = errno;
    }
    if (error == 0) {
        error = rename_without_replacing(unfinished, target.string());
    }
    if (error != 0) {
        ::unlink(unfinished.c_str());
    }
    if (error == EEXIST) {
        return std::unexpected(target.string() +
                               " exists and is not replaced: remove it or name another file");
    }
    return error == 0 ? std::expected<void, std::string>() : could_not_write(target, error);
}

}  // namespace assay::images
