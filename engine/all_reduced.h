// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a rank of the probe's all-reduce says of the run (docs/probe.md). Values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kube/json.h"

namespace assay {

struct AllReduced {
    struct Reason {
        std::string code;
        std::string verdict;  // "failed", "inconclusive"
        std::int64_t rank = -1;
        std::string text;
    };

    std::string verdict;  // of the run: "passed", "failed", "inconclusive"
    std::string backend;
    bool simulated = false;
    std::int64_t operations = 0;
    std::int64_t wrong_elements = 0;
    std::int64_t largest_bytes = 0;
    double busbw_gb_per_s = 0;  // at the largest size, the median
    std::vector<Reason> reasons;
    std::vector<std::string> nodes;  // by rank

    // The reasons in words; "" if there are none. failed: those alone.
    std::string words(bool failed) const;
    std::string describe() const;
};

AllReduced all_reduced_in(const kube::Json& document);

}  // namespace assay
