// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A cluster in memory with JobSet installed, whose API server's admission and whose controller are
// played by this class; each can be told to do wrong. Single-purpose test code; one test's thread
// plus the check's.
#pragma once

#include <string>
#include <vector>

#include "engine/change.h"
#include "engine/component.h"
#include "engine/result.h"
#include "tests/api/fake_api_server.h"

namespace assay {

class PlayedOperator {
public:
    struct Wrong {
        bool not_established = false;
        bool no_replica = false;
        bool not_labelled = false;     // nothing tells which Deployment is the controller
        bool not_registered = false;   // the webhook
        bool fails_open = false;       // it may be left out
        bool unreachable = false;      // every object is refused, as it cannot be called
        bool accepts_invalid = false;  // it denies nothing
        bool only_schema = false;      // the API server refuses by itself
        bool denied_by_another = false;
        bool never_reconciles = false;
        bool makes_one_child = false;
        bool never_heals = false;
        bool ignores_scale = false;
        bool leaves_orphans = false;
    };

    explicit PlayedOperator(Wrong wrong);

    RunResult run(Changes allowed = {}, std::vector<Component> components = *load_components());
    kube::FakeApiServer& server() { return server_; }

private:
    void install();
    void register_webhook();
    std::optional<kube::Result<kube::Response>> admission(const kube::Request& request) const;
    void reconcile(const kube::Json& group);
    void make_child(const kube::Json& group, int index);
    kube::Json own_pod(const std::string& name);
    std::string next_uid() { return "played-" + std::to_string(++uids_); }

    Wrong wrong_;
    kube::FakeApiServer server_;
    int uids_ = 0;
};

}  // namespace assay
