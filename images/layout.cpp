// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "images/layout.h"

#include <nlohmann/json.hpp>
#include <set>

namespace assay::images {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* config_type = "application/vnd.oci.image.config.v1+json";
constexpr const char* layer_type = "application/vnd.oci.image.layer.v1.tar+gzip";

using Blobs = std::map<std::string, std::string>;  // by digest

// A descriptor of the blob.
Json add(Blobs& blobs, const char* media_type, std::string content) {
    const std::string digest = "sha256:" + sha256_hex(content);
    Json descriptor = {{"mediaType", media_type}, {"digest", digest}, {"size", content.size()}};
    blobs.try_emplace(digest, std::move(content));
    return descriptor;
}

Json config_of(const ImagePlan& plan, const Variant& variant, const std::string& diff_id) {
    Json environment = {"PATH=/usr/bin"};
    for (const std::string& assignment : variant.environment) {
        environment.push_back(assignment);
    }
    return {{"created", "1970-01-01T00:00:00Z"},  // a build time would change the digest
            {"architecture", plan.architecture},
            {"os", "linux"},
            {"config",
             {{"User", "0"},
              {"Env", environment},
              {"Entrypoint", Json::array({"/usr/bin/assay-probe"})},
              {"WorkingDir", "/"},
              {"Labels",
               {{"org.opencontainers.image.title", "assay-probe"},
                {"org.opencontainers.image.version", plan.version},
                {"org.opencontainers.image.licenses",
                 "Apache-2.0 AND LGPL-2.1-or-later AND MIT AND (GPL-3.0-or-later WITH "
                 "GCC-exception-3.1)"}}}}},
            {"rootfs", {{"type", "layers"}, {"diff_ids", Json::array({diff_id})}}}};
}

}  // namespace

std::vector<Variant> probe_variants(const std::string& version) {
    return {
        {"core", "localhost/assay-probe:" + version, {}},
        // An image that asks for every device by the variable the NVIDIA toolkit reads.
        {"visible", "localhost/assay-probe-visible:" + version, {"NVIDIA_VISIBLE_DEVICES=all"}},
        // CUDA_VERSION without NVIDIA_REQUIRE_CUDA is what the toolkit takes for an image older
        // than that variable, and gives every device.
        {"legacy", "localhost/assay-probe-legacy:" + version, {"CUDA_VERSION=12.4.1"}},
    };
}

std::vector<Entry> base_files() {
    std::vector<Entry> files;
    for (const char* path : {"dev", "etc", "proc", "sys", "usr", "usr/bin"}) {
        files.push_back({.path = path, .mode = 0755, .directory = true, .content = ""});
    }
    files.push_back({.path = "tmp", .mode = 01777, .directory = true, .content = ""});
    files.push_back({.path = "etc/passwd",
                     .mode = 0644,
                     .content = "root:x:0:0:root:/:/usr/bin/assay-probe\n"
                                "nobody:x:65534:65534:nobody:/:/usr/bin/assay-probe\n"});
    return files;
}

std::vector<Entry> with_directories(std::vector<Entry> files) {
    std::set<std::string> present;
    std::vector<Entry> complete;
    for (Entry& file : files) {
        for (std::size_t slash = file.path.find('/'); slash != std::string::npos;
             slash = file.path.find('/', slash + 1)) {
            const std::string parent = file.path.substr(0, slash);
            if (present.insert(parent).second) {
                complete.push_back(
                    {.path = parent, .mode = 0755, .directory = true, .content = ""});
            }
        }
        if (present.insert(file.path).second) {
            complete.push_back(std::move(file));
        }
    }
    return complete;
}

std::expected<std::string, std::string> oci_layout(const ImagePlan& plan) {
    const auto layer = tar(plan.files);
    if (!layer) {
        return std::unexpected(layer.error());
    }
    auto compressed = gzip(*layer);
    if (!compressed) {
        return std::unexpected(compressed.error());
    }
    Blobs blobs;
    const Json layer_descriptor = add(blobs, layer_type, std::move(*compressed));
    Json manifests = Json::array();
    for (const Variant& variant : plan.variants) {
        const Json config = add(blobs, config_type,
                                config_of(plan, variant, "sha256:" + sha256_hex(*layer)).dump());
        const Json manifest = {{"schemaVersion", 2},
                               {"mediaType", manifest_type},
                               {"config", config},
                               {"layers", Json::array({layer_descriptor})}};
        Json descriptor = add(blobs, manifest_type, manifest.dump());
        descriptor["platform"] = {{"architecture", plan.architecture}, {"os", "linux"}};
        // The whole name as ref.name too: a bare tag would be the same for all of them.
        descriptor["annotations"] = {{name_annotation, variant.name},
                                     {"org.opencontainers.image.ref.name", variant.name},
                                     {variant_annotation, variant.variant}};
        manifests.push_back(descriptor);
    }
    const Json index = {{"schemaVersion", 2}, {"mediaType", index_type}, {"manifests", manifests}};
    return layout_tar(index.dump(), std::move(blobs));
}

std::expected<std::string, std::string> layout_tar(const std::string& index,
                                                   std::map<std::string, std::string> blobs) {
    std::vector<Entry> members = {
        {.path = "oci-layout", .mode = 0644, .content = R"({"imageLayoutVersion":"1.0.0"})"},
        {.path = "index.json", .mode = 0644, .content = index}};
    for (auto& [digest, content] : blobs) {
        members.push_back({.path = "blobs/sha256/" + digest.substr(digest.find(':') + 1),
                           .mode = 0644,
                           .content = std::move(content)});
    }
    return tar(with_directories(std::move(members)));
}

}  // namespace assay::images
