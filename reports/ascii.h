// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Letters of ASCII, whatever the locale. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

namespace assay::reports {

// Bytes that are no such letters stay.
inline std::string lower_case(std::string_view text) {
    std::string result(text);
    for (char& one : result) {
        if (one >= 'A' && one <= 'Z') {
            one = static_cast<char>(one - 'A' + 'a');
        }
    }
    return result;
}

}  // namespace assay::reports
