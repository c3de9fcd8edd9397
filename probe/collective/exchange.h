// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// One step of the ring: a message out and one in, at the same time. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "probe/collective/links.h"
#include "probe/collective/member.h"

namespace assay::probe::collective {

// What precedes each message's data, so that ranks that are out of step notice: in the byte order
// of the machine, which is the same on all of them (the image is for little-endian ones).
struct StepHead {
    std::uint32_t magic = 0x61737961;
    std::uint32_t operation = 0;
    std::uint32_t step = 0;
    std::uint32_t reserved = 0;
    std::uint64_t bytes = 0;
};
static_assert(sizeof(StepHead) == 24);

struct Exchange {
    int operation = 0;
    int step = 0;
    std::span<const std::byte> out;
    std::span<std::byte> in;
    bool cut = false;  // the fault: half of the message, then the end
};

// Ends when both are through. Returns how long it waited for the neighbours, in microseconds.
// Throws Broken, naming the neighbour, where a connection ends or carries something else; and what
// member.beat() throws, which is called at least every beat_period.
double exchange(const Exchange& what, const Ring& ring, Links& links, Member& member);

}  // namespace assay::probe::collective
