// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Reaching the rendezvous. One thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "probe/collective/channel.h"
#include "probe/collective/greeting.h"

namespace assay::probe::collective {

// Why a rank did not get in. `answered`: someone was there and it was he who would not.
struct Reached {
    std::unique_ptr<Channel> channel;  // welcomed; nothing where it failed
    std::string address;               // of the rendezvous, in figures with the port
    std::string reason;                // "" where it did not fail
    bool answered = false;
};

// Waits for a name that does not resolve yet and for a port nobody listens on yet, until the
// deadline: the pod of rank 0 may start last, and a headless Service publishes it late. Once a
// connection stands there is no second attempt: whatever its greeting comes to is the answer.
// `secret` is used until it returns.
Reached reach(const std::string& host, std::uint16_t port, const std::string& secret,
              const Hello& hello, std::chrono::steady_clock::time_point deadline);

}  // namespace assay::probe::collective
