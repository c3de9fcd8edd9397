// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What cluster_autoscaling came to know, as it is held against what must be: how it reads in a
// report, and when it is too little to judge by. Values; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/cluster_autoscaling_nodes.h"

namespace assay {

// Nodes that came since the pod was made, and which of them is its own.
struct Arrival {
    std::vector<ObjectState> nodes;
    std::optional<ObjectState> own;
    std::string pool;
    bool takes_pods = false;  // its own, or any where its own is not known
    double there_s = 0;       // after the pod was made
    double ready_s = 0;
    double waited_s = 0;
    Words words;

    bool came() const { return own.has_value() && takes_pods; }
    std::string describe() const;
    std::optional<std::string> unclear() const;
};

// What a node has of what was asked for.
struct Offered {
    std::string of;
    std::int64_t count = 0;

    std::string describe() const;
};

// Where the pod that waited is.
struct PodOnNode {
    std::string node;
    std::string phase;
    double after_s = 0;
    std::string words;

    std::string describe() const;
};

// What is there of a node that is idle.
struct Idle {
    std::string node;
    bool gone = false;
    double after_s = 0;
    std::string pool = {};                 // with how many nodes it had before
    std::vector<ObjectState> others = {};  // that came meanwhile, in the same pool
    Keepers keepers = {};

    std::string describe() const;
    std::optional<std::string> unclear() const;
};

// What came while a pod asked for what nobody has.
struct Impossible {
    std::vector<ObjectState> nodes;
    std::optional<ObjectState> own;
    double watched_s = 0;
    Words words;

    bool brought() const { return own.has_value() || !words.brings.empty(); }
    std::string describe() const;
    std::optional<std::string> unclear() const;
};

}  // namespace assay
