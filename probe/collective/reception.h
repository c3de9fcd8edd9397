// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The side of a rank that others connect to: accepts, greets, and sends away who does not know the
// secret, speaks otherwise, sends too much or says nothing. No guest keeps another waiting. One
// thread.
#pragma once

#include <poll.h>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/collective/account.h"
#include "probe/collective/channel.h"
#include "probe/collective/greeting.h"

namespace assay::probe::collective {

using Clock = std::chrono::steady_clock;

// How long a stranger may take to show the secret.
inline constexpr std::chrono::seconds greeting_limit{10};
inline constexpr std::size_t strangers_most = 256;  // beyond, the one that waits longest must go
inline constexpr std::size_t refused_kept = 64;     // the later ones are counted only

// "10.0.0.3" of an address in either family, an IPv4 address as such although it came over IPv6.
std::string host_in_figures(const Address& address);

// A socket that listens on every address of the machine, -1 with errno where there is none.
// port 0: a free one.
int listen_everywhere(std::uint16_t port);

// One who has shown the secret.
struct Guest {
    std::unique_ptr<Channel> channel;  // of known_limit
    Hello hello;
    std::string host;        // in figures
    std::string address;     // with the port
    std::string local_host;  // this side of the connection, in figures
};

class Reception {
public:
    // Owns the listener. `secret`: outlives it.
    Reception(int listener, const std::string& secret);
    Reception(const Reception&) = delete;
    Reception& operator=(const Reception&) = delete;
    ~Reception();

    std::uint16_t port() const;
    void add_to(std::vector<pollfd>& polled) const;
    // Goes on with whoever came and whatever they said.
    void pump();
    // Who has shown the secret and was neither welcomed nor refused yet.
    std::optional<Guest> next();
    static void welcome(Guest& guest);
    void refuse(Guest guest, const std::string& why);

    const std::vector<Refused>& refused() const { return refused_; }
    std::size_t refused_count() const { return refused_count_; }

private:
    struct Stranger {
        Guest guest;
        std::unique_ptr<Listener> listener;
        Clock::time_point since;
    };

    void accept_all();
    void go_on_with(Stranger& stranger);
    void send_away(Stranger& stranger, const std::string& why);
    void tell_and_send_away(Stranger& stranger, const std::string& why);
    void note(const std::string& address, int rank, const std::string& why);
    void drop_departed();

    int listener_;
    const std::string& secret_;
    std::vector<Stranger> strangers_;
    std::deque<Guest> guests_;
    // Those refused, until they have read why: closing earlier might take it from them.
    std::vector<std::pair<std::unique_ptr<Channel>, Clock::time_point>> departing_;
    std::vector<Refused> refused_;
    std::size_t refused_count_ = 0;
};

}  // namespace assay::probe::collective
