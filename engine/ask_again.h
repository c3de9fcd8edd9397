// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// For what tells nobody of a change, so that it cannot be watched: asked again until it is so or
// the limit is reached. Blocks its caller, who is woken when the run is stopped.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "kube/transport.h"

namespace assay {

// The last answer of ask(); that the run was stopped is for ask() to say.
template <class Ask, class IsDone>
auto asked_again(const kube::Limit& limit, const Ask& ask, const IsDone& is_done) {
    constexpr std::chrono::milliseconds ask_again_after{500};
    std::mutex mutex;
    std::condition_variable_any stopped;
    for (;;) {
        auto answer = ask();
        const auto next = std::chrono::steady_clock::now() + ask_again_after;
        if (is_done(answer) || next >= limit.deadline) {
            return answer;
        }
        std::unique_lock lock(mutex);
        stopped.wait_until(lock, limit.stop, next, [] { return false; });
        if (limit.stop.stop_requested()) {
            return ask();
        }
    }
}

}  // namespace assay
