// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Whether what a reader made of a data file still holds all that the file said. Pure; any thread.
#pragma once

#include <algorithm>

#include "kube/json.h"

namespace assay::fuzz {

// written: the same data from what was read, where a member may be left out whose text is empty.
inline bool holds_all(const kube::Json& written, const kube::Json& told) {
    if (told.is_object()) {
        return written.is_object() && std::ranges::all_of(told.items(), [&](const auto& member) {
                   return written.contains(member.key())
                              ? holds_all(written[member.key()], member.value())
                              : member.value() == "";
               });
    }
    if (told.is_array()) {
        return written.is_array() && std::ranges::equal(written, told, holds_all);
    }
    return written == told;
}

}  // namespace assay::fuzz
