// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/rights.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/check.h"

namespace assay {

namespace {

constexpr std::string_view dra = "resource.k8s.io";
constexpr std::string_view left_by_the_run = "find what the run left in the namespace";

constexpr std::array reading{
    Right{.group = "",
          .resource = "nodes",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "find the nodes, their taints and what device plugins offer on them"},
    Right{.group = "",
          .resource = "namespaces",
          .verb = "get",
          .reach = Reach::cluster,
          .name = "kube-system",
          .why = "tell this cluster from others by the uid of that namespace"},
    Right{.group = dra,
          .resource = "resourceslices",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "find the accelerators that drivers publish"},
    Right{.group = dra,
          .resource = "deviceclasses",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "find the classes by which a tenant requests them"},
    Right{.group = "node.k8s.io",
          .resource = "runtimeclasses",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "find the runtime handlers that a pod can name"},
};

constexpr std::string_view settled_already = "a cluster that is settled already is not watched";

constexpr std::array waiting{
    Right{.group = "",
          .resource = "nodes",
          .verb = "watch",
          .reach = Reach::cluster,
          .why = "see when they are Ready (--wait-settled)",
          .unused_when = settled_already},
    Right{.group = dra,
          .resource = "resourceslices",
          .verb = "watch",
          .reach = Reach::cluster,
          .why = "see when every pool is complete (--wait-settled)",
          .unused_when = settled_already},
    Right{.group = "apps",
          .resource = "daemonsets",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "see which are rolled out (--wait-settled)"},
    Right{.group = "apps",
          .resource = "daemonsets",
          .verb = "watch",
          .reach = Reach::cluster,
          .why = "see when they are rolled out (--wait-settled)",
          .unused_when = settled_already},
};

constexpr std::array ground{
    Right{.group = "",
          .resource = "namespaces",
          .verb = "create",
          .reach = Reach::cluster,
          .place = Place::own_namespace,
          .why = "make a namespace for each check"},
    Right{.group = "",
          .resource = "namespaces",
          .verb = "delete",
          .reach = Reach::cluster,
          .place = Place::own_namespace,
          .why = "remove it, with all that is in it"},
    Right{.group = "",
          .resource = "namespaces",
          .verb = "list",
          .reach = Reach::cluster,
          .place = Place::own_namespace,
          .why = "see that it is gone"},
    Right{.group = "",
          .resource = "namespaces",
          .verb = "watch",
          .reach = Reach::cluster,
          .place = Place::own_namespace,
          .why = "see when it is gone",
          .unused_when = "a namespace that is gone at once is not waited for"},
    Right{.group = "",
          .resource = "namespaces",
          .verb = "get",
          .place = Place::given_namespace,
          .why = "see that the namespace is there"},
    Right{.group = "",
          .resource = "serviceaccounts",
          .verb = "list",
          .why = "see that the account pods run as is there"},
    Right{.group = "",
          .resource = "serviceaccounts",
          .verb = "watch",
          .why = "see when it is there",
          .unused_when = "an account that is there already is not waited for"},
    Right{.group = "", .resource = "pods", .verb = "create", .why = "start the probes"},
    Right{.group = "", .resource = "pods", .verb = "list", .why = "see how they fare"},
    Right{.group = "", .resource = "pods", .verb = "watch", .why = "hear from those that ended"},
    Right{.group = "",
          .resource = "pods",
          .verb = "delete",
          .why = "end owners and remove what was started"},
    Right{.group = "", .resource = "pods/log", .verb = "get", .why = "hear from those that go on"},
    Right{.group = "",
          .resource = "events",
          .verb = "list",
          .why = "say in the cluster's words why a pod does not start",
          .without = "why a pod does not start is then not always known"},
    Right{.group = "",
          .resource = "events",
          .verb = "watch",
          .why = "say it as soon as it is known",
          .without = "why a pod does not start is then not always known"},
    Right{.group = dra,
          .resource = "resourceclaimtemplates",
          .verb = "list",
          .place = Place::given_namespace,
          .why = left_by_the_run},
    Right{.group = dra,
          .resource = "resourceclaimtemplates",
          .verb = "watch",
          .place = Place::given_namespace,
          .why = "see when it is gone",
          .unused_when = "a template that is gone at once is not waited for"},
    Right{.group = dra,
          .resource = "resourceclaimtemplates",
          .verb = "delete",
          .place = Place::given_namespace,
          .why = "remove the requests for accelerators"},
};

bool is_for_claims(const Right& right) {
    return right.resource == "resourceclaims" || right.resource == "resourceclaimtemplates";
}

// How that check asks, where the run asks in that manner.
Manner manner_of(const Check& check, Manner run) {
    run.claims = run.claims || check.needs.claims;
    return run;
}

// What the engine does for a check that asks for no accelerator has nothing to do with claims.
Manner ground_for(const Check& check, Manner run) {
    run.claims = (run.claims && check.needs.accelerators > 0) || check.needs.claims;
    return run;
}

void add(std::span<const Right> rights, Manner manner, std::vector<const Right*>& into) {
    const Place other = manner.given ? Place::own_namespace : Place::given_namespace;
    for (const Right& right : rights) {
        const bool known =
            std::ranges::any_of(into, [&](const Right* one) { return same(*one, right); });
        const bool needed = right.place != other && (manner.claims || !is_for_claims(right));
        if (needed && !known) {
            into.push_back(&right);
        }
    }
}

}  // namespace

bool same(const Right& a, const Right& b) {
    return a.group == b.group && a.resource == b.resource && a.verb == b.verb &&
           a.reach == b.reach && a.name == b.name;
}

std::span<const Right> reading_rights() {
    return reading;
}

std::span<const Right> waiting_rights() {
    return waiting;
}

std::span<const Right> ground_rights() {
    return ground;
}

std::vector<const Right*> rights_of(const Check& check, Manner manner) {
    std::vector<const Right*> all;
    add(ground, ground_for(check, manner), all);
    add(check.needs.rights, manner_of(check, manner), all);
    return all;
}

std::vector<const Right*> rights_for(std::span<const Check* const> checks, Manner manner) {
    std::vector<const Right*> all;
    add(reading, manner, all);
    if (manner.waits) {
        add(waiting, manner, all);
    }
    for (const Check* check : checks) {
        add(ground, ground_for(*check, manner), all);
    }
    for (const Check* check : checks) {
        add(check->needs.rights, manner_of(*check, manner), all);
    }
    return all;
}

std::string kubectl_name(const Right& right) {
    return right.group.empty() ? std::string(right.resource)
                               : fmt::format("{}.{}", right.resource, right.group);
}

std::string cannot(const Right& right, const std::string& space) {
    std::string sentence = fmt::format("cannot {} {}", right.verb, kubectl_name(right));
    if (!right.name.empty()) {
        sentence += fmt::format(" {}", right.name);
    }
    if (right.reach == Reach::namespaced) {
        sentence += space.empty() ? " in every namespace (a run makes its own)"
                                  : fmt::format(" in namespace {}", space);
    }
    return sentence;
}

}  // namespace assay
