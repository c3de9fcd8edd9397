// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// YAML to JSON the way kubectl reads it (YAML 1.2 core types, quoted scalars stay strings, several
// documents). The only file pair that includes yaml-cpp. Errors carry line and column.
#pragma once

#include <string_view>
#include <vector>

#include "kube/json.h"

namespace assay::kube {

Result<std::vector<Json>> documents_of_yaml(std::string_view yaml);

}  // namespace assay::kube
