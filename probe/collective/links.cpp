// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/links.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "probe/collective/sweep.h"

namespace assay::probe::collective {

namespace {

constexpr int look_ms = 50;

// The way to the next rank while it comes about.
class Outgoing {
public:
    Outgoing(const Ring& ring, const std::string& secret)
        : ring_(ring), dialer_(secret, ring.hello) {
        Address address;
        if (!parse_address(ring.next_ip, ring.next_peer.ring_port, address)) {
            fail("\"" + ring.next_ip + "\" is no address");
        }
        where_ = address.text();
        connecting_ = start_connecting(address);
        if (connecting_ < 0) {
            fail(std::strerror(errno));
        }
    }
    Outgoing(const Outgoing&) = delete;
    Outgoing& operator=(const Outgoing&) = delete;
    ~Outgoing() {
        if (connecting_ >= 0) {
            ::close(connecting_);
        }
    }

    bool stands() const { return dialer_.state() == Greeted::welcome; }
    Awaited awaited() const {
        return channel_ ? Awaited{channel_->descriptor(), channel_->events()}
                        : Awaited{connecting_, POLLOUT};
    }

    void go_on() {
        if (!channel_) {
            pollfd polled{.fd = connecting_, .events = POLLOUT, .revents = 0};
            if (::poll(&polled, 1, 0) <= 0) {
                return;
            }
            if (const int error = connecting_error(connecting_); error != 0) {
                fail(std::strerror(error));
            }
            channel_ = std::make_unique<Channel>(std::exchange(connecting_, -1), stranger_limit);
            channel_->send(dialer_.hello());
        }
        greet();
    }

    int release() { return channel_->release(); }

    [[noreturn]] void fail(const std::string& why) const {
        throw Broken({.code = "ring_unreachable",
                      .verdict = Verdict::failed,
                      .rank = ring_.next(),
                      .text = "rank " + std::to_string(ring_.rank) + " cannot connect to rank " +
                              std::to_string(ring_.next()) + " at " + where_ + ": " + why});
    }

private:
    void greet() {
        channel_->pump();
        while (const std::optional<std::string> message = channel_->next()) {
            if (const std::string answer = dialer_.take(*message); !answer.empty()) {
                channel_->send(answer);
                channel_->flush();
            }
        }
        if (dialer_.state() == Greeted::refused) {
            fail(dialer_.reason());
        }
        if (const std::string ended = channel_->ended(); !ended.empty() && !stands()) {
            fail(ended);
        }
    }

    const Ring& ring_;
    Dialer dialer_;
    std::string where_;
    int connecting_ = -1;
    std::unique_ptr<Channel> channel_;
};

// The previous rank's connection if it has come.
int welcomed(const Ring& ring, Reception& reception) {
    reception.pump();
    while (std::optional<Guest> guest = reception.next()) {
        if (guest->hello.purpose == "ring" && guest->hello.rank == ring.previous() &&
            guest->hello.ranks == ring.ranks) {
            Reception::welcome(*guest);
            return guest->channel->release();
        }
        reception.refuse(std::move(*guest), "rank " + std::to_string(ring.rank) +
                                                " waits for rank " +
                                                std::to_string(ring.previous()) + " here");
    }
    return -1;
}

}  // namespace

Links::Links(Links&& other) noexcept
    : to_next_(std::exchange(other.to_next_, -1)),
      from_previous_(std::exchange(other.from_previous_, -1)) {}

Links::~Links() {
    close_both();
}

void Links::close_both() {
    for (int* descriptor : {&to_next_, &from_previous_}) {
        if (*descriptor >= 0) {
            ::close(std::exchange(*descriptor, -1));
        }
    }
}

Links connect_ring(const Ring& ring, const std::string& secret, Reception& reception,
                   Member& member) {
    Links links;
    const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                             std::chrono::duration<double>(ring.hang_s));
    Outgoing outgoing(ring, secret);
    while (links.to_next() < 0 || links.from_previous() < 0) {
        if (links.to_next() < 0) {
            outgoing.go_on();
            if (outgoing.stands()) {
                links.take_to_next(outgoing.release());
            }
        }
        if (links.from_previous() < 0) {
            links.take_from_previous(welcomed(ring, reception));
        }
        member.beat({.operation = no_rank, .step = 0, .waits_for = no_rank, .idle_s = 0});
        if (Clock::now() > deadline) {
            if (links.to_next() < 0) {
                outgoing.fail("not within " + Json(ring.hang_s).dump() + " s");
            }
            throw Broken({.code = "ring_unreachable",
                          .verdict = Verdict::failed,
                          .rank = ring.previous(),
                          .text = "rank " + std::to_string(ring.previous()) +
                                  " did not connect to rank " + std::to_string(ring.rank) +
                                  " within " + Json(ring.hang_s).dump() + " s"});
        }
        std::vector<pollfd> polled;
        reception.add_to(polled);
        const Awaited own = links.to_next() < 0 ? outgoing.awaited() : Awaited{};
        polled.push_back({.fd = own.descriptor, .events = own.events, .revents = 0});
        polled.push_back({.fd = member.descriptor(), .events = POLLIN, .revents = 0});
        if (links.to_next() < 0 || links.from_previous() < 0) {
            ::poll(polled.data(), polled.size(), look_ms);
        }
    }
    return links;
}

}  // namespace assay::probe::collective
