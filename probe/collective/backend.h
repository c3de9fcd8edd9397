// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What carries out the all-reduce: the ring over TCP on the processor, or NCCL. One thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "probe/collective/member.h"
#include "probe/collective/sweep.h"

namespace assay::probe::collective {

struct Timing {
    double time_us = 0;
    double own_us = 0;  // of it, the time in which this rank waited for no other
};

// Its functions throw Broken where this rank cannot go on, and what Member throws.
class Backend {
public:
    Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    virtual ~Backend() = default;

    // Once, when all have joined. sweep: what is to come.
    virtual void start(const Start& start, const Sweep& sweep, Member& member) = 0;

    // Before each operation, outside its time. `input` and `output` are of the operation's size;
    // in place they are the same buffer, which then holds the input. They are kept until fetch().
    virtual void prepare(const Operation& operation, std::span<const float> input,
                         std::span<float> output) = 0;
    // All ranks are there: the operation itself.
    virtual Timing run(const Operation& operation, Member& member) = 0;
    // Puts the result into prepare()'s output.
    virtual void fetch(const Operation& operation) = 0;

    // Where in this operation this rank received something wrong first; nothing if nowhere, or if
    // that cannot be told.
    virtual std::optional<Blame> blame(const Operation& operation, Member& member) = 0;
    // How the ranks are connected. Once, after the last operation.
    virtual Transport transport() = 0;
};

}  // namespace assay::probe::collective
