// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/triage_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "engine/run_id.h"

namespace assay::triage {

namespace {

using kube::Json;

constexpr std::string_view plugin_sockets = "/var/lib/kubelet/device-plugins";
constexpr std::string_view dra_sockets = "/var/lib/kubelet/plugins_registry";
constexpr std::array cdi_folders{"/var/run/cdi", "/run/cdi", "/etc/cdi"};

std::map<std::string, std::string> texts_of(const Json& object) {
    std::map<std::string, std::string> result;
    for (const auto& [key, value] : object.items()) {
        if (value.is_string()) {
            result[key] = value.get<std::string>();
        }
    }
    return result;
}

// Extended resources have a domain that is not Kubernetes' own.
std::map<std::string, std::int64_t> extended_of(const Json& quantities) {
    std::map<std::string, std::int64_t> result;
    for (const auto& [resource, quantity] : quantities.items()) {
        const bool extended = resource.find('/') != std::string::npos &&
                              resource.find("kubernetes.io/") == std::string::npos;
        if (extended && quantity.is_string()) {
            result[resource] = std::atoll(quantity.get<std::string>().c_str());
        }
    }
    return result;
}

std::vector<Taint> taints_of(const Json& list) {
    std::vector<Taint> result;
    for (const Json& taint : list) {
        result.push_back({.key = kube::text(taint, {"key"}),
                          .value = kube::text(taint, {"value"}),
                          .effect = kube::text(taint, {"effect"})});
    }
    return result;
}

void read_conditions(const Json& object, NodeFacts& into) {
    constexpr std::array bad{"MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"};
    for (const Json& one : kube::array(object, {"status", "conditions"})) {
        const std::string type = kube::text(one, {"type"});
        const std::string status = kube::text(one, {"status"});
        const std::string words =
            fmt::format("{}: {}", kube::text(one, {"reason"}), kube::text(one, {"message"}));
        if (type == "Ready") {
            into.ready = status;
            into.ready_message = words;
        } else if (status == "True" && std::ranges::find(bad, type) != bad.end()) {
            into.pressures.push_back(fmt::format("{} ({})", type, words));
        }
    }
}

std::vector<Expression> expressions_of(const Json& list) {
    std::vector<Expression> result;
    for (const Json& one : list) {
        Expression expression{
            .key = kube::text(one, {"key"}), .op = kube::text(one, {"operator"}), .values = {}};
        for (const Json& value : kube::array(one, {"values"})) {
            expression.values.push_back(value.is_string() ? value.get<std::string>() : "");
        }
        result.push_back(std::move(expression));
    }
    return result;
}

std::vector<Term> required_terms(const Json& pod_spec) {
    std::vector<Term> result;
    for (const Json& term : kube::array(
             pod_spec, {"affinity", "nodeAffinity",
                        "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"})) {
        result.push_back({.labels = expressions_of(kube::array(term, {"matchExpressions"})),
                          .fields = expressions_of(kube::array(term, {"matchFields"}))});
    }
    return result;
}

bool mounts(const Json& pod_spec, std::string_view folder) {
    return std::ranges::any_of(kube::array(pod_spec, {"volumes"}), [&](const Json& volume) {
        std::string path = kube::text(volume, {"hostPath", "path"});
        while (path.ends_with('/')) {
            path.pop_back();
        }
        return path == folder;
    });
}

// By what it mounts. CSI drivers register in the same folder as DRA drivers, but write no CDI.
std::string part_by_mounts(const Json& pod_spec) {
    if (mounts(pod_spec, plugin_sockets)) {
        return "device-plugin";
    }
    const bool writes_cdi = std::ranges::any_of(
        cdi_folders, [&](const char* folder) { return mounts(pod_spec, folder); });
    return writes_cdi && mounts(pod_spec, dra_sockets) ? "dra-driver" : "";
}

// The part of an adapter's stack whose pattern the name matches.
bool take_part(const std::string& name, const std::vector<Adapter>& adapters, DaemonSet& into) {
    for (const Adapter& adapter : adapters) {
        for (const StackPart& part : adapter.stack.parts) {
            if (matches(name, part.daemon_set)) {
                into.part = part.part;
                into.family = adapter.name;
                return true;
            }
        }
    }
    return false;
}

std::string attribute(const Json& device, const std::string& driver, const std::string& name) {
    const Json* attributes = kube::find(device, {"attributes"});
    if (attributes == nullptr) {
        attributes = kube::find(device, {"basic", "attributes"});  // v1beta1
    }
    if (attributes == nullptr) {
        return {};
    }
    for (const std::string& key : {name, fmt::format("{}/{}", driver, name)}) {
        for (const char* type : {"string", "version"}) {
            if (std::string value = kube::text(*attributes, {key, type}); !value.empty()) {
                return value;
            }
        }
    }
    return {};
}

// Partitions and virtual functions are not counted beside the device they are parts of.
bool is_whole(const Json& device, const std::string& driver) {
    const std::string type = attribute(device, driver, "type");
    return type.empty() || type == "gpu" || type == "device" || type == "tpu";
}

// A DaemonSet's pod that is not placed yet names its node in its affinity.
std::string named_node(const Json& pod) {
    for (const Term& term : required_terms(kube::object(pod, {"spec"}))) {
        for (const Expression& field : term.fields) {
            if (!field.values.empty()) {
                return field.values.front();
            }
        }
    }
    return {};
}

}  // namespace

NodeFacts node_facts(const Json& object) {
    NodeFacts node;
    node.name = kube::name_of(object);
    node.labels = texts_of(kube::object(object, {"metadata", "labels"}));
    node.taints = taints_of(kube::array(object, {"spec", "taints"}));
    node.unschedulable = kube::boolean(object, {"spec", "unschedulable"});
    read_conditions(object, node);
    node.capacity = extended_of(kube::object(object, {"status", "capacity"}));
    node.allocatable = extended_of(kube::object(object, {"status", "allocatable"}));
    const Json& info = kube::object(object, {"status", "nodeInfo"});
    node.versions = {{"kubelet", kube::text(info, {"kubeletVersion"})},
                     {"kernel", kube::text(info, {"kernelVersion"})},
                     {"OS image", kube::text(info, {"osImage"})},
                     {"container runtime", kube::text(info, {"containerRuntimeVersion"})}};
    return node;
}

std::optional<DaemonSet> daemon_set_facts(const Json& object,
                                          const std::vector<Adapter>& adapters) {
    const Json& pod_spec = kube::object(object, {"spec", "template", "spec"});
    DaemonSet result;
    result.space = kube::namespace_of(object);
    result.name = kube::name_of(object);
    if (!take_part(result.name, adapters, result)) {
        result.part = part_by_mounts(pod_spec);
    }
    if (result.part.empty()) {
        return std::nullopt;
    }
    result.node_selector = texts_of(kube::object(pod_spec, {"nodeSelector"}));
    result.affinity = required_terms(pod_spec);
    for (const Json& one : kube::array(pod_spec, {"tolerations"})) {
        result.tolerations.push_back({.key = kube::text(one, {"key"}),
                                      .op = kube::text(one, {"operator"}, "Equal"),
                                      .value = kube::text(one, {"value"}),
                                      .effect = kube::text(one, {"effect"})});
    }
    return result;
}

PodFacts pod_facts(const Json& object, std::int64_t now) {
    PodFacts pod;
    pod.space = kube::namespace_of(object);
    pod.name = kube::name_of(object);
    pod.uid = kube::uid_of(object);
    pod.node = kube::text(object, {"spec", "nodeName"});
    for (const Json& owner : kube::array(object, {"metadata", "ownerReferences"})) {
        if (kube::text(owner, {"kind"}) == "DaemonSet") {
            pod.daemon_set = kube::text(owner, {"name"});
        }
    }
    pod.phase = kube::text(object, {"status", "phase"});
    pod.claims = !kube::array(object, {"spec", "resourceClaims"}).empty();
    pod.over = pod.phase == "Succeeded" || pod.phase == "Failed" ||
               kube::find(object, {"metadata", "deletionTimestamp"}) != nullptr;
    for (const Json& container : kube::array(object, {"spec", "containers"})) {
        for (const auto& [resource, count] :
             extended_of(kube::object(container, {"resources", "limits"}))) {
            pod.requests[resource] += count;
        }
    }
    pod.trouble = trouble_of(object, now);
    if (pod.node.empty() && !pod.daemon_set.empty()) {
        pod.node = named_node(object);
    }
    return pod;
}

SliceFacts slice_facts(const Json& object) {
    SliceFacts slice;
    slice.name = kube::name_of(object);
    slice.driver = kube::text(object, {"spec", "driver"});
    slice.pool = kube::text(object, {"spec", "pool", "name"});
    slice.node = kube::text(object, {"spec", "nodeName"});
    slice.generation = kube::integer(object, {"spec", "pool", "generation"});
    slice.count = kube::integer(object, {"spec", "pool", "resourceSliceCount"});
    for (const Json& device : kube::array(object, {"spec", "devices"})) {
        if (!is_whole(device, slice.driver)) {
            continue;
        }
        const Json& taints = kube::array(device, {"taints"});
        slice.devices.push_back(
            {.name = kube::text(device, {"name"}),
             .driver_version = attribute(device, slice.driver, "driverVersion"),
             .taints =
                 taints_of(taints.empty() ? kube::array(device, {"basic", "taints"}) : taints)});
    }
    return slice;
}

ClaimFacts claim_facts(const Json& object) {
    ClaimFacts claim;
    claim.space = kube::namespace_of(object);
    claim.name = kube::name_of(object);
    claim.created = seconds_of(kube::text(object, {"metadata", "creationTimestamp"}));
    for (const Json& one : kube::array(object, {"status", "allocation", "devices", "results"})) {
        claim.devices.push_back({.driver = kube::text(one, {"driver"}),
                                 .pool = kube::text(one, {"pool"}),
                                 .name = kube::text(one, {"device"})});
    }
    for (const Json& one : kube::array(object, {"status", "reservedFor"})) {
        if (kube::text(one, {"resource"}) == "pods") {
            claim.reserved_for[kube::text(one, {"uid"})] = kube::text(one, {"name"});
        }
    }
    return claim;
}

EventFacts event_facts(const Json& object) {
    EventFacts event;
    event.kind = kube::text(object, {"involvedObject", "kind"});
    event.space = kube::text(object, {"involvedObject", "namespace"});
    event.object = kube::text(object, {"involvedObject", "name"});
    event.reason = kube::text(object, {"reason"});
    event.message = kube::text(object, {"message"});
    event.node = event.kind == "Node" ? event.object : kube::text(object, {"source", "host"});
    if (event.node.empty()) {
        event.node = kube::text(object, {"reportingInstance"});
    }
    event.last = std::max({seconds_of(kube::text(object, {"lastTimestamp"})),
                           seconds_of(kube::text(object, {"eventTime"})),
                           seconds_of(kube::text(object, {"series", "lastObservedTime"}))});
    return event;
}

LeaseFacts lease_facts(const Json& object) {
    return {.node = kube::name_of(object),
            .renewed = seconds_of(kube::text(object, {"spec", "renewTime"})),
            .lasts = kube::integer(object, {"spec", "leaseDurationSeconds"})};
}

}  // namespace assay::triage
