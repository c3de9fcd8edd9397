// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/triage_offers.h"

#include <algorithm>
#include <array>

#include "engine/triage_reach.h"

namespace assay::triage {

namespace {

// What many DaemonSets select by that have nothing to do with accelerators.
constexpr std::array common_labels{"kubernetes.io/os", "kubernetes.io/arch",
                                   "beta.kubernetes.io/os", "beta.kubernetes.io/arch"};

bool is_common(const std::string& label) {
    return std::ranges::find(common_labels, label) != common_labels.end();
}

// It is made for some nodes only, by more than their operating system.
bool is_choosy(const DaemonSet& set) {
    const auto chosen = [](const auto& one) { return !is_common(one.first); };
    const auto asks = [](const Expression& one) {
        // "not on virtual nodes" and the like do not say what a node has.
        return !is_common(one.key) && (one.op == "In" || one.op == "Exists");
    };
    return std::ranges::any_of(set.node_selector, chosen) ||
           (!set.affinity.empty() && std::ranges::all_of(set.affinity, [&](const Term& term) {
               return std::ranges::any_of(term.labels, asks);
           }));
}

bool has_label(const NodeFacts& node, const std::string& wanted) {
    const std::size_t equals = wanted.find('=');
    const auto found = node.labels.find(wanted.substr(0, equals));
    return found != node.labels.end() &&
           (equals == std::string::npos || found->second == wanted.substr(equals + 1));
}

void add(const SliceFacts& slice, SlicePool& into) {
    if (slice.generation < into.generation) {
        ++into.stale;
        return;
    }
    if (slice.generation > into.generation) {
        into.stale += into.seen;
        into.seen = 0;
        into.devices.clear();
        into.generation = slice.generation;
    }
    ++into.seen;
    into.wanted = slice.count;
    into.slice = slice.name;
    into.devices.insert(into.devices.end(), slice.devices.begin(), slice.devices.end());
}

}  // namespace

std::int64_t Offer::devices() const {
    std::int64_t count = 0;
    for (const SlicePool& pool : pools) {
        count += pool.complete() ? static_cast<std::int64_t>(pool.devices.size()) : 0;
    }
    for (const auto& [resource, devices] : allocatable) {
        count += devices;
    }
    return count;
}

std::string Offer::driver_version() const {
    for (const SlicePool& pool : pools) {
        for (const SliceDevice& device : pool.devices) {
            if (!device.driver_version.empty()) {
                return device.driver_version;
            }
        }
    }
    return {};
}

Offers::Offers(const Snapshot& snapshot, const std::vector<Adapter>& adapters)
    : adapters_(&adapters) {
    add_resources(snapshot);
    add_slices(snapshot);
}

void Offers::add_resources(const Snapshot& snapshot) {
    std::map<std::string, std::string> of_resource;  // patterns cost too much to try for each node
    for (const NodeFacts& node : snapshot.nodes) {
        for (const auto& [resource, count] : node.capacity) {
            const auto [family, fresh] = of_resource.try_emplace(resource);
            if (fresh) {
                family->second = family_of_resource(resource);
            }
            if (!family->second.empty()) {
                Offer& offer = by_node_[node.name][family->second];
                const auto usable = node.allocatable.find(resource);
                offer.capacity[resource] = count;
                offer.allocatable[resource] = usable == node.allocatable.end() ? 0 : usable->second;
            }
        }
    }
}

void Offers::add_slices(const Snapshot& snapshot) {
    std::map<std::pair<std::string, std::string>, SlicePool> pools;
    for (const SliceFacts& slice : snapshot.slices) {
        const std::pair key{slice.driver, slice.pool};
        add(slice, pools[key]);
        nodes_of_pools_[key] = slice.node;
    }
    for (auto& [key, pool] : pools) {
        const std::string family = family_of_driver(key.first);
        const std::string node = nodes_of_pools_[key];
        if (!family.empty() && !node.empty()) {
            pool.driver = key.first;
            pool.name = key.second;
            by_node_[node][family].pools.push_back(std::move(pool));
        }
    }
}

const std::map<std::string, Offer>& Offers::of(const std::string& node) const {
    static const std::map<std::string, Offer> nothing;
    const auto found = by_node_.find(node);
    return found == by_node_.end() ? nothing : found->second;
}

std::int64_t Offers::devices(const std::string& node, const std::string& family) const {
    const auto& all = of(node);
    const auto found = all.find(family);
    return found == all.end() ? 0 : found->second.devices();
}

std::string Offers::node_of(const std::string& driver, const std::string& pool) const {
    const auto found = nodes_of_pools_.find({driver, pool});
    return found == nodes_of_pools_.end() ? "" : found->second;
}

std::string Offers::family_called(const std::string& name) const {
    if (const std::string resource = family_of_resource(name); !resource.empty()) {
        return resource;
    }
    for (const Adapter& one : *adapters_) {
        if (std::ranges::find(one.device_classes, name) != one.device_classes.end()) {
            return one.name;
        }
    }
    const std::string driver = family_of_driver(name);
    return driver.empty() ? name : driver;
}

std::string Offers::family_of_driver(const std::string& driver) const {
    const Adapter* known = adapter_of_driver(*adapters_, driver);
    if (known == nullptr) {
        return driver;
    }
    return known->role == "accelerator" ? known->name : "";
}

std::string Offers::family_of_resource(const std::string& resource) const {
    const Adapter* known = adapter_of_resource(*adapters_, resource);
    if (known != nullptr) {
        return known->role == "accelerator" ? known->name : "";
    }
    for (const Adapter& one : *adapters_) {
        for (const std::string& pattern : one.stack.partition_resources) {
            if (matches(resource, pattern)) {
                return one.name;
            }
        }
    }
    return {};
}

const Adapter* Offers::adapter(const std::string& family) const {
    const auto found = std::ranges::find(*adapters_, family, &Adapter::name);
    return found == adapters_->end() ? nullptr : &*found;
}

std::set<std::string> signs_on(const NodeFacts& node, const Snapshot& snapshot,
                               const Offers& offers, const std::vector<Adapter>& adapters) {
    std::set<std::string> families;
    for (const auto& [family, offer] : offers.of(node.name)) {
        families.insert(family);
    }
    for (const Adapter& adapter : adapters) {
        const auto shows = [&](const std::string& label) { return has_label(node, label); };
        if (std::ranges::any_of(adapter.stack.node_labels, shows)) {
            families.insert(adapter.name);
        }
    }
    for (const DaemonSet& set : snapshot.daemon_sets) {
        if (!set.family.empty() && is_choosy(set) &&
            exclusion_of(set, node).by != Exclusion::By::label) {
            families.insert(set.family);
        }
    }
    return families;
}

}  // namespace assay::triage
