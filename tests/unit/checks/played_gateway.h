// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A cluster in memory whose gateway (controller and data plane), kubelet and probe are played by
// this class: clients' plans are answered by the routes that are stored, by the Gateway API's
// precedence. Each can be told to do wrong. Single-purpose test code; one test's thread plus the
// check's.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "engine/result.h"
#include "tests/api/fake_api_server.h"

namespace assay {

class PlayedGateway {
public:
    // What the gateway does wrong.
    struct Wrong {
        bool no_class = false;        // no GatewayClass is accepted
        bool not_accepted = false;    // the Gateway
        bool no_address = false;      // and a Service leads to it
        bool not_resolved = false;    // the split's backends, it says
        bool hides_unknown = false;   // says that every backend is resolved
        bool ignores_grants = false;  // and says nothing of them
        bool never_live = false;
        bool rules_of_b_never_live = false;
        std::optional<int> weight_of_a{};  // of a hundred, whatever the route says
        int of_two_replicas_know = 2;      // the header
        bool one_header_only = false;      // of a rule's
        bool first_rule_wins = false;
        bool keeps_old_routes = false;
        bool serves_by_default = false;
        int status_without_backend = 500;
        bool buffers = false;
        bool ends_silence = false;
        bool no_http2 = false;
        bool cuts_bodies = false;
        int lost = 0;          // requests of each phase that are not answered
        bool no_grpc = false;  // GRPCRoute is not served
        std::string silent{};  // this container says nothing
    };

    explicit PlayedGateway(Wrong wrong);

    RunResult run();
    kube::FakeApiServer& server() { return server_; }
    void make_given_namespace();  // that of namespace_name
    std::string namespace_name;   // as --namespace; "" for one of the run's own

private:
    // Where a request ends.
    struct Hit {
        int status = 404;
        std::string backend;  // "" where no backend answered
        std::string config;
        std::map<std::string, int> shares;  // of a split, by backend
    };

    void publish();
    void gateway_created(const kube::Json& gateway);
    void route_created(const kube::Resource& kind, const kube::Json& route);
    void pod_created(const kube::Json& pod);
    void start(kube::Json& pod, const kube::Json& spec);
    void finish(const std::string& name);
    std::string document(const kube::Json& spec) const;
    kube::Json phase(const kube::Json& asked, kube::Json& document) const;
    Hit hit(const kube::Json& asked) const;
    Hit served(const kube::Json& rule) const;
    void stream(const kube::Json& asked, kube::Json& phase, kube::Json& document) const;

    Wrong wrong_;
    mutable kube::FakeApiServer server_;
    std::string waiting_;  // the client that goes on until the route is changed
    std::string space_;
};

}  // namespace assay
