// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Identity and time of a run. Any thread.
#pragma once

#include <cstdint>
#include <string>

namespace assay {

// Eight letters and digits that may stand in any Kubernetes name.
std::string new_run_id();

// Now, in UTC, RFC 3339 with milliseconds.
std::string now_rfc3339();
// Seconds since 1970; -1 for what is no time. Fractions are left out, and the zone, which
// Kubernetes always writes as Z.
std::int64_t seconds_of(const std::string& rfc3339);

}  // namespace assay
