// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// inventory.json: what was installed in the cluster when it was measured, in the shape of
// inventory.schema.json. It is what stands for the cluster in a signed statement, which needs
// something with a digest. Equal runs give equal bytes. Pure, any thread, never fails: text that is
// not UTF-8 is replaced.
#pragma once

#include <string>

#include "engine/result.h"

namespace assay::reports {

inline constexpr const char* inventory_schema_version = "1.0.0";
inline constexpr const char* inventory_file = "inventory.json";

std::string inventory_json(const RunResult& run);

}  // namespace assay::reports
