// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a run may take at most: minutes in all, accelerators at a time. What does not fit is not
// begun, and is inconclusive for a reason that says "budget: ". Clean-up is never cut short.
// Values and pure functions but for the clock; any thread.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "engine/check.h"
#include "kube/json.h"

namespace assay {

struct Budget {
    int minutes = 0;                                                 // as given; 0: not limited
    std::optional<std::chrono::steady_clock::time_point> ends = {};  // when they are up
    std::optional<int> accelerators = {};                            // nullopt: not limited
};

// Of the minutes, from now; nullopt: not limited.
std::optional<std::chrono::milliseconds> time_left(const Budget& budget);

// What a check takes by the plan, its clean-up included.
std::chrono::milliseconds planned_time(const Check& check);

// Why the check does not fit into the time that is left and the accelerators there may be; "" if it
// does.
std::string over_budget(const Budget& budget, const Check& check,
                        std::optional<std::chrono::milliseconds> left);

// Until when a check that begins now may ask: for its timeout, and no longer than the minutes last,
// less what its clean-up is planned to take.
std::chrono::steady_clock::time_point asking_ends(const Budget& budget, const Check& check,
                                                  std::chrono::milliseconds timeout);
// Which of the two it was, for a check that ended then.
std::string why_time_was_up(const Budget& budget, const Check& check,
                            std::chrono::steady_clock::time_point deadline);

// The accelerators that the pods of a check hold, or may be given at any moment. One thread.
class HeldAccelerators {
public:
    explicit HeldAccelerators(std::optional<int> most) : most_(most) {}

    // Counts the pod's in, before it is created; or says why they would be too many. Each claim of
    // its own and each container that asks a device plugin asks for so many; a claim that several
    // pods name counts once.
    std::string take(const kube::Json& pod, int devices_each);
    void give_back(const std::string& pod);

private:
    using Holdings = std::map<std::string, int>;  // by what it is held through
    static Holdings of(const kube::Json& pod, int devices_each);
    int in_all() const;

    std::optional<int> most_;
    std::map<std::string, Holdings> by_pod_;
};

}  // namespace assay
