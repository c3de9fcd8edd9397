// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The code that settles one requirement, as data the runner reads. One file per requirement in
// checks/; checks/catalog.cpp lists them by hand. Static, immutable, any thread.
#pragma once

#include <chrono>
#include <span>
#include <string_view>

#include "engine/assertion.h"

namespace assay {

class Scenario;

// What a check cannot do without; looked up before anything is created.
struct Needs {
    int accelerators = 0;          // free accelerators in the cluster
    int accelerators_on_node = 0;  // of those, on one node, for every question to be asked
};

struct Check {
    std::string_view id;      // the requirement's official id; also names the file and the fixture
    std::string_view title;   // our words
    std::string_view breaks;  // what a failure means for a workload
    std::span<const Assertion* const> assertions;
    Needs needs;
    std::chrono::seconds timeout;
    void (*run)(Scenario&);
};

}  // namespace assay
