// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/handle_trial.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <system_error>

namespace assay::probe {

namespace {

using nlohmann::json;

// Until the other end says no more.
std::string received(int channel) {
    std::string text;
    std::array<char, 4096> some{};
    for (;;) {
        const ssize_t count = ::read(channel, some.data(), some.size());
        if (count > 0) {
            text.append(some.data(), static_cast<std::size_t>(count));
        } else if (count == 0 || errno != EINTR) {
            return text;
        }
    }
}

// And nothing more.
void send_all(int channel, const std::string& text) {
    std::size_t sent = 0;
    while (sent < text.size()) {
        const ssize_t count = ::send(channel, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (count < 0 && errno != EINTR) {
            break;  // who reads the answer finds none
        }
        sent += count < 0 ? 0 : static_cast<std::size_t>(count);
    }
    ::shutdown(channel, SHUT_WR);
}

[[noreturn]] void try_in_this_process(int channel) {
    const std::string handle = received(channel);
    if (is_handle(handle)) {
        const OpenedHandle opened = open_handle(handle);
        const json told = {static_cast<int>(opened.answer), opened.words, opened.begins};
        send_all(channel, told.dump(-1, ' ', false, json::error_handler_t::replace));
    }
    ::_exit(0);
}

}  // namespace

HandleTrial::HandleTrial() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    process_ = ::fork();
    if (process_ == 0) {
        ::close(ends[0]);
        try_in_this_process(ends[1]);
    }
    const int error = errno;
    ::close(ends[1]);
    if (process_ < 0) {
        ::close(ends[0]);
        throw std::system_error(error, std::generic_category(), "fork");
    }
    channel_ = ends[0];
}

HandleTrial::~HandleTrial() {
    ::close(channel_);
    // A driver that never answers would keep it, and then this one.
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

OpenedHandle HandleTrial::open(const std::string& handle) {
    send_all(channel_, handle);
    const json told = json::parse(received(channel_), nullptr, false);
    if (!told.is_array() || told.size() != 3) {
        return {.answer = OpenedHandle::Answer::not_tried,
                .words = "the process that was to open it ended without a word",
                .begins = ""};
    }
    return {.answer = static_cast<OpenedHandle::Answer>(told[0].get<int>()),
            .words = told[1].get<std::string>(),
            .begins = told[2].get<std::string>()};
}

}  // namespace assay::probe
