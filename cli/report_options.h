// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The options of the verbs that compare reports. One thread.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/options.h"

namespace assay::cli {

void add_diff(CLI::App& app, Options& options);
void add_gate(CLI::App& app, Options& options);

}  // namespace assay::cli
