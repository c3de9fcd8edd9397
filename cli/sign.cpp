// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>

#include "cli/program.h"
#include "cli/signing.h"
#include "cli/verbs.h"
#include "reports/escape.h"
#include "reports/statement.h"
#include "reports/verify.h"

namespace assay::cli {

namespace {

namespace fs = std::filesystem;

constexpr int usage_error = 2;
constexpr int not_signed = 6;

int refuse(int code, const std::string& sentence) {
    tell("not signed: " + sentence);
    return code;
}

bool is_signed(const fs::path& folder) {
    std::error_code ignored;
    return fs::exists(fs::symlink_status(folder / reports::bundle_file, ignored)) ||
           fs::exists(fs::symlink_status(folder / reports::envelope_file, ignored));
}

}  // namespace

int sign(const Options& options) {
    const fs::path folder = options.target;
    if (is_signed(folder)) {
        return refuse(usage_error,
                      fmt::format("{} is signed already; remove {} and {} to sign anew",
                                  reports::printable_line(folder.string()), reports::bundle_file,
                                  reports::envelope_file));
    }
    // Nobody should put a name to what does not agree with itself.
    const auto verified = reports::verify_report(folder, {});
    if (!verified) {
        return refuse(not_signed, verified.error());
    }
    const auto signer = signer_of(options);
    if (!signer) {
        return refuse(usage_error, signer.error());
    }
    if (const auto done = reports::write_signatures(folder, **signer); !done) {
        return refuse(not_signed, done.error());
    }
    fmt::print("signed by the key with the SHA-256 {}: result {}{}\n",
               (*signer)->public_key().hint(), verified->result,
               verified->simulated ? ", SIMULATED" : "");
    return 0;
}

}  // namespace assay::cli
