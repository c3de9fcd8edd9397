// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the programme's validator lets pass and its instructions or reviewers do not: the mistakes
// found in the 60 submissions made until August 2026 and in the reviews of them. Reads the files
// beside PRODUCT.yaml; asks nothing of the network. Blocking, any thread.
#pragma once

#include <vector>

#include "reports/checklist.h"
#include "reports/intake.h"

namespace assay::reports {

std::vector<Remark> advise(const Checklist& official, const Checklist& product, const Place& place);

// One remark a line, the gravest first: "REFUSAL status_unknown gpu_sharing: …".
std::string remarks_text(const std::vector<Remark>& remarks);

}  // namespace assay::reports
