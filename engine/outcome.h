// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The four outcomes and how they fold. Pure values; any thread.
#pragma once

#include <span>
#include <string_view>

namespace assay {

enum class Outcome {
    passed,          // it was asked, its control held, the answer is right
    failed,          // it was asked, its control held, the answer is wrong
    inconclusive,    // it should have been answered and there is no trustworthy answer
    not_applicable,  // the profile, the cluster's shape or the user's stated reason excuses it
};

std::string_view to_string(Outcome outcome);

// failed > inconclusive > passed > not_applicable (only if all are). An empty span is inconclusive:
// nothing asked proves nothing.
Outcome fold(std::span<const Outcome> outcomes);

}  // namespace assay
