// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// One sentence that a check settles. Assertions are static data: `list`, `explain` and "never
// asked" need no cluster. Ids match [a-z0-9_]+, are never renamed and never hold the name of a node
// or device.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace assay {

enum class Kind {
    control,   // the probe finds what it must find, so that finding nothing means something
    positive,  // something works
    negative,  // something is not possible; counts only where its control held
    measure,   // a number within bounds
};

enum class Basis {
    required,  // the requirement's own meaning, with what any unprivileged pod can do against it
    beyond,    // shown beside the requirement; folds into it only in a strict profile
};

std::string_view to_string(Kind kind);
std::string_view to_string(Basis basis);

struct Assertion {
    std::string_view id;
    Kind kind = Kind::positive;
    Basis basis = Basis::required;
    const Assertion* control = nullptr;  // a negative names the control it rests on
    bool forging = false;      // asks the runtime for more; --no-intrusive leaves it not asked
    bool after_owner = false;  // a negative asked once the pod of its control is gone
    std::string_view sentence;
    std::string_view next_step = {};  // what to do when it fails
};

// The table of a check's assertions. A negative without a control, or with one that is not a
// control, does not compile.
template <std::size_t N>
consteval std::array<const Assertion*, N> assertions(const Assertion* const (&table)[N]) {
    std::array<const Assertion*, N> result{};
    for (std::size_t i = 0; i < N; ++i) {
        const Assertion* one = table[i];
        if (one->id.empty() || one->sentence.empty()) {
            throw "an assertion needs an id and a sentence";
        }
        const bool negative = one->kind == Kind::negative;
        if (negative != (one->control != nullptr)) {
            throw "a negative, and only a negative, names its control";
        }
        if (negative && one->control->kind != Kind::control) {
            throw "what a negative rests on must be a control";
        }
        result[i] = one;
    }
    return result;
}

}  // namespace assay
