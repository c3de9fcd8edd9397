// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// How everything in kube/ answers: a value or an Error, never an exception. Values of these types
// are owned by the caller and may be used from any thread.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace assay::kube {

struct Error {
    enum class Kind {
        config,        // kubeconfig or flags: missing, malformed, contradictory
        network,       // no connection, connection lost, name not found
        tls,           // certificate not trusted, expired or for another name
        timeout,       // the deadline of the call passed
        cancelled,     // the stop_token of the call was triggered
        unauthorized,  // 401
        forbidden,     // 403
        not_found,     // 404
        conflict,      // 409 (AlreadyExists is a reason of it)
        gone,          // 410: the resource version expired
        invalid,       // 400, 422
        throttled,     // 429
        server,        // any other 5xx
        protocol,      // an answer that is not what the API promises: no JSON, too large, too deep
    };
    Kind kind = Kind::protocol;
    int http_status = 0;  // 0: no HTTP answer was received
    std::string
        reason;  // metav1.Status.reason where the server gave one ("Forbidden", "AlreadyExists")
    std::string message;  // one sentence, the server's own words where there are any
};

std::string_view to_string(Error::Kind kind);

template <class T>
using Result = std::expected<T, Error>;

}  // namespace assay::kube
