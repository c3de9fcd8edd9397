// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Runs a program without a shell and collects what it prints, within a Limit. For
// credential plugins and helpers. Thread contract: no shared state but the process table; any
// thread. Errors: config (cannot be started), timeout, cancelled; the program and its children are
// killed then.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kube/transport.h"

namespace assay::kube {

struct ChildOutput {
    std::string out;     // at most 1 MiB, the rest is dropped
    std::string error;   // likewise
    int exit_code = -1;  // -1: a signal ended it
};

// argv[0] with a slash is a path, without one it is looked up in PATH. stdin holds input.
Result<ChildOutput> output_of(std::vector<std::string> argv, std::vector<std::string> environment,
                              const Limit& limit, std::string_view input = {});

}  // namespace assay::kube
