// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Waits until a cluster has come to rest: every node Ready, every pool of ResourceSlices complete
// and none gone that was there before, every DaemonSet rolled out, all at the same moment. Reads
// only, by one watch of each. Thread contract: wait_settled() blocks its caller and calls missing
// and said on that thread; the rest is pure.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/result.h"
#include "kube/watch.h"

namespace assay {

// What is not settled, a phrase for each.
std::vector<std::string> unsettled_nodes(const kube::Snapshot& nodes);
std::vector<std::string> unsettled_pools(const kube::Snapshot& slices);
// As `kubectl rollout status` judges it; of one that is updated OnDelete only that its pods are
// available is asked.
std::vector<std::string> unsettled_daemon_sets(const kube::Snapshot& daemon_sets);

// Told what is still waited for when that changes, at most once a second.
using StillWaiting = std::function<void(const std::string& words)>;

// What else must be there, a phrase for what is not yet, "" if it is. Asked when all that is
// followed is settled, and then after every change, at most once a second.
using StillMissing = std::function<std::string()>;

// Ends when the cluster is settled, the time is up, it is stopped, or what it must read is refused
// from the beginning. An API server that goes away meanwhile is one more thing not settled.
Settling wait_settled(const kube::Client& client, std::chrono::milliseconds patience,
                      const StillMissing& missing, const StillWaiting& said,
                      const std::stop_token& stop);

}  // namespace assay
