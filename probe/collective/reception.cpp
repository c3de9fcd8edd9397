// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/reception.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace assay::probe::collective {

namespace {

constexpr std::chrono::seconds departure_limit{2};
constexpr int backlog = 1024;

Address unmapped(const Address& address) {
    if (address.storage.ss_family != AF_INET6) {
        return address;
    }
    const auto& six = reinterpret_cast<const sockaddr_in6&>(address.storage);
    if (!IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
        return address;
    }
    Address plain;
    auto& four = reinterpret_cast<sockaddr_in&>(plain.storage);
    four.sin_family = AF_INET;
    four.sin_port = six.sin6_port;
    std::copy_n(six.sin6_addr.s6_addr + 12, 4, reinterpret_cast<unsigned char*>(&four.sin_addr));
    plain.length = sizeof four;
    return plain;
}

}  // namespace

std::string host_in_figures(const Address& address) {
    const std::string text = unmapped(address).text();
    const std::string host = text.substr(0, text.rfind(':'));
    return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

int listen_everywhere(std::uint16_t port) {
    Address address;
    if (parse_address("::", port, address)) {
        if (const int descriptor = listen_on(address, backlog);
            descriptor >= 0 || errno != EAFNOSUPPORT) {
            return descriptor;
        }
    }
    parse_address("0.0.0.0", port, address);
    return listen_on(address, backlog);
}

Reception::Reception(int listener, const std::string& secret)
    : listener_(listener), secret_(secret) {}

Reception::~Reception() {
    ::close(listener_);
}

std::uint16_t Reception::port() const {
    return local_address(listener_).port();
}

void Reception::add_to(std::vector<pollfd>& polled) const {
    polled.push_back({.fd = listener_, .events = POLLIN, .revents = 0});
    for (const Stranger& stranger : strangers_) {
        const Channel& channel = *stranger.guest.channel;
        polled.push_back({.fd = channel.descriptor(), .events = channel.events(), .revents = 0});
    }
    for (const auto& [channel, since] : departing_) {
        polled.push_back({.fd = channel->descriptor(), .events = channel->events(), .revents = 0});
    }
}

void Reception::accept_all() {
    for (;;) {
        Address peer;
        peer.length = sizeof peer.storage;
        const int descriptor = ::accept4(listener_, reinterpret_cast<sockaddr*>(&peer.storage),
                                         &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            return;  // nobody, or one who has gone already
        }
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (strangers_.size() >= strangers_most) {
            tell_and_send_away(strangers_.front(), "too many others wait");
            strangers_.erase(strangers_.begin());
        }
        Stranger stranger;
        stranger.guest.channel = std::make_unique<Channel>(descriptor, stranger_limit);
        stranger.guest.address = unmapped(peer).text();
        stranger.guest.host = host_in_figures(peer);
        stranger.guest.local_host = host_in_figures(local_address(descriptor));
        stranger.listener = std::make_unique<Listener>(secret_);
        stranger.since = Clock::now();
        strangers_.push_back(std::move(stranger));
    }
}

void Reception::go_on_with(Stranger& stranger) {
    Channel& channel = *stranger.guest.channel;
    channel.pump();
    while (stranger.listener->state() == Greeted::waiting) {
        const std::optional<std::string> message = channel.next();
        if (!message) {
            break;
        }
        if (const std::string answer = stranger.listener->take(*message); !answer.empty()) {
            channel.send(answer);
        }
    }
    channel.flush();
    if (stranger.listener->state() == Greeted::refused) {
        send_away(stranger, stranger.listener->reason());
    } else if (stranger.listener->state() == Greeted::welcome) {
        stranger.guest.hello = *stranger.listener->who();
        channel.allow(known_limit);
        guests_.push_back(std::move(stranger.guest));
    } else if (const std::string why = channel.ended(); !why.empty()) {
        tell_and_send_away(stranger, why);
    } else if (Clock::now() - stranger.since > greeting_limit) {
        tell_and_send_away(stranger, "it did not end the greeting within " +
                                         std::to_string(greeting_limit.count()) + " s");
    }
}

void Reception::pump() {
    accept_all();
    for (Stranger& stranger : strangers_) {
        go_on_with(stranger);
    }
    std::erase_if(strangers_, [](const Stranger& one) { return one.guest.channel == nullptr; });
    drop_departed();
}

void Reception::drop_departed() {
    std::erase_if(departing_, [](auto& one) {
        one.first->pump();
        while (one.first->next()) {
        }
        return !one.first->ended().empty() || Clock::now() - one.second > departure_limit;
    });
}

std::optional<Guest> Reception::next() {
    if (guests_.empty()) {
        return std::nullopt;
    }
    Guest guest = std::move(guests_.front());
    guests_.pop_front();
    return guest;
}

void Reception::welcome(Guest& guest) {
    guest.channel->send(Listener::welcome());
    guest.channel->flush();
}

void Reception::refuse(Guest guest, const std::string& why) {
    note(guest.address, guest.hello.rank, why);
    guest.channel->send(Listener::refusal(why));
    guest.channel->finish();
    departing_.emplace_back(std::move(guest.channel), Clock::now());
}

void Reception::send_away(Stranger& stranger, const std::string& why) {
    note(stranger.guest.address, stranger.listener->claimed_rank(), why);
    stranger.guest.channel->finish();
    departing_.emplace_back(std::move(stranger.guest.channel), Clock::now());
}

void Reception::tell_and_send_away(Stranger& stranger, const std::string& why) {
    stranger.guest.channel->send(Listener::refusal(why));  // it may still hear
    send_away(stranger, why);
}

void Reception::note(const std::string& address, int rank, const std::string& why) {
    ++refused_count_;
    if (refused_.size() < refused_kept) {
        refused_.push_back({.address = address, .rank = rank, .reason = why});
    }
}

}  // namespace assay::probe::collective
