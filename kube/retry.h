// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The one retry policy: what the server turned away (429) is asked again after the time it tells,
// what failed on the way only where asking twice is the same as asking once. Bounded, with jitter.
// Internal to kube/. Thread contract: any thread. Errors are the transport's.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "kube/json.h"
#include "kube/transport.h"

namespace assay::kube {

// Whether a request whose answer was lost may be sent again.
enum class Repeat {
    harmless,  // asking twice is the same as asking once
    never,
};

struct Sent {
    Result<Response> answer;
    bool lost_before = false;  // an attempt before the answer's may have taken effect
};

// GETs are harmless by themselves.
Sent sent(Transport& transport, const Request& request, const Limit& limit,
          Repeat repeat = Repeat::never);

// Whether nobody knows if the request took effect: no answer, or one by which a server or a proxy
// says that something went wrong on the way.
bool is_lost(const Result<Response>& answer);

// Of Retry-After, in seconds or as a date, which is compared with the server's own clock.
std::optional<std::chrono::seconds> retry_after(const Response& response);

// Before attempt + 1, counted from 0: doubles, and is spread so that many do not come at once.
std::chrono::milliseconds backoff(int attempt);

// The body of a 2xx answer; what else the server says is an Error.
Result<Json> json_of(const Result<Response>& answer);

struct Heard {
    Result<void> answer;
    bool lost_before = false;  // as in Sent
};

// As sent, and `read` reads the body of a 2xx answer: one that it cannot read says as little as one
// that never came. It is called anew for each attempt; what it read last counts.
Heard heard(Transport& transport, const Request& request, const Limit& limit, Repeat repeat,
            const std::function<Result<void>(const std::string&)>& read);

struct Answered {
    Result<Json> answer;
    bool lost_before = false;  // as in Sent
};

// As heard, by parse().
Answered answered(Transport& transport, const Request& request, const Limit& limit,
                  Repeat repeat = Repeat::never);

// Whether the server says that it did what was asked.
bool is_done(const Result<Response>& answer);

}  // namespace assay::kube
