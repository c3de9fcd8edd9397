// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the probe ends with. 1 is left to crashes of the runtime.
#pragma once

namespace assay::probe {

inline constexpr int exit_done = 0;  // the document tells
inline constexpr int exit_usage = 2;
inline constexpr int exit_internal = 3;      // a document could not be written
inline constexpr int exit_inconclusive = 4;  // /dev could not be listed

}  // namespace assay::probe
