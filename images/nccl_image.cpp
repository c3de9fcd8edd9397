// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "images/nccl_image.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "images/archive.h"
#include "images/layout.h"

namespace assay::images {

namespace {

using Ordered = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr std::uintmax_t largest_library = 1024ull * 1024 * 1024;
constexpr const char* folder = "usr/lib/nccl";
constexpr const char* file_name = "libnccl.so.2";

// e_ident and e_machine of an ELF file.
constexpr std::string_view elf_magic =
    "\x7f"
    "ELF";
constexpr std::size_t machine_at = 18;
constexpr std::pair<unsigned char, std::string_view> machines[] = {{62, "linux/amd64"},
                                                                   {183, "linux/arm64"}};

std::unexpected<std::string> wrong(const fs::path& library, const std::string& why) {
    return std::unexpected(library.string() + why +
                           "; give the library itself, for one libnccl.so.2 out of the wheel "
                           "nvidia-nccl-cu13 or the package libnccl2");
}

std::expected<std::string, std::string> read_library(const fs::path& library) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(library, error);
    if (error) {
        return wrong(library, " cannot be read: " + error.message());
    }
    if (size > largest_library) {
        return wrong(library, " is larger than any NCCL there is");
    }
    std::ifstream file(library, std::ios::binary);
    std::string content(std::istreambuf_iterator<char>(file), {});
    if (file.bad() || content.size() <= machine_at || !content.starts_with(elf_magic)) {
        return wrong(library, " is no shared library");
    }
    return content;
}

// Of the core image, the one that the library is for.
std::expected<PlatformImage, std::string> platform_for(const fs::path& library,
                                                       const std::string& content,
                                                       const ImageReference& core) {
    const auto machine = static_cast<unsigned char>(content[machine_at]);
    std::string carried;
    for (const PlatformImage& one : core.platforms) {
        if (std::ranges::find(machines, std::pair(machine, std::string_view(one.platform))) !=
            std::end(machines)) {
            return one;
        }
        carried += (carried.empty() ? "" : " or ") + one.platform;
    }
    return wrong(library, " is not for " + carried + ", which the probe's image is for");
}

Blob added(ImageSet& images, const std::string& media_type, std::string content) {
    Blob blob{.media_type = media_type,
              .digest = "sha256:" + sha256_hex(content),
              .size = content.size()};
    images.added.insert_or_assign(blob.digest, std::move(content));
    return blob;
}

Ordered descriptor_of(const Blob& blob) {
    return {{"mediaType", blob.media_type}, {"digest", blob.digest}, {"size", blob.size}};
}

std::string named_nccl(std::string core) {
    const std::size_t colon = core.rfind(':');
    return core.insert(colon == std::string::npos ? core.size() : colon, "-nccl");
}

// The loader looks there first, and finds NCCL by its name alone.
Ordered with_layer(Ordered configuration, const std::string& diff_id) {
    configuration["config"]["Env"].push_back(std::string("LD_LIBRARY_PATH=/") + folder);
    configuration["rootfs"]["diff_ids"].push_back(diff_id);
    return configuration;
}

}  // namespace

std::expected<void, std::string> add_nccl(ImageSet& images, const fs::path& library) {
    const auto core = std::ranges::find(images.images, "core", &ImageReference::variant);
    auto content = read_library(library);
    auto image = content ? platform_for(library, *content, *core)
                         : std::unexpected(std::move(content.error()));
    if (!image) {
        return std::unexpected(image.error());
    }
    const auto layer = tar(with_directories({{.path = std::string(folder) + "/" + file_name,
                                              .mode = 0755,
                                              .content = std::move(*content)}}));
    auto compressed = layer ? gzip(*layer) : std::unexpected(layer.error());
    if (!compressed) {
        return std::unexpected(compressed.error());
    }
    image->blobs.push_back(added(images, image->blobs.back().media_type, std::move(*compressed)));
    const Ordered configuration = with_layer(
        Ordered::parse(images.blob(image->blobs.front().digest)), "sha256:" + sha256_hex(*layer));
    image->blobs.front() = added(images, image->blobs.front().media_type, configuration.dump());
    Ordered manifest = Ordered::parse(images.blob(image->manifest.digest));
    manifest["config"] = descriptor_of(image->blobs.front());
    manifest["layers"].push_back(descriptor_of(image->blobs.back()));
    image->manifest = added(images, image->manifest.media_type, manifest.dump());
    images.images.push_back({.variant = "nccl",
                             .name = named_nccl(core->name),
                             .root = image->manifest,
                             .platforms = {*image}});
    return {};
}

std::expected<std::string, std::string> layout_of(const ImageSet& images) {
    const auto index_text = member(images.layout, "index.json");
    if (!index_text) {
        return std::unexpected(index_text.error());
    }
    Ordered index = Ordered::parse(*index_text);
    std::map<std::string, std::string> blobs = images.added;
    const auto take = [&](const Blob& blob) {
        blobs.try_emplace(blob.digest, images.blob(blob.digest));
    };
    for (const ImageReference& image : images.images) {
        take(image.root);
        for (const PlatformImage& one : image.platforms) {
            take(one.manifest);
            std::ranges::for_each(one.blobs, take);
        }
        if (!images.added.contains(image.root.digest)) {
            continue;
        }
        const std::string& platform = image.platforms.front().platform;
        const std::size_t slash = platform.find('/');
        Ordered descriptor = descriptor_of(image.root);
        descriptor["platform"] = {{"architecture", platform.substr(slash + 1)},
                                  {"os", platform.substr(0, slash)}};
        descriptor["annotations"] = {{name_annotation, image.name},
                                     {"org.opencontainers.image.ref.name", image.name},
                                     {variant_annotation, image.variant}};
        index["manifests"].push_back(descriptor);
    }
    return layout_tar(index.dump(), std::move(blobs));
}

}  // namespace assay::images
