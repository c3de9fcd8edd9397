// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Holds a document against probe/document.schema.json. Any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace assay::probe {

// What is wrong with it, "" if nothing is. Text that is no JSON is wrong too.
std::string schema_errors(const std::string& document);

}  // namespace assay::probe
