// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// By which ways the ranks were connected, as NCCL's own log tells it: a bandwidth without the
// transport is not a check. Values and pure functions; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "probe/document.h"

namespace assay::probe::collective {

struct Transport {
    // By name, how many channels leave this rank that way: "NET/IB", "NET/Socket", "P2P/CUMEM",
    // "P2P/IPC", "P2P/direct pointer", "P2P/MNNVL", "SHM/direct/direct", …
    std::map<std::string, int> edges;
    int gdr_edges = 0;  // of these, network channels by GPUDirect RDMA
    std::optional<bool> nvls;
    std::optional<int> mnnvl_clique_size;

    void add(const Transport& other);
    Json json() const;
};

// Out of the lines of NCCL_DEBUG=INFO. Formats: NCCL 2.18 to 2.30, transport/{net,p2p,shm}.cc,
//   Channel 00/0 : 0[0] -> 8[0] [send] via NET/IB/0(3)/GDRDMA
//   Channel 00/0 : 0[0] -> 1[1] via P2P/CUMEM/read
//   Channel 00 : 0[0] -> 1[1] via SHM/direct/direct
//   NVLS multicast support is [not ]available on dev 0
//   MNNVL 1 cliqueId 1 cliqueSize 8 cliqueRank 0
// A channel is counted where it leaves: lines with [receive] are the other end's. What no line says
// is empty.
Transport transport_in_log(const std::string& log);

// What is wrong with it where each of `names` must be used and no other: "" if nothing. "NET/IB"
// is also NET/IB/…; several names are alternatives for each channel.
std::string unexpected(const Transport& transport, const std::vector<std::string>& names);

Transport transport_from(const Json& json);  // throws Json::exception

}  // namespace assay::probe::collective
