// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the clusters played in memory have in common: the kinds they publish, objects by name, what
// a request makes, and an observer that says nothing. Values; any thread.
#pragma once

#include <string>

#include "engine/runner.h"
#include "kube/json.h"
#include "kube/resource.h"
#include "kube/transport.h"

namespace assay::played {

inline const kube::Resource slices{"resource.k8s.io", "v1", "resourceslices", "ResourceSlice",
                                   false};
inline const kube::Resource classes{"resource.k8s.io", "v1", "deviceclasses", "DeviceClass", false};
inline const kube::Resource accounts{"", "v1", "serviceaccounts", "ServiceAccount", true};

// An object of which nothing but the name matters.
inline kube::Json named(const std::string& name, const std::string& ns = "") {
    kube::Json object;
    object["metadata"]["name"] = name;
    if (!ns.empty()) {
        object["metadata"]["namespace"] = ns;
    }
    return object;
}

// Whether the server is to keep an object that was not there: of a dry run it keeps none.
inline bool creates(const kube::Request& request) {
    return request.method == "POST" && request.path.find("dryRun=All") == std::string::npos;
}

class Silent : public RunObserver {
public:
    void check_started(const std::string&) override {}
    void progressed(const std::string&, const std::string&) override {}
    void check_settled(const RequirementResult&) override {}
};

}  // namespace assay::played
