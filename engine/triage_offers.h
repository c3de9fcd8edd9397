// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What each node offers of each family of accelerators, and what makes one expect a family on it. A
// family is an adapter's name, or the driver where no adapter knows it: how devices are handed out
// (slices, a device plugin, both) does not matter to it. Pure, any thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/triage.h"

namespace assay::triage {

// The slices that one driver publishes for one pool.
struct SlicePool {
    std::string driver;
    std::string name;
    std::int64_t generation = 0;  // the newest
    std::int64_t wanted = 0;      // slices it should have
    std::int64_t seen = 0;        // that are there of that generation
    std::int64_t stale = 0;       // that are there of older ones
    std::string slice;            // the name of one of them
    std::vector<SliceDevice> devices;

    bool complete() const { return seen == wanted; }
};

struct Offer {
    std::vector<SlicePool> pools;
    std::map<std::string, std::int64_t> capacity;  // resources of the family
    std::map<std::string, std::int64_t> allocatable;

    // That the scheduler can hand out.
    std::int64_t devices() const;
    std::string driver_version() const;
};

class Offers {
public:
    Offers(const Snapshot& snapshot, const std::vector<Adapter>& adapters);

    // By family; none that offers nothing and never did.
    const std::map<std::string, Offer>& of(const std::string& node) const;
    std::int64_t devices(const std::string& node, const std::string& family) const;
    // The node a pool's devices are on, "" if that is not one node.
    std::string node_of(const std::string& driver, const std::string& pool) const;

    // By adapter, driver or resource, as the user may name it; the name itself if nothing knows it.
    std::string family_called(const std::string& name) const;
    std::string family_of_driver(const std::string& driver) const;      // "" for no accelerator's
    std::string family_of_resource(const std::string& resource) const;  // likewise
    const Adapter* adapter(const std::string& family) const;

private:
    void add_resources(const Snapshot& snapshot);
    void add_slices(const Snapshot& snapshot);

    const std::vector<Adapter>* adapters_;
    std::map<std::string, std::map<std::string, Offer>> by_node_;
    std::map<std::pair<std::string, std::string>, std::string> nodes_of_pools_;
};

// The families that a node shows signs of: resources, slices, labels, DaemonSets made for such
// nodes. (A broken pod of a stack is one too; triage.cpp sees to it.)
std::set<std::string> signs_on(const NodeFacts& node, const Snapshot& snapshot,
                               const Offers& offers, const std::vector<Adapter>& adapters);

}  // namespace assay::triage
