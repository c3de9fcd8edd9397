// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What `serve` answers (docs/probe.md): a request in, an answer out, no socket. A stranger's bytes
// come in here; nothing of them is trusted. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "probe/traffic/message.h"
#include "probe/traffic/server_metrics.h"

namespace assay::probe {

class Routes {
public:
    explicit Routes(const Identity& identity) : identity_(identity), metrics_(identity) {}

    Response answer(const Request& request);
    // What a connection says of a request it could not read in whole.
    Response refuse(int status, const std::string& why) const;

    const Identity& identity() const { return identity_; }
    ServerMetrics& metrics() { return metrics_; }

private:
    Response route(const Request& request);
    Response echo(const Request& request, int status) const;
    Response fail(const Request& request) const;
    Response slow(const Request& request) const;
    Response events(const Request& request) const;
    Response idle_stream(const Request& request) const;
    Response gauge(const Request& request);
    Response grpc(const Request& request) const;
    void sign(const Request& request, Response& response) const;

    Identity identity_;
    ServerMetrics metrics_;
};

// `name=N` of the query, `otherwise` if it is not there; std::nullopt: no number, or not in range.
std::optional<std::uint32_t> query_number(const Request& request, std::string_view name,
                                          std::uint32_t otherwise, std::uint32_t least,
                                          std::uint32_t most);

// The shape of OpenAI's chat completions, by a stub that repeats what it was sent.
Response chat_completion(const Request& request);
Response model_list();

}  // namespace assay::probe
