// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A cluster in memory whose scheduler, DRA driver, kubelet and probe are played by this class, so
// that a check can be run whole and every violation planted. Single-purpose test code; one test's
// thread plus the check's.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/inventory.h"
#include "engine/result.h"
#include "engine/runner.h"
#include "tests/api/fake_api_server.h"

namespace assay {

// One container the played kubelet is about to start.
struct PlayedContainer {
    std::string pod;
    std::string role;  // the pod's label assay/role
    std::string container;
    std::string image;
    std::string handler;  // RuntimeClass, "" default
    std::string node;
    std::map<std::string, std::string> env;
    std::set<int> granted;                       // minors its claim gave it
    std::set<int> guesses;                       // minors it will try by mknod
    std::map<std::string, std::string> options;  // of the probe, with a value each
};

class PlayedCluster {
public:
    static const kube::Resource claims;
    // What a container can open besides what it was granted: minors by device node, minors by
    // mknod.
    struct Leak {
        std::set<int> nodes;
        std::set<int> guessed;
    };
    using Violation = std::function<Leak(const PlayedContainer&)>;

    static constexpr int devices_per_node = 4;

    PlayedCluster();

    Violation violation = [](const PlayedContainer&) { return Leak{}; };
    // Lets a test change or withhold what a pod's container says; returns the document to be shown.
    std::function<std::string(const PlayedContainer&, const std::string&)> speech =
        [](const PlayedContainer&, const std::string& document) { return document; };
    // Lets a test move a pod to another node than the scheduler would choose.
    std::function<std::string(const std::string& role, const std::string& node)> placement =
        [](const std::string&, const std::string& node) { return node; };
    bool mknod_allowed = true;
    // Of the driver's library, in the containers that were given a device.
    bool has_cuda = true;
    bool keeps_memory = false;      // what one owner left the next one finds
    bool opens_any_handle = false;  // of memory, for whoever has a device
    bool makes_handles = true;      // that a second process of the owner can open
    std::int64_t searchable_percent = 100;
    std::map<std::string, std::string> architectures;  // by node; others say none
    std::vector<std::string> image_architectures;      // of the probe image
    int published_per_node = devices_per_node;         // set before the run
    std::vector<std::string> runtime_classes{"nvidia"};
    bool by_plugin = false;                        // a device plugin allocates, and no DRA driver
    bool beside_a_plugin = false;                  // both do
    bool simulated = false;                        // the lab's label is on every node
    std::string accelerator;                       // as --accelerator
    std::string namespace_name;                    // that the run is given; "": it makes its own
    std::map<std::string, std::string> unaskable;  // what a preflight found
    Journal* journal = nullptr;
    const JournalContents* resumed = nullptr;
    bool keep = false;
    std::vector<const Check*> checks;  // instead of the catalogue's
    Budget budget;
    std::optional<Settling> settling;  // how --wait-settled went

    kube::FakeApiServer& server() { return server_; }
    RunResult run(const std::vector<std::string>& select = {"secure_accelerator_access"},
                  bool intrusive = true);

private:
    void publish();
    void pod_created(const kube::Json& pod);
    void remove_claims_of_ended(kube::Json pod);
    void container_attached(const kube::Json& patched);
    void play(kube::Json& pod, const kube::Json& spec, const std::set<int>& granted,
              const char* statuses);
    std::set<int> allocate(kube::Json& pod, const std::string& node);
    std::string document(const PlayedContainer& container) const;
    std::set<int> taken(const std::string& allocator);
    void use_memory(const PlayedContainer& container, kube::Json& document) const;
    PlayedContainer container_of(const kube::Json& pod, const kube::Json& spec,
                                 const std::set<int>& granted) const;

    kube::FakeApiServer server_;
    // By node and allocator, then by pod.
    std::map<std::string, std::map<std::string, std::set<int>>> held_;
};

// The outcome of one assertion, and the text of its findings.
Outcome outcome_of(const RunResult& run, const std::string& assertion);
std::string findings_of(const RunResult& run, const std::string& assertion);
// The assertions that failed, in the order of their requirements.
std::vector<std::string> failed_in(const RunResult& run);

}  // namespace assay
