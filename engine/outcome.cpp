// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/outcome.h"

#include <algorithm>

namespace assay {

namespace {

// How much an outcome weighs when it is folded with others: the heaviest is the result.
int weight(Outcome outcome) {
    switch (outcome) {
        case Outcome::failed:
            return 3;
        case Outcome::inconclusive:
            return 2;
        case Outcome::passed:
            return 1;
        case Outcome::not_applicable:
            return 0;
    }
    return 2;  // no such outcome: nothing that could be trusted was said
}

}  // namespace

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::passed:
            return "passed";
        case Outcome::failed:
            return "failed";
        case Outcome::inconclusive:
            return "inconclusive";
        case Outcome::not_applicable:
            return "not_applicable";
    }
    return "inconclusive";
}

Outcome fold(std::span<const Outcome> outcomes) {
    if (outcomes.empty()) {
        return Outcome::inconclusive;
    }
    return *std::ranges::max_element(outcomes, {}, weight);
}

}  // namespace assay
