// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Query values of a URL. Pure.
#pragma once

#include <string>
#include <string_view>

namespace assay::kube {

// Percent-encoding (RFC 3986): everything but unreserved characters.
std::string query_encoded(std::string_view text);

}  // namespace assay::kube
