// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Which API groups, versions and resources a server offers. A broken aggregated group is reported
// as stale, never as an error of the whole. Thread contract: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/client.h"

namespace assay::kube {

struct ApiGroup {
    std::string name;
    std::vector<std::string> versions;  // the server's order of preference
    bool stale = false;  // its own server does not answer; versions are what it said last
    // Of every version, in the order of versions; empty where the server is too old to say (before
    // 1.26).
    std::vector<Resource> kinds = {};
};

class Discovery {
public:
    static Result<Discovery> of(const Client& client, const Limit& limit);

    // The served version of a group that comes first in wanted, e.g. {"v1", "v1beta2"}; nullopt if
    // none.
    std::optional<std::string> served(std::string_view group,
                                      const std::vector<std::string>& wanted) const;
    const std::vector<ApiGroup>& groups() const { return groups_; }

private:
    std::vector<ApiGroup> groups_;
};

}  // namespace assay::kube
