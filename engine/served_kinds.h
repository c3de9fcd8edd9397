// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// From a manifest's apiVersion and kind to the collection it lives in, by what the server says it
// serves; Kubernetes' own kinds are known without asking. Pure functions; any thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "kube/discovery.h"
#include "kube/resource.h"

namespace assay {

// nullopt where the server does not serve that kind in that version ("apps/v1", "v1").
std::optional<kube::Resource> served_kind(const std::vector<kube::ApiGroup>& groups,
                                          std::string_view api_version, std::string_view kind);

// "ClusterQueue.kueue.x-k8s.io" in the version that the server prefers.
std::optional<kube::Resource> served_kind(const std::vector<kube::ApiGroup>& groups,
                                          std::string_view kind_and_group);

}  // namespace assay
