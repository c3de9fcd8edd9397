// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Signatures of a statement, as sigstore bundle or DSSE envelope, verified with a P-256 key. Pure,
// any thread. Errors are one sentence that names the file.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "reports/public_key.h"

namespace assay::reports {

enum class Form { bundle, envelope };

// Whether text carries statement byte for byte and nothing that assay does not write; where key is
// given, also whether it verifies. name is for the error.
std::expected<void, std::string> verify_signature(std::string_view name, Form form,
                                                  std::string_view text, std::string_view statement,
                                                  const PublicKey* key);

}  // namespace assay::reports
