// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What went wrong on the way to the API server, as a sentence that says what to check. Internal to
// the transport; pure. No credential is ever part of it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "kube/kubeconfig.h"
#include "kube/transport.h"

namespace assay::kube {

enum class ConnectionFailure {
    unknown_host,
    proxy,
    unreachable,
    silent,  // nothing answered while connecting
    untrusted,
    bad_authority,
    bad_client_certificate,
    no_handshake,
    not_http,
    lost,
};

struct ConnectionProblem {
    Peer peer = Peer::api_server;
    std::string_view server;
    ConnectionFailure failure = ConnectionFailure::lost;
    std::string_view detail;  // the library's own words
    int os_error = 0;
    long verify_result = 0;  // X509_V_ERR_…, 0 where the chain is not the problem
};

Error connection_error(const ConnectionProblem& problem);

Error too_large_error(std::string_view server);

// Cancelled or timeout once the limit has been reached.
std::optional<Error> limit_error(std::string_view server, const Request& request,
                                 const Limit& limit, std::chrono::steady_clock::time_point began);
Error too_late(std::string_view server, const Request& request,
               std::chrono::steady_clock::time_point began);

}  // namespace assay::kube
