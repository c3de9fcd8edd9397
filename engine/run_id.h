// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Identity and time of a run. Any thread.
#pragma once

#include <string>

namespace assay {

// Eight letters and digits that may stand in any Kubernetes name.
std::string new_run_id();

// Now, in UTC, RFC 3339 with milliseconds.
std::string now_rfc3339();

}  // namespace assay
