// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What an adapter of the role autoscaler says of whoever makes nodes, and what a pod must ask for
// so that one is made. Values and pure functions; any thread.
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <vector>

#include "engine/component.h"
#include "engine/inventory.h"
#include "kube/json.h"

namespace assay {

// As it stands here it is one that nothing tells of: its nodes are all that is seen.
struct AutoscalerAdapter {
    std::string name = "an autoscaler that no adapter knows";
    // The ConfigMap by which it is known to run; "" where its kinds tell.
    std::string status_space;
    std::string status_name;
    std::string status_updated;  // annotation that says when it was last written
    // Its object for nodes that are alike: kind and group, and JSON pointers into it; "" if none.
    std::string pools;
    std::string limits;
    std::string taints;
    std::vector<std::string> pool_labels;   // of a node: the first it has names its pool
    std::vector<std::string> birth_taints;  // a node with one takes no pods yet
    std::vector<std::string> brings;        // reasons of events about a pod: a node will come
    std::vector<std::string> brings_none;   // none will
    std::vector<std::string> keeps;         // annotations by which a node is not removed
    // How long is waited for a node that is Ready, for its accelerator, for an idle node to go.
    std::chrono::seconds node{900};
    std::chrono::seconds accelerator{600};
    std::chrono::seconds idle{1800};
};

std::expected<AutoscalerAdapter, std::string> autoscaler_adapter(const Component& component);

// Why that status does not tell that the autoscaler runs; "" if it does.
std::string why_stale(const AutoscalerAdapter& adapter, const kube::Json& status,
                      std::chrono::system_clock::time_point now);

// What a pool's object says of the nodes that may be made for it.
struct PoolOffer {
    std::string name;
    std::vector<std::string> limited;  // extended resources that its limits name
    kube::Json taints = kube::Json::array();
};

PoolOffer pool_offer(const AutoscalerAdapter& adapter, const kube::Json& pool);

// What a pod asks for, that it waits for a node.
struct ScaleRequest {
    std::string resource;  // "": a claim of the kind examined
    kube::Json tolerations = kube::Json::array();
    std::string why;  // "example.com/gpu, which the limits of pool a name"
};

// chosen: that of --scale-resource, "" if none. The error says what to do.
std::expected<ScaleRequest, std::string> scale_request(const std::vector<PoolOffer>& pools,
                                                       const AcceleratorKind& examined,
                                                       const std::string& chosen);

}  // namespace assay
