// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the probe ends with.
#pragma once

namespace assay::probe {

inline constexpr int exit_done = 0;    // the document tells
inline constexpr int exit_failed = 1;  // what was computed is wrong; the document says what
inline constexpr int exit_usage = 2;
inline constexpr int exit_internal = 3;      // a document could not be written
inline constexpr int exit_inconclusive = 4;  // it could not be asked, or not all was computed

}  // namespace assay::probe
