// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The code that settles one requirement, as data the runner reads. One file per requirement in
// checks/; checks/catalog.cpp lists them by hand. Static, immutable, any thread.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

#include "engine/assertion.h"
#include "engine/change.h"
#include "engine/rights.h"

namespace assay {

class Scenario;

// What a check cannot do without; looked up before anything is created.
struct Needs {
    int accelerators = 0;          // free accelerators in the cluster
    int accelerators_on_node = 0;  // of those, on one node, for every question to be asked
    bool new_accelerator = false;  // one of the examined kind, whether or not there is any yet
    // Settled by claims alone: where a device plugin's accelerator was chosen, asked of the one
    // that a DRA driver publishes (kind_for in engine/run_choice.h).
    bool claims = false;
    bool judges_pools = false;            // asked even where no pool of the driver is complete
    bool admin_access = false;            // a namespace of its own lets claims ask for adminAccess
    std::string_view component = {};      // the role of an adapter; one of them must be installed
    std::optional<Change> change = {};    // without it (--allow) nothing of it can be asked
    std::optional<Change> disturbs = {};  // allowed, it is asked when nothing else of the run is
    std::span<const Right> rights = {};   // beside those of every check
};

// Objects of one kind that a check makes beside its namespace and its fixture's claim templates; at
// most so many, for the plan. A test holds the check to it.
struct PlannedObjects {
    std::string_view kind;              // "Pod"
    int count = 0;                      // whatever the cluster
    int count_per_runtime_handler = 0;  // more, for the default one and each RuntimeClass
    bool cluster_scoped = false;
    int count_per_node = 0;  // more, for each node that has the accelerator examined
};

// What a check costs, for the plan.
struct Cost {
    int nodes = 0;  // that its pods run on
    std::span<const PlannedObjects> objects = {};
    std::chrono::seconds asking{0};  // measured; docs/measurements/check-times.md says where
    std::chrono::seconds clearing{0};
};

struct Check {
    std::string_view id;      // the requirement's official id; also names the file and the fixture
    std::string_view title;   // our words
    std::string_view breaks;  // what a failure means for a workload
    std::span<const Assertion* const> assertions;
    Needs needs;
    Cost cost = {};
    std::chrono::seconds timeout;
    void (*run)(Scenario&);
    // Fails where resource.k8s.io is not served, though there is no accelerator to examine then.
    const Assertion* api_served = nullptr;
};

}  // namespace assay
