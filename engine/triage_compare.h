// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What shows only beside its peers: odd taints, missing devices, odd versions. Pure; any thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/triage_offers.h"

namespace assay::triage {

struct Member {
    const NodeFacts* node = nullptr;
    std::set<std::string> families;  // that it should have
    bool uniform = false;            // its peers are machines of its kind
    NodeReport* report = nullptr;    // gets the findings
};

// Driver versions by family, and what the node says of itself.
std::map<std::string, std::string> versions_of(const NodeFacts& node,
                                               const std::set<std::string>& families,
                                               const Offers& offers);

// The members are the nodes of one pool.
void compare(const std::vector<Member>& pool, const Offers& offers,
             const std::vector<Adapter>& adapters);

}  // namespace assay::triage
