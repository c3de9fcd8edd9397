// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Walks the chain of one node, link by link, and tells what is broken. What needs a look at other
// nodes (odd taints, missing devices, skew) is triage.cpp's. Pure; any thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/triage_offers.h"

namespace assay::triage {

// The snapshot by node. Points into the snapshot, which outlives it.
class Index {
public:
    Index(const Snapshot& snapshot, const Offers& offers);

    using Key = std::pair<std::string, std::string>;  // namespace, name
    // The pod that a DaemonSet has on a node: the one that is to last, if there is one.
    const PodFacts* pod_of(const DaemonSet& set, const std::string& node) const;
    // Whether a node with devices of the DaemonSet's family has a pod of it: then others need one.
    bool is_needed(const DaemonSet& set) const { return needed_.contains({set.space, set.name}); }
    // Whether any node has devices of the family.
    bool is_offered(const std::string& family) const { return offered_.contains(family); }
    const LeaseFacts* lease(const std::string& node) const;
    const PodFacts* pod(const std::string& space, const std::string& name) const;
    const std::vector<const EventFacts*>& events(const std::string& node) const;
    const std::vector<std::pair<const ClaimFacts*, const ClaimFacts::Device*>>& claimed(
        const std::string& node) const;
    const std::vector<const PodFacts*>& pods(const std::string& node) const;

    const Snapshot& snapshot() const { return *snapshot_; }
    const Offers& offers() const { return *offers_; }

private:
    void add_claims();
    void add_offers();

    const Snapshot* snapshot_;
    const Offers* offers_;
    std::map<std::pair<std::string, Key>, const PodFacts*> set_pods_;
    std::map<Key, const PodFacts*> pods_;
    std::map<std::string, std::vector<const PodFacts*>> on_node_;
    std::map<std::string, const LeaseFacts*> leases_;
    std::map<std::string, std::vector<const EventFacts*>> events_;
    std::map<std::string, std::vector<std::pair<const ClaimFacts*, const ClaimFacts::Device*>>>
        claimed_;
    std::set<Key> needed_;
    std::set<std::string> offered_;
};

// Findings in the order they were made; families are those the node should have.
std::vector<Finding> chain_of(const NodeFacts& node, const std::set<std::string>& families,
                              const Index& index);
std::vector<Holder> holders_on(const NodeFacts& node, const Index& index);
std::vector<std::string> warnings_of(const NodeFacts& node, const Index& index);

}  // namespace assay::triage
