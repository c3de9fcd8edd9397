// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The options of the verbs that make submissions and carry others' results, and who signs. One
// thread.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/options.h"

namespace assay::cli {

// --sign-key, --sign-passphrase-file, --signer.
CLI::Option_group* add_signer(CLI::App& verb, Options& options);

void add_submission(CLI::App& app, Options& options);
void add_import(CLI::App& app, Options& options);

}  // namespace assay::cli
