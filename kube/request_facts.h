// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A request as the API server's authorizer sees it: verb, group, resource, subresource, namespace,
// name. Values; pure; any thread; never fails: what is no resource request has a path only.
#pragma once

#include <string>

#include "kube/transport.h"

namespace assay::kube {

struct RequestFacts {
    std::string verb;      // "get", "list", "watch", "create", "delete", …; "get" for a plain path
    std::string group;     // "" for core
    std::string version;   // "v1"
    std::string resource;  // "pods", or "pods/log" with its subresource; "" for a plain path
    std::string namespace_name;  // "" for cluster-scoped objects and for all namespaces
    std::string name;            // "" for create, and for list and watch but by metadata.name
    std::string path;            // of the URL, without the query
};

// As k8s.io/apiserver/pkg/endpoints/request, RequestInfoFactory, reads a URL: a namespace is itself
// an object of that namespace.
RequestFacts facts_of(const Request& request);

}  // namespace assay::kube
