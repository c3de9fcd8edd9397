// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/discovery.h"

#include <algorithm>

namespace assay::kube {

namespace {

// Aggregated discovery (GA in 1.30) says which groups are stale; older servers answer in plain
// JSON.
constexpr std::string_view accepted =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
    "application/json";

ApiGroup aggregated_group(const Json& entry) {
    ApiGroup group;
    group.name = text(entry, {"metadata", "name"});
    for (const Json& version : array(entry, {"versions"})) {
        group.versions.push_back(text(version, {"version"}));
        group.stale = group.stale || text(version, {"freshness"}) == "Stale";
        for (const Json& one : array(version, {"resources"})) {
            group.kinds.push_back({group.name, group.versions.back(), text(one, {"resource"}),
                                   text(one, {"responseKind", "kind"}),
                                   text(one, {"scope"}) == "Namespaced"});
        }
    }
    return group;
}

ApiGroup plain_group(const Json& entry) {
    ApiGroup group;
    group.name = text(entry, {"name"});
    const std::string preferred = text(entry, {"preferredVersion", "version"});
    for (const Json& version : array(entry, {"versions"})) {
        group.versions.push_back(text(version, {"version"}));
    }
    // The server's own preference first.
    const auto found = std::ranges::find(group.versions, preferred);
    if (found != group.versions.end()) {
        std::rotate(group.versions.begin(), found, found + 1);
    }
    return group;
}

}  // namespace

Result<Discovery> Discovery::of(const Client& client, const Limit& limit) {
    constexpr int not_acceptable = 406;
    auto answer = client.raw("/apis", limit, accepted);
    if (!answer && answer.error().http_status == not_acceptable) {
        answer = client.raw("/apis", limit);  // who takes the list of types at its first
    }
    if (!answer) {
        return std::unexpected(answer.error());
    }
    Discovery discovery;
    if (text(*answer, {"kind"}) != "APIGroupDiscoveryList" &&
        find(*answer, {"groups"}) == nullptr) {
        return std::unexpected(Error{Error::Kind::protocol, 0, "",
                                     "the server does not answer /apis like Kubernetes"});
    }
    for (const Json& entry : array(*answer, {"items"})) {
        discovery.groups_.push_back(aggregated_group(entry));
    }
    for (const Json& entry : array(*answer, {"groups"})) {
        discovery.groups_.push_back(plain_group(entry));
    }
    return discovery;
}

std::optional<std::string> Discovery::served(std::string_view group,
                                             const std::vector<std::string>& wanted) const {
    const auto found = std::ranges::find(groups_, group, &ApiGroup::name);
    if (found == groups_.end()) {
        return std::nullopt;
    }
    for (const std::string& version : wanted) {
        if (std::ranges::find(found->versions, version) != found->versions.end()) {
            return version;
        }
    }
    return std::nullopt;
}

}  // namespace assay::kube
