// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a run may do to a cluster, as one table: the engine's own rights and those that checks
// declare. `rbac` prints it, `plan` shows it, the preflight asks the cluster about it, and tests
// hold every request of a run to it. Static data and pure functions; any thread.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct Check;

enum class Reach {
    cluster,    // cluster-scoped objects
    namespaced  // objects in the namespace that a check runs in
};

// A run makes a namespace for each check, or works in the one of --namespace.
enum class Place { any, own_namespace, given_namespace };

// One verb on one kind of object.
struct Right {
    std::string_view group;     // "" for core
    std::string_view resource;  // "pods", "pods/log"
    std::string_view verb;
    Reach reach = Reach::namespaced;
    Place place = Place::any;
    std::string_view name = {};  // of the only object it is about; "" for all
    std::string_view why;        // goes on "…to " in what is printed
    // What else the run does where it lacks this right; "" if it cannot do without it.
    std::string_view without = {};
    // Why a run that has this right may not come to use it; "" if it always does.
    std::string_view unused_when = {};
};

// Tables of a check's rights as one.
template <std::size_t A, std::size_t B>
constexpr std::array<Right, A + B> joined(const std::array<Right, A>& a,
                                          const std::array<Right, B>& b) {
    std::array<Right, A + B> all{};
    for (std::size_t i = 0; i < A + B; ++i) {
        all[i] = i < A ? a[i] : b[i - A];
    }
    return all;
}

// Whether the two are the same right, whatever the reasons given.
bool same(const Right& a, const Right& b);

// To find out what the cluster has; without them nothing can be asked.
std::span<const Right> reading_rights();
// Beside reading_rights(), to wait until the cluster is settled; only a run that is told to wait
// needs them.
std::span<const Right> waiting_rights();
// What every check needs to make its place in the cluster, to start pods and to hear from them.
std::span<const Right> ground_rights();

// For a check whose fixture requests devices by Dynamic Resource Allocation (Needs::rights).
inline constexpr std::array claim_rights{
    Right{.group = "resource.k8s.io",
          .resource = "resourceclaimtemplates",
          .verb = "create",
          .why = "request accelerators for the pods"},
    Right{.group = "resource.k8s.io",
          .resource = "resourceclaims",
          .verb = "get",
          .why = "read which accelerators were allocated"},
    Right{.group = "resource.k8s.io",
          .resource = "resourceclaims",
          .verb = "list",
          .why = "know it of pods that have ended",
          .without = "what a pod was given that ends early is then not always known"},
    Right{.group = "resource.k8s.io",
          .resource = "resourceclaims",
          .verb = "watch",
          .why = "know it of pods that have ended",
          .without = "what a pod was given that ends early is then not always known"},
};

// Where a run works and how it asks for devices.
struct Manner {
    bool given = false;  // in the namespace of --namespace
    bool claims = true;  // by claims; false: by the resource of a device plugin
    bool waits = false;  // first until the cluster is settled
};

// All that the checks need in that manner, each once, in the order of the tables.
std::vector<const Right*> rights_for(std::span<const Check* const> checks, Manner manner);
// What one check needs beside reading_rights().
std::vector<const Right*> rights_of(const Check& check, Manner manner);

// "resourceclaimtemplates.resource.k8s.io", "pods/log": as kubectl names it.
std::string kubectl_name(const Right& right);
// "cannot create pods in any namespace (a run makes its own)", "… in namespace a", "cannot list
// nodes". space: the namespace of --namespace, or "".
std::string cannot(const Right& right, const std::string& space);

}  // namespace assay
