// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Base64 as kubeconfig files carry certificates in it (RFC 4648, white space allowed). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace assay::kube {

// nullopt: not Base64.
std::optional<std::string> base64_decoded(std::string_view text);
std::string base64_encoded(std::string_view bytes);

}  // namespace assay::kube
