// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A cluster for triage's tests, as JSON objects that a server would send. One thread.
#pragma once

#include <string>
#include <vector>

#include "engine/triage.h"
#include "kube/json.h"

namespace assay::triage {

struct PlayedCluster {
    std::vector<kube::Json> nodes;
    std::vector<kube::Json> leases;
    std::vector<kube::Json> daemon_sets;
    std::vector<kube::Json> pods;
    std::vector<kube::Json> slices;
    std::vector<kube::Json> claims;
    std::vector<kube::Json> events;

    // Nodes gpu-0… of one pool with a DRA driver by DaemonSet and eight devices each; all is well.
    static PlayedCluster of_nodes(int count);
    // The same with a device plugin.
    static PlayedCluster with_plugin(int count);

    kube::Json& node(int index) { return nodes.at(static_cast<std::size_t>(index)); }
    kube::Json& pod(int index) { return pods.at(static_cast<std::size_t>(index)); }
    kube::Json& slice(int index) { return slices.at(static_cast<std::size_t>(index)); }

    // A node loses the pod of its stack, and its slice with it.
    void lose_driver(int index) {
        pods.erase(pods.begin() + index);
        slices.erase(slices.begin() + index);
    }

    Snapshot snapshot() const;
    Report report(const Scope& scope = {}) const;
};

inline Scope scope_of_pool(const char* key, const char* value, const char* accelerator = "") {
    return {.pool_key = key, .pool_value = value, .node = {}, .accelerator = accelerator};
}
inline Scope scope_of_node(const char* name) {
    return {.pool_key = {}, .pool_value = {}, .node = name, .accelerator = {}};
}

inline bool says(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
}

inline constexpr const char* now_text = "2026-11-21T12:00:00Z";
const std::vector<Adapter>& known_adapters();

}  // namespace assay::triage
