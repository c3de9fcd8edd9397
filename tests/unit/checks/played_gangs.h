// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A cluster in memory with two nodes of four accelerators of a device plugin, whose schedulers of
// gangs, by room on the nodes and by quota, are played by this class; each can be told to do wrong.
// Single-purpose test code; one test's thread plus the check's.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/result.h"
#include "engine/runner.h"
#include "tests/api/fake_api_server.h"

namespace assay {

class PlayedGangs {
public:
    struct Wrong {
        bool ignores_gangs = false;     // binds whatever has room
        bool binds_and_evicts = false;  // one pod of a gang that waits
        bool never_binds_gangs = false;
        bool binds_nothing = false;
        bool says_nothing = false;  // of a gang that waits
        bool takes_parts = false;   // of two gangs at once, and keeps them
        bool others_come = false;   // take an accelerator while a gang waits
        bool ignores_quota = false;
        bool holds_all_jobs = false;
        bool ignores_more_quota = false;
        bool queue_says_nothing = false;
    };

    explicit PlayedGangs(Wrong wrong, bool by_capacity = true, bool by_quota = true);

    RunResult run(Changes allowed = {});
    kube::FakeApiServer& server() { return server_; }

    int accelerators_of_second_node = 4;
    std::string namespace_name;  // as --namespace; "" for one of the run's own

private:
    void publish();
    void pod_created(const kube::Json& pod);
    void schedule();
    int free_on(const std::string& node) const;
    void bind(kube::Json pod, const std::string& node);
    void refuse(kube::Json pod, const std::string& words);
    void place_gang(const std::string& name, const std::vector<kube::Json>& members);
    void admit();
    void start_pods_of(const kube::Json& job);

    Wrong wrong_;
    kube::FakeApiServer server_;
    int quota_ = 0;
    std::set<std::string> started_;  // jobs
};

}  // namespace assay
