// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/served_kinds.h"

#include <algorithm>

namespace assay {

namespace {

// Of /api/v1, which the discovery of groups does not list.
const std::vector<kube::Resource>& core() {
    static const std::vector<kube::Resource> kinds{
        kube::pods,
        kube::services,
        kube::nodes,
        kube::namespaces,
        kube::events,
        {"", "v1", "configmaps", "ConfigMap", true},
        {"", "v1", "secrets", "Secret", true},
        {"", "v1", "serviceaccounts", "ServiceAccount", true},
    };
    return kinds;
}

template <class Matches>
std::optional<kube::Resource> first(const std::vector<kube::Resource>& kinds, Matches matches) {
    const auto found = std::ranges::find_if(kinds, matches);
    return found == kinds.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::optional<kube::Resource> served_kind(const std::vector<kube::ApiGroup>& groups,
                                          std::string_view api_version, std::string_view kind) {
    const auto matches = [&](const kube::Resource& one) {
        return one.kind == kind && one.api_version() == api_version;
    };
    const std::size_t slash = api_version.find('/');
    if (slash == std::string_view::npos) {
        return first(core(), matches);
    }
    const auto group =
        std::ranges::find(groups, api_version.substr(0, slash), &kube::ApiGroup::name);
    return group == groups.end() ? std::nullopt : first(group->kinds, matches);
}

std::optional<kube::Resource> served_kind(const std::vector<kube::ApiGroup>& groups,
                                          std::string_view kind_and_group) {
    const std::size_t dot = kind_and_group.find('.');
    const std::string_view kind = kind_and_group.substr(0, dot);
    const auto matches = [&](const kube::Resource& one) { return one.kind == kind; };
    if (dot == std::string_view::npos) {
        return first(core(), matches);
    }
    const auto group =
        std::ranges::find(groups, kind_and_group.substr(dot + 1), &kube::ApiGroup::name);
    return group == groups.end() ? std::nullopt : first(group->kinds, matches);
}

}  // namespace assay
