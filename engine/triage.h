// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Says of each accelerator node which link between the machine and an accelerator in a pod is
// broken, from what one look at the cluster listed. Pure, any thread; linear in what was listed.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/adapter.h"
#include "engine/triage_facts.h"
#include "engine/triage_report.h"

namespace assay::triage {

// Which nodes are asked about: at most one of pool and node.
struct Scope {
    std::string pool_key;  // label; "" for every node
    std::string pool_value;
    std::string node;
    std::string accelerator;  // adapter, driver or resource that they must have; "" as it is found
};

struct Snapshot {
    std::int64_t now = -1;  // by the cluster's own clock, seconds since 1970
    std::vector<NodeFacts> nodes;
    std::vector<LeaseFacts> leases;
    std::vector<DaemonSet> daemon_sets;
    std::vector<PodFacts> pods;      // of those DaemonSets, and those that ask for devices
    std::set<std::string> pod_uids;  // every pod's; empty if they were not read
    std::vector<SliceFacts> slices;
    std::vector<ClaimFacts> claims;
    std::vector<EventFacts> events;  // warnings
    std::vector<Unseen> unseen;
};

// What the cluster offers, by adapter, and by driver where no adapter knows it.
Report diagnose(const Snapshot& snapshot, const std::vector<Adapter>& adapters, const Scope& scope);

}  // namespace assay::triage
