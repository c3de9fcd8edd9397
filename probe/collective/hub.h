// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The rendezvous, which rank 0 keeps in a thread of its own so that it answers whatever rank 0
// itself is doing: seats the ranks, hands out the start, keeps them in step, watches them, decides.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/collective/account.h"
#include "probe/collective/messages.h"
#include "probe/collective/reception.h"
#include "probe/collective/sweep.h"

namespace assay::probe::collective {

struct HubSettings {
    int ranks = 1;
    Sweep sweep;
    Json plan;  // what every rank must mean to do
    std::vector<std::string> expected_transport;
    std::string id;           // NCCL's, in hexadecimal digits
    double join_s = 120;      // until all must have joined
    double hang_s = 30;       // without a word of a rank, or with no data moving
    double limit_s = 600;     // of everything after
    Hello own;                // rank 0's
    int own_descriptor = -1;  // a connected stream to rank 0 that does not block; the hub owns it
    std::string secret;
};

struct HubReport {
    Decision decision;
    std::vector<RankAccount> ranks;  // all of them, by rank
    std::vector<Refused> refused;    // the first refused_kept
    std::size_t refused_count = 0;
};

// One thread, which may be another than the one that made it.
class Hub {
public:
    // Owns the listener.
    Hub(HubSettings settings, int listener);

    // Returns once all have been told the decision or can no longer be told; throws
    // std::runtime_error where the kernel gives no random bytes.
    HubReport run();

private:
    struct Seat {
        RankAccount account;
        std::unique_ptr<Channel> channel;  // nobody sits there without one
        Peer peer;
        Clock::time_point heard;
        int arrived = no_rank;
        bool finished = false;
        std::string ended;
        std::optional<Reason> trouble;
        Clock::time_point trouble_since;
    };

    void wait_and_pump();
    void seat_guests();
    std::string objection(const Guest& guest) const;
    void seat(Guest guest);
    void listen_to(Seat& seat);
    void take(Seat& seat, const std::string& message);
    void free_empty_seats();
    bool all_joined() const;
    void start();
    void release_barrier();
    void watch();
    void decide(Decision decision);
    Decision final_decision() const;
    std::vector<Reason> missing() const;
    std::vector<RankAccount> accounts() const;
    void send_to_all(const Json& message);
    void say_goodbye();

    HubSettings settings_;
    Reception reception_;
    std::vector<Seat> seats_;
    std::string own_host_;  // in figures, as the others reach it
    bool started_ = false;
    int released_ = no_rank;  // the operation that all were let into last
    Clock::time_point deadline_;
    Clock::time_point alive_said_;
    std::optional<Decision> decision_;
};

}  // namespace assay::probe::collective
