// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/hold.h"

#include <semaphore.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace assay::probe {

namespace {

// The handler may run in a thread of NVML's, so it wakes the main thread rather than relying on
// where the signal was delivered. sem_post is async-signal-safe.
// A signal handler reaches nothing but globals.
// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables)
sem_t ended;
std::atomic<bool> keeping = false;
std::atomic<bool> kept = false;
std::atomic<int> code_of_signals = 0;
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)
static_assert(std::atomic<bool>::is_always_lock_free &&
              std::atomic<int>::is_always_lock_free);  // else not for signal handlers

void on_signal(int /*signal*/) {
    if (!keeping.load() || kept.exchange(true)) {
        ::_exit(code_of_signals.load());
    }
    const int saved = errno;
    ::sem_post(&ended);
    errno = saved;
}

}  // namespace

void end_on_signals() {
    ::sem_init(&ended, 0, 0);
    struct sigaction action{};
    action.sa_handler = on_signal;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
}

void end_on_signals_with(int code) {
    code_of_signals.store(code);
}

void keep_first_signal() {
    keeping.store(true);
}

bool end_asked() {
    return kept.load();
}

void wait_for_end() {
    keep_first_signal();
    while (::sem_wait(&ended) != 0) {
    }
}

}  // namespace assay::probe
