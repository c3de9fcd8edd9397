// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A cluster in memory with one node, whose scheduler, claim controller, DRA driver, kubelet and
// probe are played by this class; each can be told to do wrong. Single-purpose test code; one
// test's thread plus the check's.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/result.h"
#include "tests/api/fake_api_server.h"

namespace assay {

class PlayedDra {
public:
    // What a component does wrong.
    struct Wrong {
        bool never_frees = false;  // the claim controller
        bool keeps_claims_of_templates = false;
        bool allocates_twice = false;  // the scheduler hands out devices that are taken
        bool ignores_selectors = false;
        bool says_nothing = false;      // the scheduler leaves pods pending without a word
        bool names_no_claim = false;    // its words are about something else
        bool never_prepares = false;    // the driver
        bool prepares_once = false;     // a second pod with the same claim does not start
        bool shows_bystanders = false;  // the runtime gives devices to every container
        bool shows_another = false;     // the container sees another device than allocated
        bool shows_nothing = false;
        bool accepts_any_cel = false;  // the API server
        bool serves_no_dra = false;
        int missing_slices = 0;        // the driver says it has so many slices more
        bool same_attributes = false;  // no attribute tells one device from another
        bool never_allocates = false;  // the scheduler, though devices are free
        bool others_hold_all = false;
        kube::Json promises =
            kube::Json::object();  // more of what is published of the first device
        std::string silent{};      // this container prints no document
    };

    explicit PlayedDra(Wrong wrong);

    RunResult run();
    void make_given_namespace();  // that of namespace_name
    kube::FakeApiServer& server() { return server_; }

    static constexpr int devices = 3;
    std::function<void(const kube::Request&)> overhears = [](const kube::Request&) {};
    std::string accelerator;       // as --accelerator
    bool beside_a_plugin = false;  // a device plugin offers nvidia.com/gpu on the node
    std::string namespace_name;    // as --namespace; "" for one of the run's own

private:
    void publish();
    void let_others_hold_all();
    void pod_created(const kube::Json& pod);
    void pod_removed(const kube::Json& pod);
    void schedule();
    bool placed(kube::Json pod);
    std::string claim_for(kube::Json& pod);
    bool allocated(kube::Json& claim);
    bool fits(const kube::Json& request, int device) const;
    std::set<std::string> taken() const;  // devices, by claims
    void start(kube::Json pod, const kube::Json& claim);
    std::string document(const kube::Json& container, const kube::Json& claim) const;

    Wrong wrong_;
    kube::FakeApiServer server_;
    std::vector<std::string> waiting_;  // names of pods
    std::string space_;
    std::map<std::string, int> starts_;  // by claim
};

}  // namespace assay
