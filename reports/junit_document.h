// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// JUnit XML in the subset of the common dialect that junit-10.subset.xsd holds, from suites of
// cases. Whatever stands in the text is made fit for XML 1.0. Pure, any thread, never fails. Times
// are written in seconds with three decimals, as the dialect has them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "reports/cases.h"

namespace assay::reports {

struct Suite {
    std::string name;
    std::string id;
    std::string package;
    std::string classname;   // of each of its cases
    std::string started_at;  // RFC 3339; "" or what is no time is left out
    std::int64_t duration_ms = 0;
    std::vector<std::pair<std::string, std::string>> properties;
    std::vector<Case> cases;
};

std::string junit_document(const std::string& name, const std::vector<Suite>& suites,
                           std::int64_t duration_ms);

}  // namespace assay::reports
