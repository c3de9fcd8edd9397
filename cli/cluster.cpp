// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/cluster.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "reports/escape.h"

namespace assay::cli {

namespace {

// What to try next, where the message alone does not say it.
std::string_view next_step(kube::Error::Kind kind) {
    using Kind = kube::Error::Kind;
    switch (kind) {
        case Kind::network:
        case Kind::timeout:
            return "is the API server up and reachable from here? try: kubectl get --raw /readyz";
        case Kind::unauthorized:
            return "are the credentials of this context still valid? try: kubectl auth whoami";
        case Kind::forbidden:
            return "reading nodes, namespaces, RuntimeClasses and resource.k8s.io is needed; "
                   "ask for these rights or use another context";
        default:
            return {};
    }
}

// A line for each request; what cannot be written is the user's to see, not a reason to stop.
kube::Result<kube::RecordingTransport::Listener> request_log(const std::string& path) {
    auto file = std::make_shared<std::ofstream>(path, std::ios::trunc);
    if (!*file) {
        return std::unexpected(
            kube::Error{kube::Error::Kind::config, 0, "",
                        fmt::format("--log-requests {}: the file cannot be written", path)});
    }
    return [file](const kube::RequestFacts& facts) {
        const nlohmann::ordered_json line{
            {"verb", facts.verb},         {"group", facts.group},
            {"resource", facts.resource}, {"namespace", facts.namespace_name},
            {"name", facts.name},         {"path", facts.path}};
        *file << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n'
              << std::flush;
    };
}

}  // namespace

kube::Result<ClusterAccess> open_cluster(const Options& options) {
    auto connection =
        kube::load_connection({.path = options.kubeconfig, .context = options.context});
    if (!connection) {
        return std::unexpected(connection.error());
    }
    auto complete = kube::with_credentials(std::move(*connection));
    if (!complete) {
        return std::unexpected(complete.error());
    }
    ClusterAccess access;
    access.context = complete->context.empty() ? "in-cluster" : complete->context;
    access.server = complete->server;
    auto transport = kube::CurlTransport::connect(std::move(*complete));
    if (!transport) {
        return std::unexpected(transport.error());
    }
    access.wire = std::move(*transport);
    if (!options.log_requests.empty()) {
        auto log = request_log(options.log_requests);
        if (!log) {
            return std::unexpected(log.error());
        }
        access.recording =
            std::make_unique<kube::RecordingTransport>(*access.wire, std::move(*log));
    }
    return access;
}

int complain(const kube::Error& error) {
    tell(error.message);
    if (const auto step = next_step(error.kind); !step.empty()) {
        fmt::print(stderr, "       {}\n", step);
    }
    return error.kind == kube::Error::Kind::config ? 2 : 3;
}

}  // namespace assay::cli
