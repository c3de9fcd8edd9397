// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The text format in which exporters give their series (Prometheus' exposition format 0.0.4; what
// OpenMetrics adds is passed over). The text is hostile. Pure; any thread.
#pragma once

#include <expected>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/metrics_query.h"

namespace assay {

struct Series {
    std::string name;
    Sample sample;
};

// The samples of these names, in the order of the text; the error names the line that is none.
// Lines of other names are not looked into.
std::expected<std::vector<Series>, std::string> series_in(std::string_view text,
                                                          const std::set<std::string>& names);

}  // namespace assay
