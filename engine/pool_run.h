// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// One pod on each of many nodes: created side by side, followed by one watch that keeps a few words
// of each, told of as each ends. Thread contract: carry_out() blocks its caller, on whose thread
// `told` is called; the threads it starts have ended when it returns.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/examination.h"
#include "engine/fixture.h"
#include "engine/observed.h"

namespace assay {

class ScenarioState;

// What a pod is to ask for.
struct NodeShare {
    std::string node;
    int accelerators = 0;
};

struct NodeReport {
    NodeShare asked;
    Observed<Examination> examination;
};

using ToldOfNode = std::function<void(const NodeReport&)>;

// The manifest's pod for each share. At no time do the pods hold more than `most` accelerators
// together (nullopt: not limited). A share that would alone is not started: it has no answer, and
// `too_many` says why.
void examine_nodes(ScenarioState& state, const PodManifest& manifest,
                   const std::vector<NodeShare>& shares, std::optional<int> most,
                   const std::string& too_many, const ToldOfNode& told);

}  // namespace assay
