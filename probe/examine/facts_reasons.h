// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the facts of an accelerator say against it. Pure; any thread. What the driver does not
// answer says nothing.
#pragma once

#include <vector>

#include "probe/compute/judgement.h"
#include "probe/document.h"

namespace assay::probe::examine {

// Whether the driver answered any of it; else the facts are not a pass, they are nothing.
bool tells_of_health(const Json& facts);

// `before` and `after` it computed: facts as `facts` has them of one GPU; `gemm`: its full document
// or null, for what slowed the clocks down meanwhile.
std::vector<compute::Reason> reasons_in_facts(const Json& before, const Json& after,
                                              const Json& gemm);

}  // namespace assay::probe::examine
