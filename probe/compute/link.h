// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The way between the host's memory and the device's, and between devices. One thread.
#pragma once

#include <optional>
#include <vector>

#include "probe/compute/device.h"
#include "probe/compute/judgement.h"

namespace assay::probe::compute {

struct LinkPlan {
    std::optional<std::uint64_t> bytes;  // of one transfer, one way
    std::uint64_t seed = 1;
    unsigned warm_ups = 2;
    std::optional<unsigned> samples;
    unsigned devices = 1;  // how many there are, this one among them
    unsigned index = 0;    // this one's
};

struct TransferSpeed {
    std::string way;  // "host_to_device", "device_to_host", "both", "peer"
    std::optional<unsigned> peer;
    bool reachable = true;          // of a peer
    std::uint64_t bytes_moved = 0;  // in one sample, both ways together
    std::vector<double> seconds;
    std::uint64_t words = 0;  // that should have arrived
    std::uint64_t wrong = 0;  // of these
};

struct LinkReport {
    std::vector<TransferSpeed> transfers;
    Judgement judgement;
};

LinkReport run_link(Device& device, const LinkPlan& plan);

}  // namespace assay::probe::compute
