// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/dial.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <future>
#include <thread>

namespace assay::probe::collective {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds between_attempts{200};

int left_ms(Clock::time_point deadline) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

struct Resolved {
    Address address;
    std::string complaint;
};

// The resolver may take longer than the deadline leaves; it is then left to itself.
Resolved resolved(const std::string& host, std::uint16_t port, Clock::time_point deadline) {
    std::packaged_task<Resolved()> task([host, port] {
        Resolved result;
        result.complaint = resolve(host, port, result.address);
        return result;
    });
    std::future<Resolved> future = task.get_future();
    std::thread(std::move(task)).detach();
    if (future.wait_until(deadline) != std::future_status::ready) {
        return {.address = {}, .complaint = "no answer of the resolver"};
    }
    return future.get();
}

// A connected socket, or -1 with the reason.
int connected(const Address& address, Clock::time_point deadline, std::string& reason) {
    const int descriptor = start_connecting(address);
    int error = descriptor < 0 ? errno : 0;
    if (descriptor >= 0) {
        pollfd polled{.fd = descriptor, .events = POLLOUT, .revents = 0};
        const bool settled = ::poll(&polled, 1, left_ms(deadline)) > 0;
        error = settled ? connecting_error(descriptor) : ETIMEDOUT;
        if (error == 0) {
            return descriptor;
        }
        ::close(descriptor);
    }
    reason = "connecting to " + address.text() + ": " + std::strerror(error);
    return -1;
}

// Until it is welcome or not. Returns the reason, "" where it is.
std::string greet(Channel& channel, Dialer& dialer, Clock::time_point deadline) {
    channel.send(dialer.hello());
    while (dialer.state() == Greeted::waiting) {
        channel.pump();
        while (const std::optional<std::string> message = channel.next()) {
            if (const std::string answer = dialer.take(*message); !answer.empty()) {
                channel.send(answer);
                channel.flush();
            }
            if (dialer.state() != Greeted::waiting) {
                return dialer.reason();
            }
        }
        if (const std::string ended = channel.ended(); !ended.empty()) {
            return "the greeting ended early: " + ended;
        }
        if (Clock::now() >= deadline) {
            return "the greeting was not over at the deadline";
        }
        wait_for({{channel.descriptor(), channel.events()}}, left_ms(deadline));
    }
    return dialer.reason();
}

}  // namespace

Reached reach(const std::string& host, std::uint16_t port, const std::string& secret,
              const Hello& hello, Clock::time_point deadline) {
    Reached reached;
    while (Clock::now() < deadline) {
        const Resolved place = resolved(host, port, deadline);
        if (!place.complaint.empty()) {
            reached.reason = "resolving " + host + ": " + place.complaint;
        } else if (const int descriptor = connected(place.address, deadline, reached.reason);
                   descriptor >= 0) {
            reached.address = place.address.text();
            reached.answered = true;
            auto channel = std::make_unique<Channel>(descriptor, known_limit);
            Dialer dialer(secret, hello);
            reached.reason = greet(*channel, dialer, deadline);
            if (reached.reason.empty()) {
                reached.channel = std::move(channel);
            }
            return reached;
        }
        std::this_thread::sleep_for(
            std::min<Clock::duration>(between_attempts, deadline - Clock::now()));
    }
    return reached;
}

}  // namespace assay::probe::collective
