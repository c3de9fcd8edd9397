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

std::string read(std::span<const std::byte> layout, const std::string& path) {
    auto content = member(layout, path);
    if (!content) {
        throw std::logic_error("the probe's image: " + content.error());
    }
    return std::move(*content);
}

std::string read_blob(std::span<const std::byte> layout, const std::string& digest) {
    return read(layout, "blobs/sha256/" + digest.substr(digest.find(':') + 1));
}

PlatformImage platform_image(std::span<const std::byte> layout, const nlohmann::json& descriptor) {
    const nlohmann::json& platform = descriptor.at("platform");
    PlatformImage image{.platform = platform.at("os").get<std::string>() + "/" +
                                    platform.at("architecture").get<std::string>(),
                        .manifest = blob_of(descriptor),
                        .blobs = {}};
    const auto manifest = nlohmann::json::parse(read_blob(layout, image.manifest.digest));
    image.blobs.push_back(blob_of(manifest.at("config")));
    for (const nlohmann::json& layer : manifest.at("layers")) {
        image.blobs.push_back(blob_of(layer));
    }
    return image;
}

std::vector<PlatformImage> platforms_of(std::span<const std::byte> layout,
                                        const nlohmann::json& root) {
    if (root.at("mediaType") != index_type) {
        return {platform_image(layout, root)};
    }
    std::vector<PlatformImage> platforms;
    const auto index =
        nlohmann::json::parse(read_blob(layout, root.at("digest").get<std::string>()));
    for (const nlohmann::json& manifest : index.at("manifests")) {
        platforms.push_back(platform_image(layout, manifest));
    }
    return platforms;
}

}  // namespace

std::span<const std::byte> probe_image_layout() {
    return {assay_probe_image_begin, assay_probe_image_end};
}

std::size_t PlatformImage::compressed_size() const {
    std::size_t total = manifest.size;
    for (const Blob& blob : blobs) {
        total += blob.size;
    }
    return total;
}

std::vector<ImageReference> probe_images() {
    return carried_images().images;
}

std::string ImageSet::blob(const std::string& digest) const {
    const auto found = added.find(digest);
    return found == added.end() ? read_blob(layout, digest) : found->second;
}

ImageSet images_in(std::span<const std::byte> layout) {
    ImageSet set{.images = {}, .layout = layout, .added = {}};
    const auto index = nlohmann::json::parse(read(layout, "index.json"));
    for (const nlohmann::json& root : index.at("manifests")) {
        const nlohmann::json& annotations = root.at("annotations");
        set.images.push_back({.variant = annotations.at(variant_annotation).get<std::string>(),
                              .name = annotations.at(name_annotation).get<std::string>(),
                              .root = blob_of(root),
                              .platforms = platforms_of(layout, root)});
    }
    return set;
}

ImageSet carried_images() {
    return images_in(probe_image_layout());
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
