// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/inventory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <set>

#include "engine/quantity.h"
#include "engine/run_id.h"
#include "kube/pages.h"

namespace assay {

namespace {

using kube::Json;

Node node_of(const Json& object, const NodePool& pool) {
    Node node;
    node.in_pool = pool.has(object);
    node.name = kube::name_of(object);
    node.unschedulable = kube::boolean(object, {"spec", "unschedulable"});
    node.simulated = kube::text(object, {"metadata", "labels", simulated_label}) == "true";
    node.architecture = kube::text(object, {"status", "nodeInfo", "architecture"});
    node.operating_system = kube::text(object, {"status", "nodeInfo", "osImage"});
    node.kernel = kube::text(object, {"status", "nodeInfo", "kernelVersion"});
    node.kubelet = kube::text(object, {"status", "nodeInfo", "kubeletVersion"});
    node.container_runtime = kube::text(object, {"status", "nodeInfo", "containerRuntimeVersion"});
    for (const Json& condition : kube::array(object, {"status", "conditions"})) {
        if (kube::text(condition, {"type"}) == "Ready") {
            node.ready = kube::text(condition, {"status"}) == "True";
        }
    }
    for (const auto& [resource, quantity] :
         kube::object(object, {"status", "allocatable"}).items()) {
        const int count = quantity.is_string() ? std::atoi(quantity.get<std::string>().c_str()) : 0;
        if (is_extended(resource) && count > 0) {
            node.extended[resource] = count;
        }
    }
    for (const Json& taint : kube::array(object, {"spec", "taints"})) {
        node.taints.push_back({.key = kube::text(taint, {"key"}),
                               .value = kube::text(taint, {"value"}),
                               .effect = kube::text(taint, {"effect"})});
    }
    return node;
}

// A device's attribute, whatever its type and with or without the driver's domain before the name.
std::string attribute(const Json& device, const std::string& driver, const std::string& name) {
    // v1beta1 keeps the attributes one level deeper.
    const Json* attributes = kube::find(device, {"attributes"});
    if (attributes == nullptr) {
        attributes = kube::find(device, {"basic", "attributes"});
    }
    if (attributes == nullptr) {
        return {};
    }
    for (const std::string& key : {name, fmt::format("{}/{}", driver, name)}) {
        for (const char* type : {"string", "version"}) {
            if (const std::string value = kube::text(*attributes, {key, type}); !value.empty()) {
                return value;
            }
        }
    }
    return {};
}

std::string pci_of(const Json& device, const std::string& driver) {
    const std::string standard = attribute(device, driver, "resource.kubernetes.io/pciBusID");
    return standard.empty() ? attribute(device, driver, "pciBusID") : standard;
}

// Whole devices only: what a pool's partitions or virtual functions share is counted once.
bool is_whole_device(const Json& device, const std::string& driver) {
    const std::string type = attribute(device, driver, "type");
    return type.empty() || type == "gpu" || type == "device" || type == "tpu";
}

struct SliceReading {
    std::vector<PublishedDevice> devices;
    std::set<std::string> drivers;  // of devices in any pool, complete or not
    std::vector<std::string> warnings;
};

// Of a capacity; v1beta1 keeps what a device is one level deeper.
double memory_of(const Json& device) {
    const std::string text =
        kube::text(device, {"capacity", "memory", "value"},
                   kube::text(device, {"basic", "capacity", "memory", "value"}));
    return quantity_of(text).value_or(0);
}

// Only slices of the newest generation of a pool count, and only when all of them are there.
SliceReading devices_in(const std::vector<Json>& slices) {
    std::map<std::pair<std::string, std::string>, std::int64_t> newest;
    std::map<std::pair<std::string, std::string>, std::int64_t> present;
    const auto pool_of = [](const Json& slice) {
        return std::pair(kube::text(slice, {"spec", "driver"}),
                         kube::text(slice, {"spec", "pool", "name"}));
    };
    for (const Json& slice : slices) {
        auto& generation = newest[pool_of(slice)];
        generation = std::max(generation, kube::integer(slice, {"spec", "pool", "generation"}));
    }
    SliceReading reading;
    for (const Json& slice : slices) {
        const auto pool = pool_of(slice);
        if (kube::integer(slice, {"spec", "pool", "generation"}) != newest[pool]) {
            continue;
        }
        ++present[pool];
        if (present[pool] == kube::integer(slice, {"spec", "pool", "resourceSliceCount"})) {
            present[pool] = -1;  // complete
        }
        const std::string node = kube::text(slice, {"spec", "nodeName"});
        for (const Json& device : kube::array(slice, {"spec", "devices"})) {
            if (is_whole_device(device, pool.first)) {
                reading.drivers.insert(pool.first);
                reading.devices.push_back(
                    {.driver = pool.first,
                     .pool = pool.second,
                     .name = kube::text(device, {"name"}),
                     .node = node,
                     .uuid = attribute(device, pool.first, "uuid"),
                     .pci_bus_id = pci_of(device, pool.first),
                     .model = attribute(device, pool.first, "productName"),
                     .driver_version = attribute(device, pool.first, "driverVersion"),
                     .memory_bytes = memory_of(device)});
            }
        }
    }
    std::erase_if(reading.devices, [&](const PublishedDevice& device) {
        return present[{device.driver, device.pool}] != -1;
    });
    for (const auto& [pool, count] : present) {
        if (count != -1) {
            reading.warnings.push_back(
                fmt::format("pool {} of driver {} is incomplete: {} slice(s) of its newest "
                            "generation are there",
                            pool.second, pool.first, count));
        }
    }
    return reading;
}

bool names_driver(const std::string& expression, const std::string& driver) {
    return expression.find('"' + driver + '"') != std::string::npos ||
           expression.find("'" + driver + "'") != std::string::npos;
}

// The class whose selector names the driver most plainly; "" if none does.
std::string plainest_class(const std::string& driver, const std::vector<Json>& classes) {
    std::string best;
    std::size_t best_length = 0;
    for (const Json& one : classes) {
        for (const Json& selector : kube::array(one, {"spec", "selectors"})) {
            const std::string expression = kube::text(selector, {"cel", "expression"});
            if (names_driver(expression, driver) &&
                (best.empty() || expression.size() < best_length)) {
                best = kube::name_of(one);
                best_length = expression.size();
            }
        }
    }
    return best;
}

// The class by which a tenant requests devices of a driver: the adapter's own, else the one whose
// selector names the driver most plainly.
std::string class_for(const std::string& driver, const Adapter* adapter,
                      const std::vector<Json>& classes) {
    const auto is_there = [&](const std::string& name) {
        return std::ranges::any_of(classes,
                                   [&](const Json& one) { return kube::name_of(one) == name; });
    };
    if (adapter != nullptr) {
        const auto own = std::ranges::find_if(adapter->device_classes, is_there);
        if (own != adapter->device_classes.end()) {
            return *own;
        }
    }
    return plainest_class(driver, classes);
}

std::vector<AcceleratorKind> kinds_of(const SliceReading& reading, const std::vector<Json>& classes,
                                      const std::vector<Adapter>& adapters) {
    std::map<std::string, AcceleratorKind> by_driver;
    for (const std::string& driver : reading.drivers) {
        const Adapter* adapter = adapter_of_driver(adapters, driver);
        if (adapter == nullptr || adapter->role == "accelerator") {
            by_driver[driver].driver = driver;
            by_driver[driver].adapter = adapter;
        }
    }
    for (const PublishedDevice& device : reading.devices) {
        if (const auto kind = by_driver.find(device.driver); kind != by_driver.end()) {
            kind->second.devices.push_back(device);
        }
    }
    std::vector<AcceleratorKind> result;
    for (auto& [driver, kind] : by_driver) {
        kind.device_class = class_for(driver, kind.adapter, classes);
        for (const Json& one : classes) {
            if (kube::name_of(one) == kind.device_class) {
                kind.extended_resource = kube::text(one, {"spec", "extendedResourceName"});
            }
        }
        kind.name = kind.device_class.empty() ? driver : kind.device_class;
        result.push_back(std::move(kind));
    }
    return result;
}

kube::Result<void> read_dra(const kube::Client& client, const std::vector<Adapter>& adapters,
                            const kube::Discovery& discovery, const kube::Limit& limit,
                            Inventory& into) {
    const auto version = discovery.served("resource.k8s.io", {"v1", "v1beta2", "v1beta1"});
    if (!version) {
        into.looked_for.emplace_back("API group resource.k8s.io (not served by this cluster)");
        return {};
    }
    into.dra_version = *version;
    const kube::Resource slices{"resource.k8s.io", *version, "resourceslices", "ResourceSlice",
                                false};
    const kube::Resource classes{"resource.k8s.io", *version, "deviceclasses", "DeviceClass",
                                 false};
    const auto slice_list = client.list(slices, "", {}, limit);
    if (!slice_list) {
        return std::unexpected(slice_list.error());
    }
    const auto class_list = client.list(classes, "", {}, limit);
    if (!class_list) {
        return std::unexpected(class_list.error());
    }
    SliceReading reading = devices_in(slice_list->items);
    std::ranges::transform(class_list->items, std::back_inserter(into.device_classes),
                           [](const Json& one) { return kube::name_of(one); });
    into.kinds = kinds_of(reading, class_list->items, adapters);
    into.warnings.insert(into.warnings.end(), reading.warnings.begin(), reading.warnings.end());
    into.looked_for.push_back(fmt::format("ResourceSlices ({}) and DeviceClasses ({})",
                                          slice_list->items.size(), class_list->items.size()));
    return {};
}

AcceleratorKind plugin_kind(const std::string& resource, const std::vector<Adapter>& adapters) {
    AcceleratorKind kind;
    kind.name = resource;
    kind.resource = resource;
    kind.adapter = adapter_of_resource(adapters, resource);
    kind.only_by_name = kind.adapter == nullptr;
    return kind;
}

// What device plugins offer. Which device is which they do not tell: each node has so many.
void read_plugins(const std::vector<Adapter>& adapters, Inventory& into) {
    std::map<std::string, AcceleratorKind> by_resource;
    for (const Node& node : into.nodes) {
        for (const auto& [resource, count] : node.extended) {
            const Adapter* adapter = adapter_of_resource(adapters, resource);
            if (adapter != nullptr && adapter->role != "accelerator") {
                continue;
            }
            AcceleratorKind& kind =
                by_resource.try_emplace(resource, plugin_kind(resource, adapters)).first->second;
            PublishedDevice& all = kind.devices.emplace_back();
            all.pool = all.node = node.name;
            all.count = count;
        }
    }
    for (auto& [resource, kind] : by_resource) {
        into.kinds.push_back(std::move(kind));
    }
    std::vector<std::string> known;
    for (const Adapter& adapter : adapters) {
        known.insert(known.end(), adapter.resource_names.begin(), adapter.resource_names.end());
    }
    into.looked_for.push_back(fmt::format("device plugin resources {}", fmt::join(known, ", ")));
}

}  // namespace

bool is_extended(std::string_view resource) {
    return resource.find('/') != std::string_view::npos &&
           resource.find("kubernetes.io/") == std::string_view::npos;
}

std::map<std::string, int> AcceleratorKind::devices_by_node() const {
    std::map<std::string, int> result;
    for (const PublishedDevice& device : devices) {
        result[device.node] += device.count;
    }
    return result;
}

int AcceleratorKind::device_count() const {
    const auto add = [](int sum, const PublishedDevice& one) { return sum + one.count; };
    return std::accumulate(devices.begin(), devices.end(), 0, add);
}

const Node* Inventory::node(std::string_view name) const {
    const auto found = std::ranges::find(nodes, name, &Node::name);
    return found == nodes.end() ? nullptr : &*found;
}

kube::Result<Inventory> take_inventory(const kube::Client& client,
                                       const std::vector<Adapter>& adapters,
                                       const kube::Limit& limit, const NodePool& pool) {
    Inventory result;
    result.taken_at = now_rfc3339();
    const auto version = client.version(limit);
    if (!version) {
        return std::unexpected(version.error());
    }
    result.kubernetes_version = version->git_version;
    result.platform = version->platform;
    const auto nodes = kube::visit(
        client, kube::nodes, "", {},
        [&](const Json& one) { result.nodes.push_back(node_of(one, pool)); },
        [&] { result.nodes.clear(); }, limit);
    if (!nodes) {
        return std::unexpected(nodes.error());
    }
    const auto system = client.get(kube::namespaces, "", "kube-system", limit);
    if (!system) {
        return std::unexpected(system.error());
    }
    result.cluster_uid = kube::uid_of(*system);
    const auto discovery = kube::Discovery::of(client, limit);
    if (!discovery) {
        return std::unexpected(discovery.error());
    }
    result.api_groups = discovery->groups();
    if (auto read = read_dra(client, adapters, *discovery, limit, result); !read) {
        return std::unexpected(read.error());
    }
    read_plugins(adapters, result);
    if (const auto narrowed = narrow_to_pool(result, pool); !narrowed) {
        return std::unexpected(narrowed.error());
    }
    const auto handlers = client.list(kube::runtime_classes, "", {}, limit);
    if (!handlers) {
        return std::unexpected(handlers.error());
    }
    for (const Json& one : handlers->items) {
        result.runtime_classes.push_back(kube::name_of(one));
        result.runtime_handlers[kube::name_of(one)] = kube::text(one, {"handler"});
    }
    return result;
}

namespace {

ClusterFacts::Pool pool_of(const Inventory& inventory, const AcceleratorKind& kind, bool examined) {
    ClusterFacts::Pool pool;
    pool.accelerator = kind.name;
    pool.vendor = kind.adapter == nullptr ? "unknown" : kind.adapter->vendor;
    pool.adapter = kind.adapter == nullptr ? "" : kind.adapter->name;
    pool.allocation = kind.by_plugin() ? "device-plugin" : "dra";
    pool.driver = kind.driver;
    pool.devices = kind.device_count();
    if (!kind.devices.empty()) {
        pool.driver_version = kind.devices.front().driver_version;
        pool.model = kind.devices.front().model;
    }
    pool.examined = examined;
    pool.simulated = kind.adapter != nullptr && kind.adapter->simulated;
    for (const auto& [node, count] : kind.devices_by_node()) {
        pool.nodes.push_back(node);
        const Node* known = inventory.node(node);
        pool.simulated = pool.simulated || (known != nullptr && known->simulated);
    }
    return pool;
}

}  // namespace

ClusterFacts facts_of(const Inventory& inventory,
                      const std::vector<const AcceleratorKind*>& examined) {
    ClusterFacts facts;
    facts.version = inventory.kubernetes_version;
    facts.platform = inventory.platform;
    facts.cluster_uid = inventory.cluster_uid;
    facts.nodes = static_cast<int>(inventory.nodes.size());
    for (const AcceleratorKind& kind : inventory.kinds) {
        const bool is_examined = std::ranges::find(examined, &kind) != examined.end();
        if (is_examined || !kind.only_by_name) {
            facts.accelerators.push_back(pool_of(inventory, kind, is_examined));
        }
    }
    return facts;
}

}  // namespace assay
