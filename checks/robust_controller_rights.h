// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What checks/robust_controller.cpp may do, for the kinds of every embedded operator. A test
// compares it with adapters/operator. Static data; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "engine/rights.h"

namespace assay {

// A kind of which the check makes objects, or looks at what an operator makes.
struct OperatorKind {
    std::string_view group;
    std::string_view resource;
    Reach reach = Reach::namespaced;
    bool made = true;      // by the check; else only watched, and one deleted
    bool changed = false;  // scaled
};

inline constexpr std::array operator_kinds{
    OperatorKind{.group = "jobset.x-k8s.io", .resource = "jobsets", .changed = true},
    OperatorKind{.group = "batch", .resource = "jobs", .changed = true},
    OperatorKind{.group = "kueue.x-k8s.io", .resource = "resourceflavors", .reach = Reach::cluster},
    OperatorKind{.group = "kueue.x-k8s.io", .resource = "clusterqueues", .reach = Reach::cluster},
    OperatorKind{.group = "kueue.x-k8s.io", .resource = "localqueues"},
    OperatorKind{.group = "kueue.x-k8s.io", .resource = "workloads", .made = false},
    OperatorKind{
        .group = "leaderworkerset.x-k8s.io", .resource = "leaderworkersets", .changed = true},
    OperatorKind{.group = "apps", .resource = "statefulsets", .made = false},
    OperatorKind{.group = "ray.io", .resource = "rayclusters", .changed = true},
    OperatorKind{.group = "trainer.kubeflow.org", .resource = "trainingruntimes"},
    OperatorKind{.group = "trainer.kubeflow.org", .resource = "trainjobs", .changed = true},
    OperatorKind{.group = "serving.kserve.io", .resource = "inferenceservices", .changed = true},
    OperatorKind{.group = "apps", .resource = "deployments", .made = false},
};

namespace robust_controller_detail {

inline constexpr std::string_view not_examined = "operators that need it are then inconclusive";
inline constexpr std::string_view other_operator = "another operator is installed";

struct Verb {
    std::string_view name;
    std::string_view why;
    bool of_made = true;  // only of kinds that the check makes
    bool of_changed = false;
};

inline constexpr std::array verbs{
    Verb{.name = "create", .why = "ask an operator for something"},
    Verb{.name = "get", .why = "end what was asked of it"},
    Verb{.name = "patch", .why = "see whether a scale is followed", .of_changed = true},
    Verb{.name = "list", .why = "see what an operator makes of it", .of_made = false},
    Verb{.name = "watch", .why = "see when it is made", .of_made = false},
    Verb{.name = "delete", .why = "see what is collected, and what comes back", .of_made = false},
};

constexpr bool needs(const OperatorKind& kind, const Verb& verb) {
    return (!verb.of_made || kind.made) && (!verb.of_changed || kind.changed);
}

constexpr std::size_t count_of_own() {
    std::size_t count = 0;
    for (const OperatorKind& kind : operator_kinds) {
        for (const Verb& verb : verbs) {
            count += needs(kind, verb) ? 1 : 0;
        }
    }
    return count;
}

inline constexpr std::array reading{
    claim_rights[2],  // the engine follows them beside the pods
    claim_rights[3],
    Right{.group = "apiextensions.k8s.io",
          .resource = "customresourcedefinitions",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "see whether an operator's definitions are established"},
    Right{.group = "apiextensions.k8s.io",
          .resource = "customresourcedefinitions",
          .verb = "watch",
          .reach = Reach::cluster,
          .why = "see when they are",
          .unused_when = "those that are established are not waited for"},
    Right{.group = "apps",
          .resource = "deployments",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "find the controller of an operator"},
    Right{.group = "apps",
          .resource = "deployments",
          .verb = "watch",
          .reach = Reach::cluster,
          .why = "see when it is ready",
          .unused_when = "one that is ready is not waited for"},
    Right{.group = "admissionregistration.k8s.io",
          .resource = "validatingwebhookconfigurations",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "know the operator's own webhooks from those of others"},
    Right{.group = "",
          .resource = "pods",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "know the pods of a controller that it is allowed to restart",
          .without = "no controller is restarted then",
          .unused_when = "only with --allow restart-controllers"},
    Right{.group = "",
          .resource = "pods",
          .verb = "watch",
          .reach = Reach::cluster,
          .why = "see when they are back",
          .without = "no controller is restarted then",
          .unused_when = "only with --allow restart-controllers"},
    Right{.group = "",
          .resource = "pods",
          .verb = "delete",
          .reach = Reach::cluster,
          .why = "restart a controller",
          .without = "no controller is restarted then",
          .unused_when = "only with --allow restart-controllers"},
};

consteval auto all_rights() {
    std::array<Right, reading.size() + count_of_own()> result{};
    std::size_t next = 0;
    for (const Right& one : reading) {
        result[next++] = one;
    }
    for (const OperatorKind& kind : operator_kinds) {
        for (const Verb& verb : verbs) {
            if (needs(kind, verb)) {
                result[next++] = Right{.group = kind.group,
                                       .resource = kind.resource,
                                       .verb = verb.name,
                                       .reach = kind.reach,
                                       .why = verb.why,
                                       .without = not_examined,
                                       .unused_when = other_operator};
            }
        }
    }
    return result;
}

}  // namespace robust_controller_detail

inline constexpr auto robust_controller_rights = robust_controller_detail::all_rights();

}  // namespace assay
