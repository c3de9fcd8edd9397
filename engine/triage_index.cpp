// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include "engine/triage_chain.h"

namespace assay::triage {

namespace {

template <class Map, class Key>
const auto& at_or_empty(const Map& map, const Key& key) {
    static const typename Map::mapped_type nothing;
    const auto found = map.find(key);
    return found == map.end() ? nothing : found->second;
}

template <class Map, class Key>
auto pointer_at(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : found->second;
}

}  // namespace

Index::Index(const Snapshot& listed, const Offers& offered)
    : snapshot_(&listed), offers_(&offered) {
    for (const LeaseFacts& one : listed.leases) {
        leases_[one.node] = &one;
    }
    for (const PodFacts& one : listed.pods) {
        pods_[{one.space, one.name}] = &one;
        on_node_[one.node].push_back(&one);
        if (!one.daemon_set.empty()) {
            const PodFacts*& kept = set_pods_[{one.node, {one.space, one.daemon_set}}];
            kept = kept == nullptr || kept->over ? &one : kept;
        }
    }
    for (const EventFacts& one : listed.events) {
        events_[one.node].push_back(&one);
    }
    for (auto& [node, events] : events_) {
        std::ranges::stable_sort(events, std::ranges::greater{}, &EventFacts::last);
    }
    add_claims();
    add_offers();
}

void Index::add_claims() {
    for (const ClaimFacts& claim : snapshot_->claims) {
        for (const ClaimFacts::Device& device : claim.devices) {
            claimed_[offers_->node_of(device.driver, device.pool)].emplace_back(&claim, &device);
        }
    }
}

void Index::add_offers() {
    for (const NodeFacts& node : snapshot_->nodes) {
        for (const auto& [family, offer] : offers_->of(node.name)) {
            if (offer.devices() > 0) {
                offered_.insert(family);
            }
        }
    }
    for (const DaemonSet& set : snapshot_->daemon_sets) {
        const auto needs_it = [&](const NodeFacts& node) {
            return offers_->devices(node.name, set.family) > 0 && pod_of(set, node.name) != nullptr;
        };
        if (std::ranges::any_of(snapshot_->nodes, needs_it)) {
            needed_.insert({set.space, set.name});
        }
    }
}

const PodFacts* Index::pod_of(const DaemonSet& set, const std::string& node) const {
    return pointer_at(set_pods_, std::pair{node, Key{set.space, set.name}});
}

const LeaseFacts* Index::lease(const std::string& node) const {
    return pointer_at(leases_, node);
}

const PodFacts* Index::pod(const std::string& space, const std::string& name) const {
    return pointer_at(pods_, Key{space, name});
}

const std::vector<const EventFacts*>& Index::events(const std::string& node) const {
    return at_or_empty(events_, node);
}

const std::vector<std::pair<const ClaimFacts*, const ClaimFacts::Device*>>& Index::claimed(
    const std::string& node) const {
    return at_or_empty(claimed_, node);
}

const std::vector<const PodFacts*>& Index::pods(const std::string& node) const {
    return at_or_empty(on_node_, node);
}

}  // namespace assay::triage
