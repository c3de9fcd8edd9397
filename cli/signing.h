// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Who signs a report, by the flags of the command line. Blocking, one thread; errors are one
// sentence that says what to do.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "cli/options.h"
#include "reports/signer.h"

namespace assay::cli {

// The variable that may hold the passphrase of the key. It is removed from the environment when it
// is read, so that no program which is started inherits it.
inline constexpr const char* passphrase_variable = "ASSAY_SIGN_PASSPHRASE";

// nullptr: the report is not to be signed. Asks for a passphrase at the terminal where the key
// needs one and neither a file nor the environment has it. Call before another thread starts.
std::expected<std::unique_ptr<reports::Signer>, std::string> signer_of(const Options& options);

}  // namespace assay::cli
