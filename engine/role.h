// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The rights of a run as the RBAC objects that grant them, and nothing more: for `assay rbac` and
// kubectl apply. Pure; any thread.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "engine/rights.h"

namespace assay {

struct RoleRequest {
    std::string name;               // of the roles and their bindings
    std::string account_namespace;  // of the service account they are bound to
    std::string account;
    std::string space;  // of --namespace; "": a run makes its own
};

// "NAMESPACE/NAME" and the role's name, held to what Kubernetes takes as names. The error says what
// is wrong with which.
std::expected<RoleRequest, std::string> role_request(const std::string& name,
                                                     const std::string& account,
                                                     const std::string& space);

// YAML: a ClusterRole with its binding, and with a space a Role with its binding. Each rule says
// why. heading goes on top as a comment.
std::string role_yaml(const std::vector<const Right*>& rights, const RoleRequest& request,
                      const std::string& heading);

}  // namespace assay
