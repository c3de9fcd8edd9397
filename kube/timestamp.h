// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Moments as servers and programs write them. Pure. UTC.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace assay::kube {

using Moment = std::chrono::sys_time<std::chrono::nanoseconds>;

// Of RFC 3339: "2026-11-21T15:47:24.5Z", "2026-11-21T17:47:24+02:00". Years 1678 to 2261.
std::optional<Moment> moment_of(std::string_view rfc3339);
// Of RFC 9110, 5.6.7: "Sat, 21 Nov 2026 15:47:24 GMT".
std::optional<Moment> moment_of_http_date(std::string_view date);
// RFC 3339 in UTC, to the second below: "2026-11-21T15:47:24Z".
std::string text_of(Moment moment);

}  // namespace assay::kube
