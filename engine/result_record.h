// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A settled check as the journal keeps it: every field of RequirementResult, there and back. Pure;
// any thread. Text that is no UTF-8 comes back with U+FFFD in place of what is none.
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "engine/result.h"
#include "kube/json.h"

namespace assay {

kube::Json record_of(const RequirementResult& result);

// The same in pieces, each of them small whatever the number of nodes: the record with its lists of
// findings, rows and evidence empty, and what is in these lists.
using TakePart = std::function<void(const kube::Json& part)>;
kube::Json frame_of(const RequirementResult& result);
void each_part_of(const RequirementResult& result, const TakePart& take);
// Throws what the JSON library does, or std::invalid_argument, where it is no part of that result.
void add_part(const kube::Json& part, RequirementResult& to);

// The error says which field is not what a run writes.
std::expected<RequirementResult, std::string> result_from(const kube::Json& record);

}  // namespace assay
