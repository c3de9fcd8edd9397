// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The seam to the outside world: one HTTP exchange with one API server. CurlTransport speaks it on
// the wire; tests/api has an API server in memory behind the same interface. Thread contract:
// send() may be called from any number of threads at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>

#include "kube/result.h"

namespace assay::kube {

// Until when a call may take, and who may end it sooner (within 100 ms).
struct Limit {
    std::chrono::steady_clock::time_point deadline;
    std::stop_token stop;

    static Limit of(std::chrono::milliseconds duration, std::stop_token stop = {}) {
        return {std::chrono::steady_clock::now() + duration, std::move(stop)};
    }
};

struct Request {
    std::string method = "GET";
    std::string path;  // absolute path and query on the API server: "/api/v1/nodes?limit=500"
    std::map<std::string, std::string> headers;  // no Authorization: the transport adds credentials
    std::string body;
    std::size_t max_body_bytes =
        256u * 1024 * 1024;  // of the answer; longer is Error::Kind::protocol
    // Set for a watch or a followed log: gets the body in pieces, on the calling thread, as they
    // arrive; Response::body then stays empty for 2xx. Returning false ends the exchange without an
    // error.
    std::function<bool(std::string_view)> on_chunk;
};

struct Response {
    int status = 0;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
};

class Transport {
public:
    virtual ~Transport() = default;
    // A Response for every HTTP answer, 4xx and 5xx included; an Error when there was none.
    virtual Result<Response> send(const Request& request, const Limit& limit) = 0;
};

}  // namespace assay::kube
