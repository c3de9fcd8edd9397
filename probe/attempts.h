// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The attempts to reach devices, sorted by what came of them. Values; any thread.
#pragma once

#include <string>
#include <vector>

#include "probe/oracle.h"

namespace assay::probe {

struct Attempt {
    std::string number;  // "c:195:0"; "" where there was no node to have one
    std::string path;
    std::string by;     // "node": it was there or was named; "mknod": made from a guessed number
    std::string error;  // errno's name; "" for success and for what was never asked
    std::string why;    // only for not_tried and skipped
};

struct Attempts {
    std::vector<Attempt> reachable;
    std::vector<Attempt> refused;
    std::vector<Attempt> unclear;
    std::vector<Attempt> not_tried;  // guesses for which no node could be made
    std::vector<Attempt> skipped;    // nodes that are never opened

    std::size_t tried() const { return reachable.size() + refused.size() + unclear.size(); }

    void settle(Attempt attempt, int open_errno) {
        attempt.error = errno_name(open_errno);
        switch (answer_of(open_errno)) {
            case Answer::reachable:
                reachable.push_back(std::move(attempt));
                break;
            case Answer::refused:
                refused.push_back(std::move(attempt));
                break;
            case Answer::unclear:
                unclear.push_back(std::move(attempt));
                break;
        }
    }
};

}  // namespace assay::probe
