// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/signals.h"
#include "cli/program.h"

#include <unistd.h>
#include <csignal>
#include <mutex>
#include <thread>

namespace assay::cli {

namespace {

constexpr int interrupted_twice = 130;

void say(const std::string& text) {
    // write(2): the program may be about to end in the middle of anything.
    static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
}

}  // namespace

std::stop_token stop_on_signal(const std::string& farewell) {
    static std::stop_source source;
    static std::mutex mutex;
    static std::string last_words;
    {
        const std::scoped_lock lock(mutex);
        last_words = in_callers_words(program() + ": " + farewell);
    }
    [[maybe_unused]] static const bool waiting = [] {
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // inherited by every thread that follows
        std::thread([signals] {
            int received = 0;
            sigwait(&signals, &received);
            say("\n" + program() +
                ": stopping and cleaning up; once more ends at once and leaves objects "
                "behind\n");
            source.request_stop();
            sigwait(&signals, &received);
            const std::scoped_lock lock(mutex);
            say("\n" + last_words + "\n");
            _exit(interrupted_twice);
        }).detach();
        return true;
    }();
    return source.get_token();
}

}  // namespace assay::cli
