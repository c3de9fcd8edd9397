// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The inventory as values that reports/ may see.
#include <algorithm>
#include <iterator>

#include "engine/inventory.h"

namespace assay {

namespace {

ClusterInventory::Node installed_node(const Node& node) {
    ClusterInventory::Node result;
    result.name = node.name;
    result.ready = node.ready;
    result.unschedulable = node.unschedulable;
    result.simulated = node.simulated;
    result.architecture = node.architecture;
    result.operating_system = node.operating_system;
    result.kernel = node.kernel;
    result.kubelet = node.kubelet;
    result.container_runtime = node.container_runtime;
    for (const Toleration& taint : node.taints) {
        result.taints.push_back({taint.key, taint.value, taint.effect});
    }
    result.extended = node.extended;
    return result;
}

ClusterInventory::Device installed_device(const PublishedDevice& device) {
    return {.node = device.node,
            .pool = device.pool,
            .name = device.name,
            .uuid = device.uuid,
            .pci_bus_id = device.pci_bus_id,
            .model = device.model,
            .driver_version = device.driver_version};
}

ClusterInventory::Accelerator installed_kind(const AcceleratorKind& kind,
                                             const Inventory& inventory) {
    ClusterInventory::Accelerator result;
    result.accelerator = kind.name;
    result.vendor = kind.adapter == nullptr ? "" : kind.adapter->vendor;
    result.adapter = kind.adapter == nullptr ? "" : kind.adapter->name;
    result.allocation = kind.by_plugin() ? "device-plugin" : "dra";
    result.driver = kind.driver;
    result.device_class = kind.device_class;
    result.devices_by_node = kind.devices_by_node();
    result.simulated = kind.adapter != nullptr && kind.adapter->simulated;
    for (const auto& [name, count] : result.devices_by_node) {
        const Node* node = inventory.node(name);
        result.simulated = result.simulated || (node != nullptr && node->simulated);
    }
    if (!kind.by_plugin()) {
        std::ranges::transform(kind.devices, std::back_inserter(result.devices), installed_device);
    }
    return result;
}

}  // namespace

ClusterInventory installed_in(const Inventory& inventory,
                              const std::vector<const AcceleratorKind*>& examined) {
    ClusterInventory result;
    result.taken_at = inventory.taken_at;
    std::ranges::transform(inventory.nodes, std::back_inserter(result.nodes), installed_node);
    for (const AcceleratorKind& kind : inventory.kinds) {
        result.accelerators.push_back(installed_kind(kind, inventory));
        result.accelerators.back().examined = std::ranges::find(examined, &kind) != examined.end();
    }
    result.dra_version = inventory.dra_version;
    result.device_classes = inventory.device_classes;
    result.runtime_classes = inventory.runtime_handlers;
    for (const kube::ApiGroup& group : inventory.api_groups) {
        result.api_groups.push_back(
            {.name = group.name, .versions = group.versions, .stale = group.stale});
    }
    return result;
}

}  // namespace assay
