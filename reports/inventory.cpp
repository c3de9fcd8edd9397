// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/inventory.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "reports/escape.h"

namespace assay::reports {

namespace {

using Json = nlohmann::ordered_json;

// A member that has nothing to say is left out.
void put_text(Json& object, const char* name, std::string_view value) {
    if (!value.empty()) {
        object[name] = printable(value);
    }
}

Json texts(const std::vector<std::string>& values) {
    Json result = Json::array();
    for (const std::string& value : values) {
        result.push_back(printable(value));
    }
    return result;
}

Json counts_json(const std::map<std::string, int>& counts) {
    Json result = Json::object();
    for (const auto& [name, count] : counts) {
        result[printable(name)] = count;
    }
    return result;
}

Json node_json(const ClusterInventory::Node& node) {
    Json result;
    result["name"] = printable(node.name);
    result["ready"] = node.ready;
    result["unschedulable"] = node.unschedulable;
    result["simulated"] = node.simulated;
    put_text(result, "architecture", node.architecture);
    put_text(result, "operatingSystem", node.operating_system);
    put_text(result, "kernel", node.kernel);
    put_text(result, "kubelet", node.kubelet);
    put_text(result, "containerRuntime", node.container_runtime);
    result["taints"] = Json::array();
    for (const ClusterInventory::Taint& taint : node.taints) {
        Json one;
        one["key"] = printable(taint.key);
        put_text(one, "value", taint.value);
        put_text(one, "effect", taint.effect);
        result["taints"].push_back(one);
    }
    result["extendedResources"] = counts_json(node.extended);
    return result;
}

Json device_json(const ClusterInventory::Device& device) {
    Json result;
    put_text(result, "node", device.node);
    result["pool"] = printable(device.pool);
    result["name"] = printable(device.name);
    put_text(result, "uuid", device.uuid);
    put_text(result, "pciBusId", device.pci_bus_id);
    put_text(result, "model", device.model);
    put_text(result, "driverVersion", device.driver_version);
    return result;
}

Json accelerator_json(const ClusterInventory::Accelerator& accelerator) {
    Json result;
    result["accelerator"] = printable(accelerator.accelerator);
    put_text(result, "vendor", accelerator.vendor);
    put_text(result, "adapter", accelerator.adapter);
    put_text(result, "allocation", accelerator.allocation);
    put_text(result, "driver", accelerator.driver);
    put_text(result, "deviceClass", accelerator.device_class);
    result["examined"] = accelerator.examined;
    result["simulated"] = accelerator.simulated;
    result["devicesByNode"] = counts_json(accelerator.devices_by_node);
    result["devices"] = Json::array();
    for (const ClusterInventory::Device& device : accelerator.devices) {
        result["devices"].push_back(device_json(device));
    }
    return result;
}

Json api_groups_json(const std::vector<ClusterInventory::ApiGroup>& groups) {
    Json result = Json::array();
    for (const ClusterInventory::ApiGroup& group : groups) {
        Json one;
        one["name"] = printable(group.name);
        one["versions"] = texts(group.versions);
        one["stale"] = group.stale;
        result.push_back(one);
    }
    return result;
}

Json runtime_classes_json(const std::map<std::string, std::string>& classes) {
    Json result = Json::array();
    for (const auto& [name, handler] : classes) {
        Json one;
        one["name"] = printable(name);
        put_text(one, "handler", handler);
        result.push_back(one);
    }
    return result;
}

// Also where only a finding of the run was: no part of the cluster need say so.
bool any_simulated(const RunResult& run) {
    return run.simulated ||
           std::ranges::any_of(run.inventory.nodes, &ClusterInventory::Node::simulated) ||
           std::ranges::any_of(run.inventory.accelerators,
                               &ClusterInventory::Accelerator::simulated);
}

}  // namespace

std::string inventory_json(const RunResult& run) {
    const ClusterInventory& from = run.inventory;
    Json inventory;
    inventory["schemaVersion"] = inventory_schema_version;
    inventory["kind"] = "ClusterInventory";
    inventory["runId"] = run.run_id;
    put_text(inventory, "takenAt", from.taken_at);
    inventory["simulated"] = any_simulated(run);
    inventory["kubernetes"] = Json::object();
    put_text(inventory["kubernetes"], "gitVersion", run.cluster.version);
    put_text(inventory["kubernetes"], "platform", run.cluster.platform);
    put_text(inventory["kubernetes"], "uid", run.cluster.cluster_uid);
    inventory["nodes"] = Json::array();
    for (const ClusterInventory::Node& node : from.nodes) {
        inventory["nodes"].push_back(node_json(node));
    }
    inventory["accelerators"] = Json::array();
    for (const ClusterInventory::Accelerator& accelerator : from.accelerators) {
        inventory["accelerators"].push_back(accelerator_json(accelerator));
    }
    put_text(inventory, "draVersion", from.dra_version);
    inventory["deviceClasses"] = texts(from.device_classes);
    inventory["runtimeClasses"] = runtime_classes_json(from.runtime_classes);
    inventory["apiGroups"] = api_groups_json(from.api_groups);
    return inventory.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace assay::reports
