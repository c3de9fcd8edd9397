// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>

#include "cli/program.h"
#include "cli/verbs.h"
#include "reports/escape.h"
#include "reports/verify.h"

namespace assay::cli {

namespace {

constexpr int not_verified = 6;

}  // namespace

int verify(const Options& options) {
    const auto verified = reports::verify_report(options.target, options.public_key);
    if (!verified) {
        tell("not verified: " + verified.error());
        return not_verified;
    }
    fmt::print("result: {}{}; {} of {} MUSTs examined\n", verified->result,
               verified->simulated ? ", SIMULATED" : ", nothing simulated", verified->must_examined,
               verified->must_total);
    if (options.public_key.empty()) {
        tell(
            "not verified: digests and lists agree, but nobody's signature was checked, so anyone "
            "may have written this; give the signer's key with --key");
        return not_verified;
    }
    fmt::print("signed by the key with the SHA-256 {}\n", verified->hint);
    return 0;
}

}  // namespace assay::cli
