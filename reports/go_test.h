// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Another suite's results, the lines of `go test -json`, as a run that our report carries: each
// test of it a requirement by the test's own name, each test below it an assertion by the rest of
// that name. They are informative, so no MUST is examined by them and the signed result is at most
// WARNED: assay has seen none of it happen. A skipped test, and one without a result, is
// inconclusive. The file itself is kept as evidence. Pure, any thread. Errors are one sentence that
// says what to do.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "engine/result.h"

namespace assay::reports {

// The caller sets what a file does not say: id, times, tool and command.
std::expected<RunResult, std::string> run_of_go_test(std::string_view events);

}  // namespace assay::reports
