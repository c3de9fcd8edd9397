// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What cluster_autoscaling sees of an autoscaler: that there is one, the nodes that come, what is
// said about a pod that waits for one. Each is held against by the check.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/autoscaler_adapter.h"
#include "engine/scenario.h"

namespace assay {

// The first that is found; ends the check where none is, unless the user names what to ask for.
AutoscalerAdapter found_autoscaler(Scenario& s);
// Ends the check where it is not known.
ScaleRequest scale_request_of(Scenario& s, const AutoscalerAdapter& adapter);

// The nodes at one moment.
struct KnownNodes {
    std::set<std::string> uids;
    std::vector<std::string> hosts;    // of those that have what is asked for
    std::map<std::string, int> pools;  // how many are in each
};

KnownNodes known_nodes(Scenario& s, const AutoscalerAdapter& adapter, const ScaleRequest& request);
// The pod that waits for a node: where it could be had already is kept off, before this returns.
PodManifest asking_pod(Scenario& s, const ScaleRequest& request, const KnownNodes& known);

// Those that were not known.
ObjectQuery nodes_beside(const KnownNodes& known);

// Ready, and without the taints that a node is born with.
bool takes_pods(const AutoscalerAdapter& adapter, const ObjectState& node);
// "" where the adapter names no label of pools that the node has.
std::string pool_of(const AutoscalerAdapter& adapter, const ObjectState& node);
bool is_simulated(const ObjectState& node);
// Of the resource, by a list of its status: "allocatable" or "capacity".
std::int64_t amount(const ObjectState& node, const std::string& list, const std::string& resource);

// What is said of a pod.
struct Words {
    std::vector<std::string> brings;       // by the autoscaler: a node will come
    std::vector<std::string> brings_none;  // none will
    std::string scheduler;                 // why the pod waits
    std::string bound_to;
    std::string describe() const;
};

Words words_about(Scenario& s, const AutoscalerAdapter& adapter, const Pod& pod);

// Of the new nodes the one that came for the pod: that it is bound to; else that the autoscaler
// named, itself or what owns it; else the only one, if the autoscaler said that one would come.
std::optional<ObjectState> brought_for(const std::vector<ObjectState>& nodes, const Words& words);

// The pods that keep the node from being idle, of which the run made none.
struct Keepers {
    std::vector<std::string> strangers;  // pods of no DaemonSet and no node: they use it
    std::vector<std::string> annotated;  // the node, or what runs on it, is not to be disturbed
    std::string unread;                  // why they are not known
    std::string describe() const;
};

Keepers keepers_of(Scenario& s, const AutoscalerAdapter& adapter, const ObjectState& node);

}  // namespace assay
