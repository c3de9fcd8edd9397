// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "probe/collective/seal.h"
#include "probe/compute/options.h"
#include "probe/exit_codes.h"
#include "probe/version.h"

namespace assay::probe {

namespace {

constexpr const char* about =
    "The program in assay's pods. It looks at the machine from inside a container and prints one\n"
    "JSON document (schema assay.probe/v1) as one line on standard output; a summary that fits "
    "the\n"
    "kubelet's limit goes to the termination message. It changes no device: it opens, computes\n"
    "and closes.";

constexpr std::size_t busy_mib_at_most = 1024 * 1024;

constexpr const char* codes =
    "Exit codes: 0 done, the document tells (devices found are no failure), or what was computed\n"
    "is right; 1 what was computed is wrong; 2 usage; 3 the probe itself failed; 4 inconclusive:\n"
    "the device nodes could not be listed, or not all was computed.\n"
    "SIGTERM and SIGINT end it at once with 0, allreduce with 4.";

constexpr const char* about_isolate =
    "Opens each device node under /dev except those that every container has or that opening\n"
    "would harm (they are listed as skipped, with the reason), then those named, then those\n"
    "guessed, and asks NVML which GPUs it sees. Opening with success, ENXIO, EIO, EBUSY or ENODEV\n"
    "is \"reachable\"; EPERM and ENOENT \"refused\"; anything else \"unclear\".";

constexpr const char* about_facts =
    "Prints the kernel and what NVML knows of each GPU: identity, memory, ECC, remapped rows,\n"
    "clocks, power, PCIe, NVLink, fabric, MIG. Units are in the keys. What the driver does not\n"
    "answer is null, never 0.";

constexpr const char* about_serve =
    "An echo server that says who it is: HTTP/1.1 and HTTP/2 without TLS on one port, gRPC,\n"
    "server-sent events, the shape of OpenAI's chat completions, Prometheus metrics. Prints its\n"
    "document once it listens; SIGTERM ends it. Paths: docs/probe.md.";

constexpr const char* about_client =
    "Sends requests, each once and none again, and counts who answered what and how fast:\n"
    "  assay-probe client http://10.96.0.9/x --requests 2000 --parallel 8\n"
    "  assay-probe client --plan '[{\"url\":\"http://a/\",\"until_marker\":\"run-1\"},\n"
    "                              {\"url\":\"http://a/\",\"requests\":2000}]'\n"
    "A plan's members are the options with _ for -, and \"headers\":{\"name\":\"value\"}. "
    "Whatever\n"
    "was answered, it ends with 0: the document tells.";

constexpr const char* about_allreduce =
    "Takes part in an all-reduce of several processes, each element of which is checked: rank 0 "
    "keeps\n"
    "the rendezvous, the others find it there; all must know one secret. For an Indexed Job with "
    "a\n"
    "headless Service. Ends with 0 if all was right, 1 if something was wrong or a rank was lost,\n"
    "4 if it could not be measured; SIGTERM ends it with 4.";

constexpr const char* about_examine =
    "facts, gemm, hbm and link of every accelerator that the container was given, one after the\n"
    "other, each part as a process of its own, in one document whose summary has every verdict\n"
    "and five samples of every measure. Ends with 0 pass, 1 fail, 4 inconclusive.";

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

void add_memory_options(CLI::App& verb, Options& options) {
    const auto mark = [](std::optional<Mark>& to) {
        return [&to](const std::string& text) {
            to = parse_mark(text);
            if (!to) {
                throw CLI::ValidationError("a mark is 32 hexadecimal digits");
            }
        };
    };
    verb.add_option_function<std::string>(
        "--mark", mark(options.marks),
        "With --hold: before the document is printed, write this mark (32 hexadecimal digits) all "
        "over 1 GiB of the first GPU's memory, keep it, and tell of a handle to it");
    verb.add_option_function<std::string>(
        "--search", mark(options.looks_for),
        "Take all of the first GPU's memory that is free, as the driver lends it, and count what "
        "holds this mark");
    verb.add_option("--open", options.handle,
                    "Open memory by a handle that an --mark told of (128 hexadecimal digits)")
        ->check([](const std::string& text) {
            return is_handle(text) ? std::string() : "a handle is 128 hexadecimal digits";
        });
}

CLI::App* add_isolate(CLI::App& app, Options& options, std::vector<std::string>& numbers) {
    CLI::App* verb = app.add_subcommand("isolate", about_isolate);
    verb->add_flag(
        "--hold", options.hold,
        "Print the document, then stay until SIGTERM; the summary is written at the end");
    verb->add_option("--busy", options.busy_mib,
                     "With --hold: before the document is printed, take so many MiB into use and "
                     "begin to multiply matrices, without a pause until SIGTERM")
        ->check(CLI::Range(std::size_t{1}, busy_mib_at_most));
    compute::add_backend(*verb, options.busy_backend);
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
    add_memory_options(*verb, options);
    add_summary_options(*verb, options);
    return verb;
}

void add_examine(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand("examine", about_examine);
    examine::Request& request = options.examine;
    verb->add_option("--accelerators", request.accelerators, "That the container was given")
        ->check(CLI::Range(1U, 256U))
        ->capture_default_str();
    verb->add_option("--backend", request.backend,
                     "auto: an accelerator where its driver is met, else the processor")
        ->check(CLI::IsMember({"auto", "cpu", "cuda"}))
        ->capture_default_str();
    verb->add_option_function<unsigned>(
            "--part-limit-s",
            [&request](unsigned seconds) { request.part_limit = std::chrono::seconds(seconds); },
            "A part that takes longer is ended, and there is no answer of it (120)")
        ->check(CLI::Range(1U, 3600U));
    verb->add_option("--name-variables", request.name_variables,
                     "Where no library names them, the variables that begin so and end with a "
                     "number do");
    verb->add_option("--inject", request.fault, "Plant this fault; the verdict must turn");
    verb->add_option("--inject-at", request.fault_at, "In this accelerator")->capture_default_str();
    add_summary_options(*verb, options);
}

CLI::App* add_serve(CLI::App& app, ServeOptions& options) {
    CLI::App* verb = app.add_subcommand("serve", about_serve);
    verb->add_option("--address", options.address, "Where to listen, in figures")
        ->capture_default_str();
    verb->add_option("--port", options.port, "0: one that is free; the document says which")
        ->capture_default_str();
    verb->add_option("--name", options.identity.name, "Which backend it is: x-assay-backend");
    verb->add_option("--marker", options.identity.marker, "Of which run it is: x-assay-marker");
    verb->add_option("--pod", options.identity.pod, "The pod it runs in: x-assay-pod")
        ->envname("POD_NAME");
    return verb;
}

// What the command line says of a phase, as a plan says it.
struct PhaseFlags {
    std::string plan;
    Json phase = Json::object();
    std::string complaint;  // "" if there is none
};

std::string option_name(const Member& member) {
    const std::string name = member.name;
    if (name == "url") {
        return name;  // by its place
    }
    std::string option = member.type == Member::Type::headers ? "--header" : "--" + name;
    std::replace(option.begin(), option.end(), '_', '-');
    return option;
}

void take_header(const std::string& text, PhaseFlags& flags) {
    const std::size_t colon = text.find(':');
    const std::size_t value = text.find_first_not_of(' ', colon + 1);
    if (colon == std::string::npos) {
        flags.complaint = "--header: \"" + text + "\" must be \"name: value\"";
        return;
    }
    flags.phase["headers"][text.substr(0, colon)] =
        value == std::string::npos ? "" : text.substr(value);
}

void add_phase_option(CLI::App& verb, const Member& member, PhaseFlags& flags) {
    const std::string name = member.name;
    const std::string option = option_name(member);
    switch (member.type) {
        case Member::Type::text:
            verb.add_option_function<std::string>(
                option, [&flags, name](const std::string& text) { flags.phase[name] = text; },
                member.help);
            break;
        case Member::Type::number:
            verb.add_option_function<double>(
                option, [&flags, name](const double& number) { flags.phase[name] = number; },
                member.help);
            break;
        case Member::Type::flag:
            verb.add_flag_callback(
                option, [&flags, name] { flags.phase[name] = true; }, member.help);
            break;
        case Member::Type::headers:
            verb.add_option_function<std::vector<std::string>>(
                    option,
                    [&flags](const std::vector<std::string>& texts) {
                        for (const std::string& text : texts) {
                            take_header(text, flags);
                        }
                    },
                    member.help)
                ->expected(1)
                ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
            break;
    }
}

CLI::App* add_client(CLI::App& app, Options& options, PhaseFlags& flags) {
    CLI::App* verb = app.add_subcommand("client", about_client);
    verb->add_option("--plan", flags.plan, "Phases, a JSON array, one run after another");
    for (const Member& member : phase_members()) {
        add_phase_option(*verb, member, flags);
    }
    add_summary_options(*verb, options);
    return verb;
}

void add_allreduce(CLI::App& app, Options& options, PhaseFlags& flags) {
    CLI::App* verb = app.add_subcommand("allreduce", about_allreduce);
    for (const Member& member : collective::request_members()) {
        add_phase_option(*verb, member, flags);
    }
    add_summary_options(*verb, options);
}

// Returns the complaint, or "".
std::string take_request(const PhaseFlags& flags, Options& options) {
    const char* index = std::getenv("JOB_COMPLETION_INDEX");
    collective::ParsedRequest parsed =
        collective::parse_request(flags.phase, index != nullptr ? index : "");
    options.allreduce = std::move(parsed.request);
    if (!parsed.complaint.empty()) {
        return parsed.complaint;
    }
    try {
        options.allreduce.secret = collective::read_secret(options.allreduce.secret_file);
    } catch (const std::runtime_error& error) {
        return std::string("--secret-file: ") + error.what();
    }
    return "";
}

// Returns the complaint, or "".
std::string take_phases(const PhaseFlags& flags, Options& options) {
    if (!flags.complaint.empty()) {
        return flags.complaint;
    }
    if (!flags.plan.empty() && !flags.phase.empty()) {
        return "--plan has everything: give no URL and no option of a phase beside it";
    }
    const Json plan =
        flags.plan.empty() ? Json::array({flags.phase}) : Json::parse(flags.plan, nullptr, false);
    Plan parsed = parse_plan(plan);
    options.phases = std::move(parsed.phases);
    return parsed.complaint;
}

Verb verb_of(const CLI::App& app, Options& options) {
    const std::string name = app.get_subcommands().front()->get_name();
    if (const auto verb = compute::compute_verb_named(name)) {
        options.compute_verb = *verb;
        return Verb::compute;
    }
    return name == "isolate"     ? Verb::isolate
           : name == "facts"     ? Verb::facts
           : name == "serve"     ? Verb::serve
           : name == "client"    ? Verb::client
           : name == "allreduce" ? Verb::allreduce
           : name == "examine"   ? Verb::examine
                                 : Verb::hold;
}

// Returns the complaint, or "".
std::string take_numbers(const std::vector<std::string>& numbers, Options& options) {
    if (options.busy_mib && !options.hold) {
        return "--busy is for what stays: give --hold, too";
    }
    if (options.marks && !options.hold) {
        return "--mark is for what stays: give --hold, too";
    }
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
    add_summary_options(*app.add_subcommand("facts", about_facts), options);
    add_isolate(app, options, numbers);
    app.add_subcommand("hold",
                       "Prints a document that says so and waits for SIGTERM: a pod that "
                       "keeps its devices.");
    add_serve(app, options.serve);
    add_examine(app, options);
    PhaseFlags flags;
    add_client(app, options, flags);
    PhaseFlags allreduce_flags;
    add_allreduce(app, options, allreduce_flags);
    compute::ComputeFlags compute_flags;
    compute::add_compute_verbs(app, options.compute, compute_flags,
                               [&](CLI::App& verb) { add_summary_options(verb, options); });
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return {.options = std::nullopt,
                .exit_code = app.exit(error) == 0 ? exit_done : exit_usage};
    }
    options.verb = verb_of(app, options);
    const std::string complaint =
        options.verb == Verb::client      ? take_phases(flags, options)
        : options.verb == Verb::allreduce ? take_request(allreduce_flags, options)
        : options.verb == Verb::compute   ? compute::take_flags(compute_flags, options.compute)
                                          : take_numbers(numbers, options);
    if (!complaint.empty()) {
        std::cerr << "assay-probe: " << complaint << "\n";
        return {.options = std::nullopt, .exit_code = exit_usage};
    }
    const CLI::Option* log =
        app.get_subcommands().front()->get_option_no_throw("--termination-log");
    options.termination_log_named = log != nullptr && log->count() > 0;
    return {.options = options, .exit_code = exit_done};
}

}  // namespace assay::probe
