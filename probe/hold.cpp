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
sem_t ended;
std::atomic<bool> holding = false;

void on_signal(int /*signal*/) {
    if (!holding.load()) {
        ::_exit(0);
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
    action.sa_flags = SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
}

void wait_for_end() {
    holding.store(true);
    while (::sem_wait(&ended) != 0) {
    }
    holding.store(false);  // a second signal does not wait for what is left to write
}

}  // namespace assay::probe
