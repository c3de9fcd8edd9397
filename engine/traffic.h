// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the probe's `client` counted (docs/probe.md), phase by phase. The text it is read from is
// hostile: members of another type than told are left at their defaults. Values; any thread. Units:
// as the names say; times are the client's own clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/json.h"

namespace assay {

// One event of a stream, by its arrival after the answer's first byte.
struct StreamedEvent {
    double at_ms = 0;
    std::string data;  // cut to 160 characters
};

struct TrafficPhase {
    std::string name;
    std::int64_t requests = 0;  // sent or tried: answered and failed
    std::int64_t answered = 0;
    std::map<std::string, std::int64_t> statuses;    // HTTP's
    std::map<std::string, std::int64_t> by_backend;  // of answers that name theirs
    std::map<std::string, std::int64_t> failures;    // "refused", "timeout", …
    std::map<std::string, std::int64_t> grpc;        // by gRPC status; "none": without one
    std::int64_t unnamed = 0;                        // answers that name no backend
    std::int64_t right_markers = 0;
    std::int64_t wrong_markers = 0;
    std::int64_t absent_markers = 0;
    std::int64_t messages = 0;  // gRPC replies that came whole
    double seconds = 0;         // that the phase took
    double per_second = 0;
    bool live = false;                    // an answer carried the marker waited for
    std::optional<double> after_ms;       // of that answer, from the phase's beginning
    double first_byte_ms = 0;             // of request 0
    std::int64_t events = 0;              // of request 0
    std::vector<StreamedEvent> arrivals;  // those of request 0 that the document has room for
    std::string sample;                   // the first answer's body, cut to what was asked for
    std::string example;                  // what the first request that failed ended with

    std::int64_t from(std::string_view backend) const;
    std::int64_t with_status(int status) const;
    // Every request was answered, with that status and by no other backend than this one.
    bool all_from(std::string_view backend) const;
    bool all_with_status(int status) const;
    // "400 requests: 200 x400; a 398, b 2; reset 1"
    std::string describe() const;
};

std::vector<TrafficPhase> traffic_in(const kube::Json& document);

}  // namespace assay
