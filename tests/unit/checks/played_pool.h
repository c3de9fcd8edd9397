// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A cluster in memory with a pool of nodes whose scheduler, kubelets and probes are played by this
// class; each can be told to do wrong. Single-purpose test code; one test's thread plus those of
// the run, which make pods side by side.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/change.h"
#include "engine/result.h"
#include "engine/runner.h"
#include "tests/api/fake_api_server.h"

namespace assay {

class PlayedPool {
public:
    // What the probe on a node says; may be changed, or be no document at all.
    using Speech = std::function<std::string(const std::string& node, kube::Json document)>;

    PlayedPool();

    RunResult run(const std::string& requirement = "accelerator_compute");
    kube::FakeApiServer& server() { return server_; }
    // Of that name, in the node's document.
    static kube::Json& accelerator(kube::Json& document, std::size_t index);
    // A part of an accelerator gets this verdict, for a reason.
    static void judge(kube::Json& document, std::size_t index, const std::string& part,
                      const std::string& verdict, const std::string& code);

    std::size_t nodes = 3;
    int accelerators = 2;                             // of each node
    std::map<std::string, int> accelerators_of = {};  // of nodes that have another number
    std::string resource = "nvidia.com/gpu";
    bool by_claims = false;  // a DRA driver allocates, and no device plugin
    bool simulated = false;  // the lab's label is on every node
    std::set<std::string> cordoned;
    std::set<std::string> never_bound;
    std::map<std::string, int> held;              // by pods of others
    std::map<std::string, std::string> bound_to;  // another node than was asked for
    std::set<std::string> deleted;                // once they are bound
    Speech speech = [](const std::string&, const kube::Json& document) { return document.dump(); };
    Speech log = nullptr;  // what the log has, if it is not what the message says
    Changes allowed{Change::exclusive_pool};
    Budget budget;
    NodePool pool;
    std::string namespace_name;
    std::string profile = "node-pool";
    std::map<std::string, std::string> images{{"core", "r/core"}, {"nccl", "r/nccl"}};

    std::vector<std::string> noticed;  // by the observer
    std::vector<kube::Json> pods;      // of the run, as they were created
    int most_at_a_time = 0;            // accelerators that its pods held

    static std::string name_of(std::size_t node) { return "node-" + std::to_string(node); }

private:
    void publish();
    void pod_created(kube::Json pod);
    void end_pod(kube::Json pod, const std::string& node, int given);
    kube::Json document(const std::string& node, int given) const;
    int given_to(const kube::Json& pod) const;

    kube::FakeApiServer server_;
    std::mutex mutex_;
    int holding_ = 0;
};

// Of the requirement accelerator_compute.
const RequirementResult& compute_of(const RunResult& run);
// Its assertions that are neither passed nor not applicable.
std::vector<std::string> not_passed_in(const RunResult& run);

// Changes what the probe on node-1 says.
PlayedPool::Speech on_node_1(const std::function<void(kube::Json&)>& change);

}  // namespace assay
