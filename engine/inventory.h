// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the cluster has, read before anything is created: nodes, accelerators by kind,
// RuntimeClasses. Immutable once read; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/adapter.h"
#include "engine/node_pool.h"
#include "engine/result.h"
#include "kube/client.h"
#include "kube/discovery.h"

namespace assay {

// "true" on nodes whose devices are none.
inline constexpr const char* simulated_label = "lab.assay/simulated";

struct Toleration {
    std::string key;
    std::string value;
    std::string effect;
};

struct Node {
    std::string name;
    bool ready = false;
    bool unschedulable = false;
    bool simulated = false;         // label lab.assay/simulated: "true"
    bool in_pool = true;            // of --pool, or of no pool in particular
    std::string architecture = {};  // as Go spells it: "amd64"; "" if the node does not say
    std::string operating_system = {};
    std::string kernel = {};
    std::string kubelet = {};
    std::string container_runtime = {};
    std::vector<Toleration> taints;
    std::map<std::string, int> extended;  // allocatable extended resources: "nvidia.com/gpu" -> 8
};

// Extended resources have a domain that is not Kubernetes' own; the kubelet and the API server hold
// to that (k8s.io/component-helpers, IsExtendedResourceName).
bool is_extended(std::string_view resource);

struct PublishedDevice {
    std::string driver;
    std::string pool;
    std::string name;
    std::string node;
    std::string uuid;
    std::string pci_bus_id;
    std::string model;
    std::string driver_version;
    double memory_bytes = 0;  // 0: not published
    int count = 1;            // of a device plugin: all of its node
};

// One kind of accelerator that a tenant can request, by one way of allocation.
struct AcceleratorKind {
    std::string name;          // what --accelerator takes: the DeviceClass, else driver or resource
    std::string driver;        // of DRA; "" for a device plugin
    std::string device_class;  // of DRA; "" if no class selects it: nobody can request it
    std::string extended_resource = {};  // that its class answers for, "" if none
    std::string resource;                // of a device plugin: "nvidia.com/gpu"; "" for DRA
    const Adapter* adapter = nullptr;
    // Examined only if --accelerator names it: a plugin resource that no adapter knows may be no
    // accelerator.
    bool only_by_name = false;
    // Those in complete pools; none if no pool of the driver is complete.
    std::vector<PublishedDevice> devices;  // of a device plugin one for each node

    bool by_plugin() const { return !resource.empty(); }

    int device_count() const;
    std::map<std::string, int> devices_by_node() const;
};

struct Inventory {
    std::string taken_at;
    std::string kubernetes_version;
    std::string platform;
    std::string cluster_uid;
    std::vector<Node> nodes;
    std::vector<AcceleratorKind> kinds;
    std::vector<std::string> runtime_classes;
    std::map<std::string, std::string> runtime_handlers;  // by RuntimeClass
    std::vector<std::string> device_classes;
    std::vector<kube::ApiGroup> api_groups;
    std::string dra_version;              // served version of resource.k8s.io, "" if none
    std::vector<std::string> looked_for;  // what was asked, for "no accelerator found"
    std::vector<std::string> warnings;

    const Node* node(std::string_view name) const;
};

// Reads it all; of accelerators only those on nodes of the pool. adapters outlive the result. A
// pool without a node is Error::Kind::config.
kube::Result<Inventory> take_inventory(const kube::Client& client,
                                       const std::vector<Adapter>& adapters,
                                       const kube::Limit& limit, const NodePool& pool = {});

// Nodes of a kind that images of these architectures cannot run on.
struct ArchitectureGap {
    std::string words;       // "" if there is none
    bool none_left = false;  // none of the kind's nodes is of these architectures
};

ArchitectureGap architecture_gap(const Inventory& inventory, const AcceleratorKind& kind,
                                 const std::vector<std::string>& architectures);

// As the report shows it; examined are the kinds that this run examines, of this inventory.
ClusterFacts facts_of(const Inventory& inventory,
                      const std::vector<const AcceleratorKind*>& examined);

// Whole, as inventory.json shows it.
ClusterInventory installed_in(const Inventory& inventory,
                              const std::vector<const AcceleratorKind*>& examined);

}  // namespace assay
