// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace assay {

namespace {

using kube::Json;

constexpr std::size_t message_bytes = 4096;       // one container's termination message
constexpr std::size_t pod_message_bytes = 12288;  // all containers of a pod together
constexpr std::string_view image_prefix = "assay-probe";

// "localhost/assay-probe-visible:0.1" names the variant "visible".
std::string variant_of(const std::string& image) {
    std::string base = image.substr(image.rfind('/') + 1);
    base = base.substr(0, base.find(':'));
    if (!base.starts_with(image_prefix)) {
        throw std::logic_error("a fixture's image is not the probe's: " + image);
    }
    return base.size() == image_prefix.size() ? "core" : base.substr(image_prefix.size() + 1);
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
        if (!goes_on(container)) {
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

// Beside what a term says already, so that it goes on holding.
void require_label(Json& spec, const std::string& key, const std::vector<std::string>& values) {
    Json& terms = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
                      ["nodeSelectorTerms"];
    if (terms.empty()) {
        terms.push_back(Json::object());
    }
    for (Json& term : terms) {
        term["matchExpressions"].push_back({{"key", key}, {"operator", "In"}, {"values", values}});
    }
}

void place_metadata(Json& tree, const Placement& placement) {
    tree["metadata"]["namespace"] = placement.namespace_name;
    for (const auto& [key, value] : run_labels(placement.run_id, placement.requirement)) {
        tree["metadata"]["labels"][key] = value;
    }
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

void place_claims(Json& spec, const Placement& placement) {
    if (!placement.resource.empty()) {
        request_from_plugin(spec, placement.resource, placement.devices);
        return;
    }
    if (!spec.contains("resourceClaims")) {
        return;
    }
    for (Json& claim : spec["resourceClaims"]) {
        if (claim.contains("resourceClaimName")) {
            claim["resourceClaimName"] =
                own_name(kube::text(claim, {"resourceClaimName"}), placement);
            continue;
        }
        claim["resourceClaimTemplateName"] = own_name(
            kube::text(claim, {"resourceClaimTemplateName"}) + placement.claim_suffix, placement);
    }
}

void place_pod_spec(Json& spec, const Placement& placement) {
    for_each_container(spec, [&](Json& container) {
        const std::string variant = variant_of(kube::text(container, {"image"}));
        container["image"] = placement.images.at(variant);
        container["imagePullPolicy"] = "IfNotPresent";
    });
    place_claims(spec, placement);
    for (const std::string& secret : placement.pull_secrets) {
        spec["imagePullSecrets"].push_back({{"name", secret}});
    }
    limit_summaries(spec);
    show_variables(spec, placement.device_variables);
    tolerate(spec, placement.tolerations);
    if (!placement.architectures.empty()) {  // elsewhere it would end with "exec format error"
        require_label(spec, "kubernetes.io/arch", placement.architectures);
    }
    if (!placement.pool.key.empty()) {
        require_label(spec, placement.pool.key, {placement.pool.value});
    }
}

// Strings that name an object of the fixture become that object's own name.
void place_references(Json& value, const Placement& placement) {
    if (value.is_string()) {
        const auto& name = value.get_ref<const std::string&>();
        if (placement.object_names.contains(name)) {
            value = own_name(name, placement);
        }
        return;
    }
    if (value.is_structured()) {
        for (Json& member : value) {
            place_references(member, placement);
        }
    }
}

// Wherever an object holds the spec of a pod: Deployments, Jobs, and what operators make pods of.
void place_templates(Json& value, const Placement& placement) {
    if (!value.is_structured()) {
        return;
    }
    if (value.is_object() && !kube::array(value, {"spec", "containers"}).empty()) {
        for (const auto& [key, label] : run_labels(placement.run_id, placement.requirement)) {
            value["metadata"]["labels"][key] = label;
        }
        place_pod_spec(value["spec"], placement);
        return;
    }
    for (Json& member : value) {
        place_templates(member, placement);
    }
}

// In a namespace that several runs share, an object selects pods of its own run only.
void select_own_pods(Json& tree, const Placement& placement) {
    Json* selector = nullptr;
    if (kube::text(tree, {"kind"}) == "Service" && tree["spec"].contains("selector")) {
        selector = &tree["spec"]["selector"];
    } else if (kube::find(tree, {"spec", "selector", "matchLabels"}) != nullptr) {
        selector = &tree["spec"]["selector"]["matchLabels"];
    }
    if (selector != nullptr) {
        (*selector)["app.kubernetes.io/instance"] = placement.run_id;
    }
}

}  // namespace

std::map<std::string, std::string> run_labels(const std::string& run_id,
                                              const std::string& requirement) {
    return {{"app.kubernetes.io/managed-by", "assay"},
            {"app.kubernetes.io/part-of", "assay"},
            {"app.kubernetes.io/instance", run_id},
            {"app.kubernetes.io/component", requirement}};
}

std::string own_name(const std::string& name, const Placement& placement) {
    return name + "-" + placement.run_id;
}

Json placed_pod(const PodManifest& manifest, const Placement& placement) {
    Json tree = manifest.tree();
    place_references(tree, placement);
    place_metadata(tree, placement);
    tree["metadata"]["name"] = own_name(manifest.name(), placement);
    place_pod_spec(tree["spec"], placement);
    return tree;
}

Json placed_object(const ObjectManifest& manifest, const kube::Resource& kind,
                   const Placement& placement) {
    Json tree = manifest.tree();
    place_references(tree, placement);
    place_metadata(tree, placement);
    tree["metadata"]["name"] = own_name(manifest.name(), placement);
    if (!kind.namespaced) {
        tree["metadata"].erase("namespace");
    }
    select_own_pods(tree, placement);
    if (tree.contains("spec")) {
        place_templates(tree["spec"], placement);
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
