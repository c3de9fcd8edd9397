// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The options that say what of a cluster is examined, and how far it is gone. One thread.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/options.h"

namespace assay::cli {

// --kubeconfig, --context.
void add_cluster(CLI::App& verb, Options& options);
// --select, --skip, --namespace.
void add_selection(CLI::App& verb, Options& options);
// --wait-settled; `plan` and `rbac` only ask the rights for it.
void add_wait(CLI::App& verb, Options& options);
// How far it is gone: --accelerator, --allow, --no-intrusive and their like.
void add_reach(CLI::App& verb, Options& options);

}  // namespace assay::cli
