// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Data about a part that a cluster may have installed beside Kubernetes itself: a scheduler, a
// gateway, an operator. It is installed where the API server serves its kinds; whether it works is
// what checks are for. Immutable once loaded; any thread.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "kube/discovery.h"
#include "kube/json.h"

namespace assay {

struct Component {
    std::string role;  // "scheduler", "gateway", "operator", "metrics", "autoscaler", "exporter"
    std::string name;
    std::vector<std::string> serves;  // kinds with their groups: "ClusterQueue.kueue.x-k8s.io"
    std::string tried;                // "real", "stand-in" or "no"
    std::string tried_with;           // the version; "" if not tried
    kube::Json details;               // the mapping named by the role; read by the role's parser
};

// Whether adapters of this role are components.
bool is_component_role(std::string_view role);

std::expected<Component, std::string> parse_component(std::string_view yaml,
                                                      const std::string& name);

// The embedded ones and then those of folder (every *.yaml below it), if one is given; one of the
// same role and name replaces an earlier one in its place.
std::expected<std::vector<Component>, std::string> load_components(const std::string& folder = {});

// Where several components of a role are installed, the one that is meant: each choice is
// "ROLE=NAME", and the others of that role go. The error lists the names there are.
std::expected<std::vector<Component>, std::string> chosen_of(
    std::vector<Component> components, const std::vector<std::string>& choices);

// Those of the role whose kinds are all served, in the order of the data.
std::vector<const Component*> installed_of(const std::vector<Component>& components,
                                           std::string_view role,
                                           const std::vector<kube::ApiGroup>& groups);

// "no scheduler for gangs is installed; looked for kueue (tried with v0.19.2), …"
std::string none_installed(const std::vector<Component>& components, std::string_view role);

}  // namespace assay
