// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Ctrl-C and SIGTERM: the first asks the run to stop and clean up, the second ends the program with
// 130.
#pragma once

#include <stop_token>
#include <string>

namespace assay::cli {

// The token that the first signal triggers. Call once, before other threads start. farewell is
// printed by the second signal.
std::stop_token stop_on_signal(const std::string& farewell);

}  // namespace assay::cli
