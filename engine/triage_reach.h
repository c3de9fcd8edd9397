// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Whether a DaemonSet puts a pod on a node, by its node selector, required affinity and
// tolerations, as the DaemonSet controller decides it. Pure, any thread.
#pragma once

#include <string>

#include "engine/triage_facts.h"

namespace assay::triage {

struct Exclusion {
    enum class By { nothing, label, taint };
    By by = By::nothing;
    std::string words;   // "its node selector wants a=b, the node has a=c"
    std::string remedy;  // arguments of kubectl that let it on the node; "" if there is no one such
};

Exclusion exclusion_of(const DaemonSet& set, const NodeFacts& node);
std::string text_of(const Taint& taint);  // "key=value:effect"
bool tolerates(const std::vector<Tolerated>& tolerations, const Taint& taint);

}  // namespace assay::triage
