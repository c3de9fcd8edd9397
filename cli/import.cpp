// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>

#include "cli/signing.h"
#include "cli/verbs.h"
#include "cli/version.h"
#include "engine/run_id.h"
#include "kube/timestamp.h"
#include "reports/escape.h"
#include "reports/folder.h"
#include "reports/go_test.h"
#include "reports/report.h"
#include "reports/signer.h"
#include "reports/text.h"

namespace assay::cli {

namespace {

constexpr int usage_error = 2;
constexpr int not_signed = 6;

int refuse(int code, const std::string& sentence) {
    fmt::print(stderr, "assay: not imported: {}\n", reports::printable(sentence));
    return code;
}

}  // namespace

int import_go_test(const Options& options, int argc, char** argv) {
    const auto events = reports::read_plain_file(options.target);
    auto run = events ? reports::run_of_go_test(*events) : std::unexpected(events.error());
    if (!run) {
        return refuse(usage_error, run.error());
    }
    const auto signer = signer_of(options);
    if (!signer) {
        return refuse(usage_error, signer.error());
    }
    if (const auto ready = reports::prepare_out(options.out); !ready) {
        return refuse(usage_error, ready.error());
    }
    run->run_id = new_run_id();
    run->started_at = run->finished_at = run->inventory.taken_at = now_rfc3339();
    run->tool_version = version_number();
    run->tool_commit = version_commit();
    run->command = {argv, argv + argc};
    run->exit_code = exit_code_of(*run);
    if (const auto written = reports::write_report(*run, options.out); !written) {
        return refuse(usage_error, written.error());
    }
    fmt::print("{}", reports::summary_text(*run, options.out));
    if (*signer != nullptr) {
        if (const auto done = reports::write_signatures(options.out, **signer); !done) {
            return refuse(not_signed, done.error());
        }
    }
    return run->exit_code;
}

}  // namespace assay::cli
