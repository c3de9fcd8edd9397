// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The options that say what of a cluster is examined, and how far it is gone. One thread.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/options.h"

namespace assay::cli {

void add_reach(CLI::App& verb, Options& options);

}  // namespace assay::cli
