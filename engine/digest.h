// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// SHA-256 as lower-case hex. Pure.
#pragma once

#include <string>
#include <string_view>

namespace assay {

std::string sha256_hex(std::string_view bytes);

}  // namespace assay
