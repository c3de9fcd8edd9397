// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A cluster in memory with an autoscaler whose nodes, scheduler and kubelets are played by this
// class; each can be told to do wrong. Single-purpose test code; one test's thread plus the
// check's.
#pragma once

#include <string>

#include "engine/change.h"
#include "engine/result.h"
#include "kube/json.h"
#include "tests/api/fake_api_server.h"

namespace assay {

class PlayedAutoscaler {
public:
    struct Wrong {
        bool no_node = false;
        bool never_ready = false;
        bool stays_unregistered = false;
        bool no_accelerator = false;
        bool never_bound = false;
        bool bound_to_an_old_one = false;
        bool pod_fails = false;
        bool stays = false;
        bool comes_back = false;       // another one is made in place of the one that goes
        bool used_by_another = false;  // and stays therefore
        bool not_to_be_disturbed = false;
        bool believes_the_impossible = false;
        bool only_says_so = false;   // of the impossible, and makes no node
        bool says_nothing = false;   // no event tells of what it does
        bool unscheduled = false;    // no scheduler says a word
        bool nobody_stands = false;  // on the node that is there
        int of_others = 0;           // nodes that come besides
    };

    explicit PlayedAutoscaler(Wrong wrong);

    RunResult run();
    kube::FakeApiServer& server() { return server_; }
    const std::vector<kube::Json>& asked() const { return asked_; }  // pods, as they were created

    const kube::Json& stands_on() const { return stands_on_; }  // terms of node affinity

    Changes allowed{Change::scale_nodes};
    std::string scale_resource;
    std::string namespace_name;     // as --namespace; "" for one of the run's own
    bool karpenter = true;          // is installed
    std::string known_node_offers;  // the node that is there has one of it; set before the run
    bool by_claims = false;         // a driver publishes a device of the node that is there

private:
    void pod_created(kube::Json pod);
    void make_node(const std::string& name, const kube::Json& offers);
    void say(const kube::Json& pod, const std::string& reason, const std::string& message);
    void place(kube::Json& pod, const std::string& node);
    void publish();

    Wrong wrong_;
    kube::FakeApiServer server_;
    std::vector<kube::Json> asked_;
    kube::Json stands_on_;
    int made_ = 0;
};

}  // namespace assay
