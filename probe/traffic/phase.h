// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What `client` is to send: a plan of phases (docs/probe.md). Values and pure functions; any
// thread. Times as in the plan's members: _s seconds, _ms milliseconds.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probe/document.h"
#include "probe/traffic/grpc.h"
#include "probe/traffic/message.h"

namespace assay::probe {

enum class Kind { http, sse, grpc, grpc_stream };

struct Phase {
    std::string url;
    std::string name;
    Kind kind = Kind::http;
    bool http2 = false;
    std::uint64_t requests = 1;
    double for_s = 0;  // 0: by `requests`
    std::size_t parallel = 1;
    std::size_t connections = 0;  // 0: as the protocol has it
    bool close = false;
    double rate = 0;  // 0: as fast as it goes
    std::string method;
    std::string host;  // what Host says
    std::vector<Header> headers;
    std::string body;
    double timeout_s = 10;
    std::string marker;
    std::string marker_header = "x-assay-marker";
    std::string until_marker;
    double within_s = 30;
    std::uint64_t every_ms = 50;
    EchoRequest message{.message = "hello", .count = 1, .interval_ms = 0};
    std::uint64_t slice_ms = 0;
    std::size_t sample = 0;  // bytes

    // Of the URL.
    std::string server;
    std::uint16_t port = 80;
    std::string target;  // path and query

    bool is_grpc() const { return kind == Kind::grpc || kind == Kind::grpc_stream; }
    const std::string& wanted_marker() const {
        return until_marker.empty() ? marker : until_marker;
    }
};

const char* kind_name(Kind kind);

// A member of a plan's phase; as an option it is spelled with "-" for "_".
struct Member {
    enum class Type { text, number, flag, headers };
    const char* name;
    Type type;
    const char* help;
};
std::span<const Member> phase_members();

inline constexpr std::size_t phases_at_most = 32;

struct Plan {
    std::vector<Phase> phases;
    std::string complaint;  // "" if the plan is good; else a sentence
};

Plan parse_plan(const Json& phases);

}  // namespace assay::probe
