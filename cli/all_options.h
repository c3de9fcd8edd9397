// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Every verb with its options. One thread.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/options.h"

namespace assay::cli {

void add_all(CLI::App& app, Options& options);

}  // namespace assay::cli
