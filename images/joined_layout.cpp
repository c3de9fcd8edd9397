// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "images/layout.h"

namespace assay::images {

namespace {

using Json = nlohmann::ordered_json;

std::string architecture_of(const Json& descriptor) {
    return descriptor.at("platform").at("architecture").get<std::string>();
}

// One of the layouts, as its index.json lists its images. Throws where it is no such layout.
class Part {
public:
    explicit Part(const std::string& tar)
        : tar_(&tar), listed_(Json::parse(read("index.json")).at("manifests")) {}

    const Json& listed() const { return listed_; }

    // The manifest of an image, its configuration and its layers.
    void copy_blobs(const Json& descriptor, std::map<std::string, std::string>& blobs) const {
        const Json manifest = Json::parse(copied(descriptor, blobs));
        copied(manifest.at("config"), blobs);
        for (const Json& layer : manifest.at("layers")) {
            copied(layer, blobs);
        }
    }

private:
    std::string read(const std::string& path) const {
        auto content = member(std::as_bytes(std::span(*tar_)), path);
        if (!content) {
            throw std::invalid_argument(content.error());
        }
        return std::move(*content);
    }

    const std::string& copied(const Json& descriptor,
                              std::map<std::string, std::string>& blobs) const {
        const std::string digest = descriptor.at("digest").get<std::string>();
        const auto [place, added] = blobs.try_emplace(digest);
        if (added) {
            place->second = read("blobs/sha256/" + digest.substr(digest.find(':') + 1));
            if ("sha256:" + sha256_hex(place->second) != digest) {
                throw std::invalid_argument(digest + " has another content");
            }
        }
        return place->second;
    }

    const std::string* tar_;
    Json listed_;
};

// "" if each image of the one is in the other, under the same name and for another platform.
std::string unlike(const Json& one, const Json& other) {
    if (one.size() != other.size()) {
        return "the layouts do not have the same images";
    }
    for (std::size_t image = 0; image < one.size(); ++image) {
        if (one.at(image).at("annotations") != other.at(image).at("annotations")) {
            return "the layouts do not have the same images: " +
                   one.at(image).at("annotations").dump() + " and " +
                   other.at(image).at("annotations").dump();
        }
        if (architecture_of(one.at(image)) == architecture_of(other.at(image))) {
            return "two of the layouts are for " + architecture_of(one.at(image));
        }
    }
    return "";
}

// Of the image at that place in all parts.
Json index_of(const std::vector<Part>& parts, std::size_t image) {
    std::vector<Json> manifests;
    for (const Part& part : parts) {
        Json descriptor = part.listed().at(image);
        descriptor.erase("annotations");  // they name the whole
        manifests.push_back(std::move(descriptor));
    }
    std::ranges::sort(manifests, {}, architecture_of);
    return {{"schemaVersion", 2}, {"mediaType", index_type}, {"manifests", manifests}};
}

std::expected<std::string, std::string> joined(const std::vector<Part>& parts) {
    for (auto one = parts.begin(); one != parts.end(); ++one) {
        for (auto other = std::next(one); other != parts.end(); ++other) {
            if (std::string why = unlike(one->listed(), other->listed()); !why.empty()) {
                return std::unexpected(std::move(why));
            }
        }
    }
    std::map<std::string, std::string> blobs;
    Json indexes = Json::array();
    for (std::size_t image = 0; image < parts.front().listed().size(); ++image) {
        for (const Part& part : parts) {
            part.copy_blobs(part.listed().at(image), blobs);
        }
        std::string index = index_of(parts, image).dump();
        const std::string digest = "sha256:" + sha256_hex(index);
        indexes.push_back({{"mediaType", index_type},
                           {"digest", digest},
                           {"size", index.size()},
                           {"annotations", parts.front().listed().at(image).at("annotations")}});
        blobs.try_emplace(digest, std::move(index));
    }
    const Json index = {{"schemaVersion", 2}, {"mediaType", index_type}, {"manifests", indexes}};
    return layout_tar(index.dump(), std::move(blobs));
}

}  // namespace

std::expected<std::string, std::string> joined_layout(const std::vector<std::string>& layouts) {
    if (layouts.size() == 1) {
        return layouts.front();
    }
    try {
        return joined({layouts.begin(), layouts.end()});
    } catch (const std::exception& error) {
        return std::unexpected(std::string("no layout of one platform's images: ") + error.what());
    }
}

}  // namespace assay::images
