// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// One function a verb; each returns the exit code of design section 3.
#pragma once

#include "cli/options.h"

namespace assay::cli {

int run(const Options& options, int argc, char** argv);
int plan(const Options& options);
int rbac(const Options& options);
int list(const Options& options);
int explain(const Options& options);
int cleanup(const Options& options);
int images(const Options& options);
int sign(const Options& options);
int verify(const Options& options);
int diff(const Options& options);
int gate(const Options& options, int argc, char** argv);
int triage(const Options& options);
int submission_pack(const Options& options);
int submission_lint(const Options& options);
int import_go_test(const Options& options, int argc, char** argv);
int version();
int schema(const Options& options);
int completion(const Options& options);

}  // namespace assay::cli
