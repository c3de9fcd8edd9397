// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/fixture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "kube/manifest.h"

namespace assay {

namespace {

using kube::Json;

Json& container_named(Json& tree, std::string_view name) {
    for (const char* list : container_lists) {
        if (!tree["spec"].contains(list)) {
            continue;
        }
        for (Json& container : tree["spec"][list]) {
            if (kube::text(container, {"name"}) == name) {
                return container;
            }
        }
    }
    throw std::logic_error(
        fmt::format("the fixture's pod {} has no container {}", kube::name_of(tree), name));
}

}  // namespace

bool goes_on(const Json& container) {
    const Json& arguments = kube::array(container, {"args"});
    return (!arguments.empty() && arguments.front() == "serve") ||
           std::ranges::find(arguments, Json("--hold")) != arguments.end();
}

ObjectManifest ObjectManifest::named(std::string_view suffix) const {
    Json tree = tree_;
    tree["metadata"]["name"] = fmt::format("{}-{}", name(), suffix);
    return ObjectManifest(std::move(tree));
}

ObjectManifest ObjectManifest::with(const std::string& pointer, Json value) const {
    Json tree = tree_;
    tree[Json::json_pointer(pointer)] = std::move(value);
    return ObjectManifest(std::move(tree));
}

ObjectManifest ObjectManifest::without(const std::string& pointer) const {
    Json tree = tree_;
    const Json::json_pointer at(pointer);
    if (tree.contains(at)) {
        tree[at.parent_pointer()].erase(at.back());
    }
    return ObjectManifest(std::move(tree));
}

PodManifest PodManifest::named(std::string_view suffix) const {
    Json tree = tree_;
    tree["metadata"]["name"] = fmt::format("{}-{}", name(), suffix);
    return PodManifest(std::move(tree));
}

PodManifest PodManifest::on(std::string_view node) const {
    Json tree = tree_;
    const Json field{{"key", "metadata.name"}, {"operator", "In"}, {"values", {std::string(node)}}};
    const Json term{{"matchFields", Json::array({field})}};
    tree["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        ["nodeSelectorTerms"] = Json::array({term});
    return PodManifest(std::move(tree));
}

PodManifest PodManifest::runtime_class(std::string_view name) const {
    Json tree = tree_;
    tree["spec"]["runtimeClassName"] = std::string(name);
    return PodManifest(std::move(tree));
}

PodManifest PodManifest::without(std::string_view container) const {
    Json tree = tree_;
    const Json gone = container_named(tree, container);
    for (const char* list : container_lists) {
        if (tree["spec"].contains(list)) {
            Json& all = tree["spec"][list];
            all.erase(std::remove(all.begin(), all.end(), gone), all.end());
        }
    }
    return PodManifest(std::move(tree));
}

PodManifest PodManifest::only(std::string_view container) const {
    Json tree = tree_;
    tree["spec"]["containers"] = Json::array({container_named(tree, container)});
    tree["spec"].erase("initContainers");
    tree["spec"].erase("ephemeralContainers");
    return PodManifest(std::move(tree));
}

PodManifest PodManifest::copy(std::string_view container, std::string_view name) const {
    Json tree = tree_;
    Json twin = container_named(tree, container);
    twin["name"] = std::string(name);
    tree["spec"]["containers"].push_back(std::move(twin));
    return PodManifest(std::move(tree));
}

PodManifest PodManifest::env(std::string_view container, std::string_view name,
                             std::string_view value) const {
    Json tree = tree_;
    container_named(tree, container)["env"].push_back(
        {{"name", std::string(name)}, {"value", std::string(value)}});
    return PodManifest(std::move(tree));
}

PodManifest PodManifest::annotation(const std::string& name, const std::string& value) const {
    Json tree = tree_;
    tree["metadata"]["annotations"][name] = value;
    return PodManifest(std::move(tree));
}

PodManifest PodManifest::host_path(std::string_view container, const std::string& on_node,
                                   const std::string& at) const {
    Json tree = tree_;
    Json& volumes = tree["spec"]["volumes"];
    const std::string name = fmt::format("host-{}", volumes.size() + 1);
    volumes.push_back({{"name", name}, {"hostPath", {{"path", on_node}}}});
    container_named(tree, container)["volumeMounts"].push_back({{"name", name}, {"mountPath", at}});
    return PodManifest(std::move(tree));
}

PodManifest PodManifest::arguments(std::string_view container,
                                   const std::vector<std::string>& more) const {
    Json tree = tree_;
    for (const std::string& argument : more) {
        container_named(tree, container)["args"].push_back(argument);
    }
    return PodManifest(std::move(tree));
}

PodManifest PodManifest::variant(std::string_view container, std::string_view image) const {
    Json tree = tree_;
    container_named(tree, container)["image"] = fmt::format("localhost/assay-probe-{}", image);
    return PodManifest(std::move(tree));
}

PodManifest PodManifest::claiming(std::string_view claim) const {
    Json tree = tree_;
    Json& own = tree["spec"]["resourceClaims"].at(0);
    own.erase("resourceClaimTemplateName");
    own["resourceClaimName"] = std::string(claim);
    return PodManifest(std::move(tree));
}

PodManifest PodManifest::with(const std::string& pointer, Json value) const {
    Json tree = tree_;
    tree[Json::json_pointer(pointer)] = std::move(value);
    return PodManifest(std::move(tree));
}

PodManifest PodManifest::limit(std::string_view container, std::string_view resource,
                               int count) const {
    Json tree = tree_;
    container_named(tree, container)["resources"]["limits"][std::string(resource)] =
        std::to_string(count);
    return PodManifest(std::move(tree));
}

bool PodManifest::holds(std::string_view container) const {
    Json tree = tree_;
    return goes_on(container_named(tree, container));
}

std::expected<Fixture, std::string> Fixture::parse(std::string_view yaml, const std::string& name) {
    const auto documents = kube::documents_of_yaml(yaml);
    if (!documents) {
        return std::unexpected(fmt::format("{}: {}", name, documents.error().message));
    }
    Fixture fixture;
    for (const Json& document : *documents) {
        const std::string kind = kube::text(document, {"kind"});
        if (kind.empty() || kube::name_of(document).empty()) {
            return std::unexpected(fmt::format("{}: an object has no kind or no name", name));
        }
        if (kind == "Pod") {
            fixture.pods_[kube::name_of(document)] = document;
        } else if (kind == "ResourceClaim") {
            fixture.claims_[kube::name_of(document)] = document;
        } else if (kind == "ResourceClaimTemplate") {
            fixture.claim_templates_.push_back(document);
        } else {
            fixture.objects_[{kind, kube::name_of(document)}] = document;
        }
    }
    return fixture;
}

PodManifest Fixture::pod(std::string_view name) const {
    const auto found = pods_.find(name);
    if (found == pods_.end()) {
        throw std::logic_error(fmt::format("the fixture has no pod {}", name));
    }
    return PodManifest(found->second);
}

ObjectManifest Fixture::object(std::string_view kind, std::string_view name) const {
    const auto found = objects_.find({std::string(kind), std::string(name)});
    if (found == objects_.end()) {
        throw std::logic_error(fmt::format("the fixture has no {} {}", kind, name));
    }
    return ObjectManifest(found->second);
}

std::set<std::string> Fixture::object_names() const {
    std::set<std::string> names;
    for (const auto& [key, object] : objects_) {
        names.insert(key.second);
    }
    return names;
}

ClaimManifest Fixture::claim(std::string_view name) const {
    const auto found = claims_.find(name);
    if (found == claims_.end()) {
        throw std::logic_error(fmt::format("the fixture has no claim {}", name));
    }
    return ClaimManifest(found->second);
}

}  // namespace assay
