// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a run would do and cost, as plain typed values: what reports/ sees of it. Counts are at
// most; durations are milliseconds as measured in the lab. Any thread; no invariants beyond the
// types.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/result.h"

namespace assay {

struct PlannedImage {
    std::string variant;    // "core"
    std::string reference;  // what the pods name
    std::string digest;     // "sha256:…"; "" where the reference says nothing of it
};

struct PlannedObject {
    std::string kind;
    int count = 0;
    bool cluster_scoped = false;
};

struct PlannedRight {
    std::string verb;
    std::string resource;  // "pods/log", "resourceslices.resource.k8s.io"
    std::string name;      // of the only object it is about; ""
    std::string where;     // "cluster", "every namespace" or "namespace a"
    std::string why;
    bool allowed = true;
    bool required = true;     // false: a run goes on without it
    std::string unused_when;  // why a run may not come to use it; "" if it always does
};

// One way the run asks for more than it requested.
struct PlannedAttempt {
    std::string id;        // of the assertion
    std::string sentence;  // which it settles
    std::vector<std::string> does;
};

struct PlannedRequirement {
    std::string id;
    std::string category;
    std::string title;
    Level level = Level::must;
    std::string kar;
    bool askable = true;
    std::vector<std::string> missing;  // why it is not askable
    int accelerators = 0;              // without which it cannot be asked
    int accelerators_on_node = 0;      // on one node, for every question
    int nodes = 0;                     // that its pods run on
    std::string space;                 // where its pods run
    std::vector<PlannedObject> objects;
    std::vector<PlannedAttempt> attempts;
    std::vector<std::string> attempts_left_out;  // ids, by --no-intrusive
    std::int64_t duration_ms = 0;
    std::int64_t cleanup_duration_ms = 0;
};

struct Plan {
    std::string tool_version;
    std::string profile_id;
    ClusterFacts cluster;
    bool intrusive = true;
    std::vector<std::string> candidate_nodes;  // that have the accelerator examined and are ready
    std::vector<PlannedImage> images;
    std::vector<PlannedRight> rights;
    std::vector<PlannedRequirement> requirements;  // those selected, in the profile's order
    std::vector<std::string> warnings;
};

// Of what can be asked: requirements run one after the other, so accelerators and nodes are the
// most at a time and the rest are sums.
PlannedRequirement in_all(const Plan& plan);

// 4 if a right is missing that a run needs, else 0.
int exit_code_of(const Plan& plan);

}  // namespace assay
