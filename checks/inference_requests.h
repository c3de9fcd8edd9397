// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the clients of ai_inference ask of a Gateway, and how what they counted is judged. Plans are
// those of the probe's `client` (docs/probe.md). Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/scenario.h"

namespace assay {

// Where the clients send what, and by what they know whose answer it is.
struct InferenceTarget {
    std::string base;    // "http://10.96.12.7:80"
    std::string domain;  // of every route's host: "<run>.assay.example"
    std::string run;     // the backends' marker
    // What a route adds to requests, and backends tell of them: this configuration of it.
    std::string first;   // as made
    std::string second;  // as changed
};

inline constexpr int split_requests = 2000;  // engine/split.h tells what they can find
inline constexpr int few_requests = 200;     // each over a connection of its own: any replica
inline constexpr std::chrono::seconds silence{65};  // many proxies end a stream after 60 s
inline constexpr std::chrono::seconds change_limit{30};

// The weights of backends a and b.
struct Weights {
    int a = 0;
    int b = 0;
    double share_of_a() const { return static_cast<double>(a) / (a + b); }
};

// One container's plan, as its arguments.
using Arguments = std::vector<std::string>;
Arguments routes_plan(const InferenceTarget& target);
Arguments refusals_plan(const InferenceTarget& target);
Arguments events_plan(const InferenceTarget& target);
Arguments chat_plan(const InferenceTarget& target);
Arguments rpc_plan(const InferenceTarget& target);
Arguments change_plan(const InferenceTarget& target);

// How long a change took: at most so long, as the check learns of its end from the client's pod.
struct Convergence {
    bool seen = false;
    double at_most_s = 0;
    std::string describe() const;
};
// elapsed: from before the change was asked for until the client's document was there.
Observed<Convergence> convergence(const Report& report, std::chrono::duration<double> elapsed);
Satisfies<Convergence> comes_within(std::chrono::seconds limit);

using OfPhase = Satisfies<TrafficPhase>;
OfPhase is_live(const std::string& where);
OfPhase all_go_to(std::string_view backend);
OfPhase all_get(int status);
OfPhase is_split_by(Weights weights);
OfPhase is_split_anew_by(Weights weights);     // and nothing comes by the earlier configuration
OfPhase arrives_as_sent(std::int64_t events);  // no event waits for the next one
OfPhase survives_silence();
OfPhase echoes_the_prompt();
OfPhase streams_a_completion();
OfPhase is_called(std::string_view backend);  // by gRPC
OfPhase streams_messages(std::string_view backend, std::int64_t messages);

}  // namespace assay
