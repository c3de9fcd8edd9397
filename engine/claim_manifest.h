// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A ResourceClaim of a fixture and the typed overlays a check puts on it (on the parsed tree, never
// on text). Always in the form of resource.k8s.io/v1; it is placed for the version a cluster
// serves. Values; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kube/json.h"

namespace assay {

class ClaimManifest {
public:
    explicit ClaimManifest(kube::Json tree) : tree_(std::move(tree)) {}

    // Each returns a changed copy; the request changed is the first.
    ClaimManifest named(std::string_view suffix) const;   // name becomes "<name>-<suffix>"
    ClaimManifest selecting(std::string_view cel) const;  // one selector more
    ClaimManifest administering() const;                  // adminAccess
    ClaimManifest tolerating() const;                     // every device taint
    ClaimManifest consuming(std::string_view capacity, std::string_view quantity) const;
    // A prioritized list: the first of these selectors that can be had ("": any device).
    ClaimManifest first_available(const std::vector<std::string>& cels) const;

    std::string name() const { return kube::name_of(tree_); }
    const kube::Json& tree() const { return tree_; }

private:
    kube::Json tree_;
};

// Names of the subrequests that first_available() makes, in order: "choice-0", …
std::string choice_name(std::size_t index);

}  // namespace assay
