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

constexpr std::size_t message_bytes = 4096;       // one container's termination message
constexpr std::size_t pod_message_bytes = 12288;  // all containers of a pod together
constexpr std::string_view image_prefix = "assay-probe";

constexpr std::array<const char*, 3> container_lists{"initContainers", "containers",
                                                     "ephemeralContainers"};

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

// "localhost/assay-probe-visible:0.1" names the variant "visible".
std::string variant_of(const std::string& image) {
    std::string base = image.substr(image.rfind('/') + 1);
    base = base.substr(0, base.find(':'));
    if (!base.starts_with(image_prefix)) {
        throw std::logic_error("a fixture's image is not the probe's: " + image);
    }
    return base.size() == image_prefix.size() ? "core" : base.substr(image_prefix.size() + 1);
}

bool reports_in_message(const Json& container) {
    const Json& arguments = kube::array(container, {"args"});
    return std::ranges::find(arguments, Json("--hold")) == arguments.end();
}

template <class Change>
void for_each_container(Json& spec, Change change) {
    for (const char* list : container_lists) {
        if (spec.contains(list)) {
            for (Json& container : spec[list]) {
                change(container);
            }
        }
    }
}

void limit_summaries(Json& spec) {
    std::size_t containers = 0;
    for_each_container(spec, [&](const Json&) { ++containers; });
    const std::size_t bytes = std::min(message_bytes, pod_message_bytes / containers);
    for_each_container(spec, [&](Json& container) {
        if (reports_in_message(container)) {
            container["args"].push_back("--summary-limit");
            container["args"].push_back(std::to_string(bytes));
        }
    });
}

// A container that is named by the pod's claim asks the device plugin for one device instead.
void request_from_plugin(Json& spec, const std::string& resource, int devices) {
    for_each_container(spec, [&](Json& container) {
        if (!kube::array(container, {"resources", "claims"}).empty()) {
            container["resources"].erase("claims");
            container["resources"]["limits"][resource] = std::to_string(devices);
        }
    });
    spec.erase("resourceClaims");
}

// What the driver shows a container by variables is told only where the probe is asked to.
void show_variables(Json& spec, const std::string& prefix) {
    for (Json& container : spec["containers"]) {
        const Json& arguments = kube::array(container, {"args"});
        if (!prefix.empty() && !arguments.empty() && arguments.front() == "isolate") {
            container["args"].push_back("--show-env");
            container["args"].push_back(prefix);
        }
    }
}

void tolerate(Json& spec, const std::vector<Toleration>& tolerations) {
    for (const Toleration& one : tolerations) {
        Json entry{{"key", one.key}, {"operator", one.value.empty() ? "Exists" : "Equal"}};
        if (!one.value.empty()) {
            entry["value"] = one.value;
        }
        if (!one.effect.empty()) {
            entry["effect"] = one.effect;
        }
        spec["tolerations"].push_back(std::move(entry));
    }
}

// Beside what a term says already, so that it goes on holding; a node of another architecture would
// end the pod with "exec format error".
void require_architecture(Json& spec, const std::string& architecture) {
    Json& terms = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
                      ["nodeSelectorTerms"];
    if (terms.empty()) {
        terms.push_back(Json::object());
    }
    for (Json& term : terms) {
        term["matchExpressions"].push_back({{"key", "kubernetes.io/arch"},
                                            {"operator", "In"},
                                            {"values", Json::array({architecture})}});
    }
}

void place_metadata(Json& tree, const Placement& placement) {
    tree["metadata"]["namespace"] = placement.namespace_name;
    for (const auto& [key, value] : run_labels(placement.run_id, placement.requirement)) {
        tree["metadata"]["labels"][key] = value;
    }
}

// A claim template belongs to one run, so its name holds the run id like every other.
std::string own_name(const std::string& name, const Placement& placement) {
    return name + "-" + placement.run_id;
}

// The device class and, for the API's oldest version, its shape.
void place_requests(Json& spec, const Placement& placement) {
    for (Json& request : spec["devices"]["requests"]) {
        if (request.contains("firstAvailable")) {
            for (Json& choice : request["firstAvailable"]) {
                choice["deviceClassName"] = placement.device_class;
            }
            continue;
        }
        Json exactly = kube::object(request, {"exactly"});
        exactly["deviceClassName"] = placement.device_class;
        if (placement.devices != 1) {
            exactly["count"] = placement.devices;
        }
        request.erase("exactly");
        if (placement.dra_version == "v1beta1") {  // the request itself, before "exactly" came
            request.update(exactly);
        } else {
            request["exactly"] = std::move(exactly);
        }
    }
}

}  // namespace

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
    container_named(tree, container)["image"] = fmt::format("localhost/{}-{}", image_prefix, image);
    return PodManifest(std::move(tree));
}

PodManifest PodManifest::claiming(std::string_view claim) const {
    Json tree = tree_;
    Json& own = tree["spec"]["resourceClaims"].at(0);
    own.erase("resourceClaimTemplateName");
    own["resourceClaimName"] = std::string(claim);
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
    return !reports_in_message(container_named(tree, container));
}

std::expected<Fixture, std::string> Fixture::parse(std::string_view yaml, const std::string& name) {
    const auto documents = kube::documents_of_yaml(yaml);
    if (!documents) {
        return std::unexpected(fmt::format("{}: {}", name, documents.error().message));
    }
    Fixture fixture;
    for (const Json& document : *documents) {
        const std::string kind = kube::text(document, {"kind"});
        if (kind == "Pod") {
            fixture.pods_[kube::name_of(document)] = document;
        } else if (kind == "ResourceClaim") {
            fixture.claims_[kube::name_of(document)] = document;
        } else if (kind == "ResourceClaimTemplate") {
            fixture.claim_templates_.push_back(document);
        } else {
            return std::unexpected(fmt::format("{}: a fixture holds no {}", name, kind));
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

ClaimManifest Fixture::claim(std::string_view name) const {
    const auto found = claims_.find(name);
    if (found == claims_.end()) {
        throw std::logic_error(fmt::format("the fixture has no claim {}", name));
    }
    return ClaimManifest(found->second);
}

std::map<std::string, std::string> run_labels(const std::string& run_id,
                                              const std::string& requirement) {
    return {{"app.kubernetes.io/managed-by", "assay"},
            {"app.kubernetes.io/part-of", "assay"},
            {"app.kubernetes.io/instance", run_id},
            {"app.kubernetes.io/component", requirement}};
}

Json placed_pod(const PodManifest& manifest, const Placement& placement) {
    Json tree = manifest.tree();
    place_metadata(tree, placement);
    tree["metadata"]["name"] = own_name(kube::name_of(tree), placement);
    Json& spec = tree["spec"];
    for_each_container(spec, [&](Json& container) {
        const std::string variant = variant_of(kube::text(container, {"image"}));
        container["image"] = placement.images.at(variant);
        container["imagePullPolicy"] = "IfNotPresent";
    });
    if (!placement.resource.empty()) {
        request_from_plugin(spec, placement.resource, placement.devices);
    } else if (spec.contains("resourceClaims")) {
        for (Json& claim : spec["resourceClaims"]) {
            if (claim.contains("resourceClaimName")) {
                claim["resourceClaimName"] =
                    own_name(kube::text(claim, {"resourceClaimName"}), placement);
                continue;
            }
            claim["resourceClaimTemplateName"] =
                own_name(kube::text(claim, {"resourceClaimTemplateName"}) + placement.claim_suffix,
                         placement);
        }
    }
    for (const std::string& secret : placement.pull_secrets) {
        spec["imagePullSecrets"].push_back({{"name", secret}});
    }
    limit_summaries(spec);
    show_variables(spec, placement.device_variables);
    tolerate(spec, placement.tolerations);
    if (!placement.architecture.empty()) {
        require_architecture(spec, placement.architecture);
    }
    return tree;
}

Json placed_claim(const ClaimManifest& manifest, const Placement& placement) {
    Json tree = manifest.tree();
    place_metadata(tree, placement);
    tree["metadata"]["name"] = own_name(kube::name_of(tree), placement);
    tree["apiVersion"] = "resource.k8s.io/" + placement.dra_version;
    place_requests(tree["spec"], placement);
    return tree;
}

Json placed_claim_template(const Json& manifest, const Placement& placement) {
    Json tree = manifest;
    place_metadata(tree, placement);
    tree["metadata"]["name"] = own_name(kube::name_of(tree) + placement.claim_suffix, placement);
    tree["apiVersion"] = "resource.k8s.io/" + placement.dra_version;
    for (const auto& [key, value] : run_labels(placement.run_id, placement.requirement)) {
        tree["spec"]["metadata"]["labels"][key] = value;
    }
    place_requests(tree["spec"]["spec"], placement);
    return tree;
}

}  // namespace assay
