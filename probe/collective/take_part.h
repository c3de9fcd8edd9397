// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What every rank does: fill, keep step, all-reduce, check every element, tell. One thread.
#pragma once

#include <vector>

#include "probe/collective/backend.h"
#include "probe/collective/member.h"
#include "probe/collective/request.h"

namespace assay::probe::collective {

// What a rank knows at its end.
struct Part {
    Decision decision;
    std::vector<Peer> peers;  // empty if the run did not start
    RankAccount own;          // without host, node and address
};

// Returns when the run was decided, whatever came of it. Throws std::bad_alloc where the machine
// has not the memory: three times the largest size.
Part take_part(const Request& request, Backend& backend, Member& member);

}  // namespace assay::probe::collective
