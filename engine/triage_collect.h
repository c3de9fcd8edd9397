// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// One look at the cluster for triage: a dozen lists in pages and the log's end of a few pods that
// do not run. Reads only, with the rights of triage_rights() and no others; what a right is missing
// for is told in the snapshot and the look goes on. Blocks; lists on several threads of its own.
#pragma once

#include <span>
#include <vector>

#include "engine/adapter.h"
#include "engine/rights.h"
#include "engine/triage.h"
#include "kube/client.h"

namespace assay::triage {

// All that it may use. Without listing nodes there is nothing to say; without the others less.
std::span<const Right> triage_rights();

// An error only where nothing can be said: no connection, no credentials, no right to list nodes.
kube::Result<Snapshot> look(const kube::Client& client, const std::vector<Adapter>& adapters,
                            const kube::Limit& limit);

}  // namespace assay::triage
