// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "cli/verbs.h"
#include "reports/escape.h"

int main(int argc, char** argv) {
    using namespace assay::cli;
    try {
        const Parsed parsed = parse_options(argc, argv);
        if (parsed.exit_code >= 0) {
            return parsed.exit_code;
        }
        const Options& options = parsed.options;
        if (options.verb == "run") {
            return run(options, argc, argv);
        }
        if (options.verb == "plan") {
            return plan(options);
        }
        if (options.verb == "rbac") {
            return rbac(options);
        }
        if (options.verb == "list") {
            return list(options);
        }
        if (options.verb == "explain") {
            return explain(options);
        }
        if (options.verb == "triage") {
            return triage(options);
        }
        if (options.verb == "cleanup") {
            return cleanup(options);
        }
        if (options.verb == "sign") {
            return sign(options);
        }
        if (options.verb == "verify") {
            return verify(options);
        }
        if (options.verb == "diff") {
            return diff(options);
        }
        if (options.verb == "gate") {
            return gate(options, argc, argv);
        }
        if (options.verb == "submission pack") {
            return submission_pack(options);
        }
        if (options.verb == "submission lint") {
            return submission_lint(options);
        }
        if (options.verb == "import go-test") {
            return import_go_test(options, argc, argv);
        }
        return options.verb == "version" ? version() : images(options);
    } catch (const std::exception& error) {
        fmt::print(stderr, "assay: internal error: {}\n", assay::reports::printable(error.what()));
        return 3;
    }
}
