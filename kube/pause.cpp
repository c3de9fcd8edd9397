// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/pause.h"

#include <condition_variable>
#include <mutex>

namespace assay::kube {

bool pause(std::chrono::milliseconds duration, const Limit& limit) {
    const auto until = std::chrono::steady_clock::now() + duration;
    if (until >= limit.deadline) {
        return false;
    }
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_until(lock, limit.stop, until, [] { return false; });
    return !limit.stop.stop_requested();
}

}  // namespace assay::kube
