// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The cluster as `run` and `plan` find it, before anything is created. Reads only.
#pragma once

#include <expected>
#include <optional>
#include <stop_token>
#include <vector>

#include "cli/cluster.h"
#include "cli/options.h"
#include "engine/adapter.h"
#include "engine/inventory.h"
#include "engine/preflight.h"
#include "engine/runner.h"

namespace assay::cli {

struct Site {
    ClusterAccess access;
    Inventory inventory;
    const AcceleratorKind* kind = nullptr;  // the one examined, in inventory; nullptr: none there
    Preflight rights;                       // what the account lacks for a run that examines it
    std::optional<Settling> settling = {};  // how it was waited for
};

enum class Look {
    now,
    when_settled,  // where the plan says so; what it waits for is said on stderr
};

// adapters outlive the site. The error is an exit code; its sentence has been said on stderr.
std::expected<Site, int> look_at_cluster(const Options& options,
                                         const std::vector<Adapter>& adapters, const RunPlan& plan,
                                         const std::vector<const Check*>& checks, Look look,
                                         const std::stop_token& stop);

}  // namespace assay::cli
