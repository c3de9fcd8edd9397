// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/channel.h"

#include <fcntl.h>
#include <poll.h>

#include <cstring>
#include <string_view>
#include <vector>

namespace assay::probe::collective {

namespace {

constexpr int reads_at_once = 16;  // of 64 KiB

}  // namespace

Channel::Channel(int descriptor, std::size_t limit) : wire_(descriptor), frames_(limit) {}

short Channel::events() const {
    return static_cast<short>(POLLIN | (wire_.waiting() > 0 ? POLLOUT : 0));
}

void Channel::send(const std::string& message) {
    wire_.queue(framed(message));
}

void Channel::send(const Json& message) {
    send(message.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void Channel::flush() {
    if (!broken_ && !wire_.flush()) {
        broken_ = true;
        // What the peer had to say before it broke off may still be there to be read.
        const int error = wire_.error();
        read_all();
        if (ended_.empty()) {
            ended_ = std::string("sending failed: ") + std::strerror(error);
        }
    }
}

// Not for ever: one who sends without a pause must not keep the others waiting.
void Channel::read_all() {
    for (int turn = 0; turn < reads_at_once && ended_.empty(); ++turn) {
        std::string_view bytes;
        switch (wire_.receive(bytes)) {
            case Wire::Read::bytes:
                frames_.add(bytes);
                break;
            case Wire::Read::nothing_yet:
                return;
            case Wire::Read::end:
                ended_ = "the connection was closed";
                break;
            case Wire::Read::failed:
                ended_ = std::strerror(wire_.error());
                broken_ = true;
                break;
        }
    }
}

void Channel::finish() {
    flush();
    ::shutdown(wire_.descriptor(), SHUT_WR);
}

void Channel::pump() {
    flush();
    read_all();
}

std::string Channel::ended() const {
    if (!frames_.wrong().empty()) {
        return frames_.wrong();
    }
    if (ended_.empty()) {
        return "";
    }
    const std::string cut = frames_.cut();
    return cut.empty() ? ended_ : cut;
}

int Channel::release() {
    return ::fcntl(wire_.descriptor(), F_DUPFD_CLOEXEC, 0);  // wire_ closes its own
}

void wait_for(std::initializer_list<Awaited> awaited, int milliseconds) {
    std::vector<pollfd> polled;
    for (const Awaited& one : awaited) {
        polled.push_back({.fd = one.descriptor, .events = one.events, .revents = 0});
    }
    ::poll(polled.data(), polled.size(), milliseconds);
}

}  // namespace assay::probe::collective
