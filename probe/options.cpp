// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/options.h"

#include <CLI/CLI.hpp>

#include "probe/exit_codes.h"
#include "probe/version.h"

namespace assay::probe {

namespace {

constexpr const char* about =
    "The program in assay's pods. It looks at the machine from inside a container and prints one\n"
    "JSON document (schema assay.probe/v1) as one line on standard output; a summary that fits "
    "the\n"
    "kubelet's limit goes to the termination message. It never changes a device: it opens and\n"
    "closes.";

constexpr const char* codes =
    "Exit codes: 0 done, the document tells (devices found are no failure); 2 usage; 3 the probe\n"
    "itself failed; 4 inconclusive: the device nodes could not be listed.\n"
    "SIGTERM and SIGINT end it at once with 0.";

constexpr const char* about_isolate =
    "Opens each device node under /dev except those that every container has or that opening\n"
    "would harm (they are listed as skipped, with the reason), then those named, then those\n"
    "guessed, and asks NVML which GPUs it sees. Opening with success, ENXIO, EIO, EBUSY or ENODEV\n"
    "is \"reachable\"; EPERM and ENOENT \"refused\"; anything else \"unclear\".";

constexpr const char* about_facts =
    "Prints the kernel and what NVML knows of each GPU: identity, memory, ECC, remapped rows,\n"
    "clocks, power, PCIe, NVLink, fabric, MIG. Units are in the keys. What the driver does not\n"
    "answer is null, never 0.";

void add_summary_options(CLI::App& verb, Options& options) {
    verb.add_option("--summary-limit", options.summary_limit,
                    "The summary's largest size in bytes (the kubelet keeps 4096 of one container, "
                    "12288 of a pod)")
        ->check(CLI::Range(summary_limit_least, summary_limit_default))
        ->capture_default_str();
    verb.add_option("--termination-log", options.termination_log,
                    "Where the summary goes; a file named here is made if it is missing")
        ->capture_default_str();
    verb.add_option("--dev-root", options.targets.dev_root)->group("");  // for tests
}

CLI::App* add_isolate(CLI::App& app, Options& options, std::vector<std::string>& numbers) {
    CLI::App* verb = app.add_subcommand("isolate", about_isolate);
    verb->add_flag(
        "--hold", options.hold,
        "Print the document, then stay until SIGTERM; the summary is written at the end");
    verb->add_option("--node", options.targets.nodes,
                     "A path to try besides; that it does not exist is an answer (repeatable)")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    verb->add_option("--number", numbers,
                     "A character device to guess, c:MAJOR:MINOR or c:MAJOR:FIRST-LAST: the probe "
                     "makes a node of its own and opens it; a refused mknod is \"not_tried\" "
                     "(repeatable)")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    verb->add_option("--uuid", options.uuids, "A GPU to ask NVML for by its UUID (repeatable)")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    verb->add_option("--show-env", options.shown_environment,
                     "Tell of the variables whose names begin so, too: a driver may show its "
                     "devices by them (repeatable; full document only)")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    add_summary_options(*verb, options);
    return verb;
}

// Returns the complaint, or "".
std::string take_numbers(const std::vector<std::string>& numbers, Options& options) {
    unsigned guesses = 0;
    for (const std::string& text : numbers) {
        std::string error;
        const std::optional<NumberRange> range = parse_number_range(text, error);
        if (!range) {
            return "--number: " + error;
        }
        guesses += std::min(range->last - range->first + 1, guesses_at_most + 1);
        if (guesses > guesses_at_most) {
            return "--number: at most " + std::to_string(guesses_at_most) +
                   " guesses in one run; narrow the ranges";
        }
        options.targets.numbers.push_back(*range);
    }
    return "";
}

}  // namespace

Parsed parse_options(int argc, const char* const* argv) {
    Options options;
    std::vector<std::string> numbers;
    CLI::App app(about, "assay-probe");
    app.footer(codes);
    app.set_version_flag("--version", std::string("assay-probe ") + version);
    app.set_help_all_flag("--help-all", "Print the help of every verb");
    app.require_subcommand(1);
    CLI::App* facts = app.add_subcommand("facts", about_facts);
    add_summary_options(*facts, options);
    CLI::App* isolate = add_isolate(app, options, numbers);
    app.add_subcommand("hold",
                       "Prints a document that says so and waits for SIGTERM: a pod that "
                       "keeps its devices.");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return {.options = std::nullopt,
                .exit_code = app.exit(error) == 0 ? exit_done : exit_usage};
    }
    if (const std::string complaint = take_numbers(numbers, options); !complaint.empty()) {
        std::cerr << "assay-probe: " << complaint << "\n";
        return {.options = std::nullopt, .exit_code = exit_usage};
    }
    options.verb = isolate->parsed() ? Verb::isolate : facts->parsed() ? Verb::facts : Verb::hold;
    const CLI::App* chosen = isolate->parsed() ? isolate : facts;
    options.termination_log_named = chosen->count("--termination-log") > 0;
    return {.options = options, .exit_code = exit_done};
}

}  // namespace assay::probe
