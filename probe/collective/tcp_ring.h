// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The all-reduce over plain TCP: reduce-scatter and all-gather between neighbours, each rank
// sending and receiving at the same time, so that no message is too large to be on its way. It
// stands for the accelerators' collective where there are none, over the real network. One thread.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "probe/collective/backend.h"
#include "probe/collective/links.h"
#include "probe/collective/schedule.h"

namespace assay::probe::collective {

struct TcpRingSettings {
    int rank = 0;
    int ranks = 1;
    Hello hello;                // of this rank
    std::string rendezvous_ip;  // in figures: where rank 0 is
    std::string secret;
    double hang_s = 30;
    Injection injection;
};

// `reception`: where the previous rank connects to.
std::unique_ptr<Backend> tcp_ring(TcpRingSettings settings, std::unique_ptr<Reception> reception);

}  // namespace assay::probe::collective
