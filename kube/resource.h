// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Which REST collection an object lives in. Constants for the built-in ones the suite uses; those
// of groups whose version differs by cluster (resource.k8s.io) are made by discovery.
#pragma once

#include <string>

namespace assay::kube {

struct Resource {
    std::string group;    // "" for core
    std::string version;  // "v1"
    std::string plural;   // "pods"
    std::string kind;     // "Pod"
    bool namespaced = true;

    std::string api_version() const { return group.empty() ? version : group + "/" + version; }
    friend bool operator==(const Resource&, const Resource&) = default;
};

inline const Resource pods{"", "v1", "pods", "Pod", true};
inline const Resource services{"", "v1", "services", "Service", true};
inline const Resource nodes{"", "v1", "nodes", "Node", false};
inline const Resource namespaces{"", "v1", "namespaces", "Namespace", false};
inline const Resource events{"", "v1", "events", "Event", true};
inline const Resource runtime_classes{"node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", false};

}  // namespace assay::kube
