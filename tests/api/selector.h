// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Label and field selectors of list and watch, as the API server reads them. Pure.
#pragma once

#include <string>

#include "kube/json.h"

namespace assay::kube {

// "a=b,c!=d,e in (f,g),h notin (i),j,!k"; "" selects everything.
bool labels_match(const std::string& selector, const Json& object);
// "metadata.name=a,status.phase!=Failed": any path to text, missing reads as "".
bool fields_match(const std::string& selector, const Json& object);

}  // namespace assay::kube
