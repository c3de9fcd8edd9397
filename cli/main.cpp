// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <malloc.h>

#include <algorithm>
#include <array>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "cli/completion.h"
#include "cli/program.h"
#include "cli/verbs.h"

namespace assay::cli {

namespace {

using Verb = std::pair<std::string_view, int (*)(const Options&)>;

constexpr std::array verbs{
    Verb{"plan", plan},
    Verb{"rbac", rbac},
    Verb{"list", list},
    Verb{"explain", explain},
    Verb{"triage", triage},
    Verb{"cleanup", cleanup},
    Verb{"sign", sign},
    Verb{"verify", verify},
    Verb{"diff", diff},
    Verb{"submission pack", submission_pack},
    Verb{"submission lint", submission_lint},
    Verb{"schema", schema},
    Verb{"completion", completion},
};

int perform(const Options& options, int argc, char** argv) {
    if (options.verb == "run") {
        return run(options, argc, argv);
    }
    if (options.verb == "gate") {
        return gate(options, argc, argv);
    }
    if (options.verb == "import go-test") {
        return import_go_test(options, argc, argv);
    }
    if (options.verb == "version") {
        return version();
    }
    const auto* const found = std::ranges::find(verbs, options.verb, &Verb::first);
    return found == verbs.end() ? images(options) : found->second(options);
}

// Of what it is given back, glibc keeps large buffers (lists of thousands of nodes) and an arena
// for every few threads (32 create pods): on 5,000 nodes 40 MB that nothing uses. musl, which
// releases are linked with, keeps less.
void give_memory_back() {
#ifdef __GLIBC__
    constexpr int large = 128 * 1024;  // the default, which would grow with what is given back
    mallopt(M_MMAP_THRESHOLD, large);
    mallopt(M_TRIM_THRESHOLD, large);
    mallopt(M_ARENA_MAX, 2);
#endif
}

}  // namespace

}  // namespace assay::cli

int main(int argc, char** argv) {
    using namespace assay::cli;
    give_memory_back();
    try {
        called_as(argc > 0 ? argv[0] : "");
        if (const int answered = answer_shell(argc, argv); answered >= 0) {
            return answered;
        }
        const Parsed parsed = parse_options(argc, argv);
        return parsed.exit_code >= 0 ? parsed.exit_code : perform(parsed.options, argc, argv);
    } catch (const std::exception& error) {
        tell(std::string("internal error: ") + error.what());
        return 3;
    }
}
