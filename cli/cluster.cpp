// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/cluster.h"

#include <fmt/format.h>

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
    access.transport = std::move(*transport);
    return access;
}

int complain(const kube::Error& error) {
    fmt::print(stderr, "assay: {}\n", error.message);
    if (const auto step = next_step(error.kind); !step.empty()) {
        fmt::print(stderr, "       {}\n", step);
    }
    return error.kind == kube::Error::Kind::config ? 2 : 3;
}

}  // namespace assay::cli
