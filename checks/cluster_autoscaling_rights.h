// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What cluster_autoscaling may do and makes, beside what every check does. Static data.
#pragma once

#include <array>
#include <string_view>

#include "engine/check.h"
#include "engine/rights.h"

namespace assay {

inline constexpr std::string_view scaling_claims_only =
    "only where the accelerator examined is had by claims";

inline constexpr std::string_view scaling_beside_others =
    "only where nodes have the accelerator already";

constexpr Right standing(std::string_view verb, std::string_view why) {
    return {.group = "apps",
            .resource = "daemonsets",
            .verb = verb,
            .why = why,
            .unused_when = scaling_beside_others};
}

inline constexpr std::array scaling_rights{
    Right{.group = "",
          .resource = "nodes",
          .verb = "watch",
          .reach = Reach::cluster,
          .why = "see nodes come and go"},
    Right{.group = "karpenter.sh",
          .resource = "nodepools",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "know what nodes Karpenter may make, and their taints",
          .without = "--scale-resource says what to ask for",
          .unused_when = "only where Karpenter is installed"},
    Right{.group = "",
          .resource = "configmaps",
          .verb = "list",
          .reach = Reach::cluster,
          .name = "cluster-autoscaler-status",
          .why = "see by its status that Cluster Autoscaler runs",
          .without = "it is then not found where nothing else shows it",
          .unused_when = "only where no autoscaler shows by its kinds"},
    Right{.group = "",
          .resource = "pods",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "say who keeps a node that does not go",
          .without = "that is then not known",
          .unused_when = "a node that goes is kept by nobody"},
    standing("create", "keep the pod that asks off the nodes that have it already"),
    standing("list", "see that it is kept off"),
    standing("watch", "see when it is"),
    Right{.group = "apps",
          .resource = "daemonsets",
          .verb = "delete",
          .place = Place::given_namespace,
          .why = "remove what kept it off",
          .unused_when = scaling_beside_others},
    Right{.group = "resource.k8s.io",
          .resource = "resourceclaims",
          .verb = "create",
          .why = "ask for an accelerator",
          .unused_when = scaling_claims_only},
    Right{.group = "resource.k8s.io",
          .resource = "resourceclaims",
          .verb = "list",
          .place = Place::given_namespace,
          .why = "find the claim",
          .unused_when = scaling_claims_only},
    Right{.group = "resource.k8s.io",
          .resource = "resourceclaims",
          .verb = "watch",
          .place = Place::given_namespace,
          .why = "see that it is gone",
          .unused_when = scaling_claims_only},
    Right{.group = "resource.k8s.io",
          .resource = "resourceclaims",
          .verb = "delete",
          .place = Place::given_namespace,
          .why = "remove it",
          .unused_when = scaling_claims_only},
};

// A claim only where the accelerator examined is had by claims; a DaemonSet only where nodes have
// it already.
inline constexpr std::array scaling_makes{PlannedObjects{.kind = "Pod", .count = 2},
                                          PlannedObjects{.kind = "DaemonSet", .count = 1},
                                          PlannedObjects{.kind = "ResourceClaim", .count = 1}};

}  // namespace assay
