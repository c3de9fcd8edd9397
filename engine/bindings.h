// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the scheduler did with several pods, by the watch that follows the check's namespace, and
// which accelerators nobody holds. Values; any thread.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace assay {

struct BoundPod {
    std::string name;
    std::string node;   // that it was first seen bound to; "" if it never was
    std::string words;  // the scheduler's, why it is not
    bool there = true;  // false: it is gone, or was never seen
    // From when the first of the pods asked about was seen bound.
    std::chrono::milliseconds after{0};
};

// A pod that was bound counts as bound, also when it has been evicted or deleted since.
struct Bindings {
    std::vector<BoundPod> pods;

    std::size_t bound() const;
    bool all_bound() const { return bound() == pods.size(); }
    std::chrono::milliseconds spread() const;  // between the first and the last binding
    std::string words() const;                 // the scheduler's, of the first pod that has some
    std::string describe() const;  // "3 of 4 bound (a, b, c), the last 120 ms after the first"
};

// Accelerators of the kind examined, by what the API server says of claims or of pods' requests.
struct FreeAccelerators {
    std::map<std::string, int> by_node;  // of those published on schedulable nodes
    std::map<std::string, std::vector<std::string>> held;  // by node: who holds what, in words

    int total() const;
    std::string describe() const;
};

}  // namespace assay
