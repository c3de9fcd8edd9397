// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the ranks and the rendezvous say to each other once they have greeted, one JSON object each:
//
//   rendezvous  {"is":"start","peers":[…],"id"}   all have joined
//               {"is":"go","operation"}           all have arrived
//               {"is":"alive"}                    every second
//               {"is":"decision","verdict","reasons":[…]}
//   rank        {"is":"arrive","operation"}       ready for it
//               {"is":"result",…}                 of the operation it arrived for last
//               {"is":"beat",…}                   what it is at, every beat_period at the latest
//               {"is":"trouble",…}                what keeps it from going on
//               {"is":"finished","transport","init_s"}
//
// Values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "probe/collective/account.h"

namespace assay::probe::collective {

inline constexpr std::chrono::milliseconds alive_period{1000};

// Four beats fit into the limit, so that one that comes late is not taken for silence.
inline std::chrono::milliseconds beat_period(double hang_s) {
    const auto quarter = std::chrono::milliseconds(static_cast<int>(hang_s * 250));
    return quarter < alive_period ? quarter : alive_period;
}

// A rank as the others reach it.
struct Peer {
    int rank = 0;
    std::string host;
    std::string node;
    std::string ip;  // in figures
    std::uint16_t ring_port = 0;

    Json json() const;
    static Peer from(const Json& json);
};

struct Start {
    std::vector<Peer> peers;  // by rank
    std::string id;           // NCCL's, in hexadecimal digits; "" without NCCL

    Json json() const;
    static Start from(const Json& json);
};

Json decision_json(const Decision& decision);
Decision decision_from(const Json& json);

}  // namespace assay::probe::collective
