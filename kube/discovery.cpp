// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/discovery.h"

#include <algorithm>

namespace assay::kube {

namespace {

ApiGroup group_of(const Json& entry) {
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
    const auto answer = client.raw("/apis", limit);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    Discovery discovery;
    for (const Json& entry : array(*answer, {"groups"})) {
        discovery.groups_.push_back(group_of(entry));
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
