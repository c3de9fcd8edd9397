// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The key that signs a report, by the flags of the command line. Blocking, one thread; errors are
// one sentence that says what to do.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "cli/options.h"
#include "reports/signer.h"

namespace assay::cli {

// nullopt: the report is not to be signed.
std::expected<std::optional<reports::Signer>, std::string> signer_of(const Options& options);

}  // namespace assay::cli
