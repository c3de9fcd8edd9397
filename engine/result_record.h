// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A settled check as the journal keeps it: every field of RequirementResult, there and back. Pure;
// any thread. Text that is no UTF-8 comes back with U+FFFD in place of what is none.
#pragma once

#include <expected>
#include <string>

#include "engine/result.h"
#include "kube/json.h"

namespace assay {

kube::Json record_of(const RequirementResult& result);

// The error says which field is not what a run writes.
std::expected<RequirementResult, std::string> result_from(const kube::Json& record);

}  // namespace assay
