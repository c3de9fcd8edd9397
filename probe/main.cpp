// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// assay-probe: one verb, one document. See docs/probe.md.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>

#include "probe/busy.h"
#include "probe/collective/run.h"
#include "probe/compute/compute.h"
#include "probe/document.h"
#include "probe/examine/examine.h"
#include "probe/exit_codes.h"
#include "probe/facts.h"
#include "probe/handle_trial.h"
#include "probe/hold.h"
#include "probe/isolate.h"
#include "probe/nvml.h"
#include "probe/options.h"
#include "probe/output.h"
#include "probe/traffic/client.h"
#include "probe/traffic/serve.h"

// POSIX declares it so.
extern char** environ;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

namespace assay::probe {

namespace {

constexpr std::size_t bytes_of_a_mib = 1024 * 1024;

// The variables by which a container asks for devices and those that were asked for; no others,
// they may be secrets.
std::vector<std::pair<std::string, std::string>> asking_environment(
    const std::vector<std::string>& asked_for) {
    std::vector<std::pair<std::string, std::string>> found;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        const bool asked = std::ranges::any_of(
            asked_for, [&](const std::string& prefix) { return text.starts_with(prefix); });
        if (equals != std::string_view::npos &&
            (asked || text.starts_with("NVIDIA_") || text.starts_with("CUDA_") ||
             text.starts_with("ASSAY_"))) {
            found.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

int write_summary(const Options& options, const std::string& summary) {
    const Outcome outcome =
        write_termination_message(options.termination_log, summary, options.termination_log_named);
    return outcome == Outcome::failed ? exit_internal : exit_done;
}

// What is in the way of a load is told like everything else that was found.
HeldLoad begun(std::optional<Busy>& busy, compute::Backend backend, std::size_t memory_bytes) {
    try {
        busy.emplace(backend, memory_bytes);
        return {.backend = busy->backend(), .memory_bytes = memory_bytes, .why = {}};
    } catch (const std::exception& error) {
        return {.backend = "none", .memory_bytes = 0, .why = error.what()};
    }
}

int tell(const Options& options, const Isolation& isolation) {
    const std::string full = isolation_full(isolation);
    const std::string summary = isolation_summary(isolation, full, options.summary_limit);
    if (options.hold) {
        keep_first_signal();
    }
    if (!write_line(full)) {
        return end_asked() ? exit_done : exit_internal;
    }
    if (options.hold) {
        wait_for_end();
        return write_summary(options, summary);
    }
    if (const int code = write_summary(options, summary); code != exit_done) {
        return code;
    }
    const std::vector<Attempt>& unclear = isolation.attempts.unclear;
    const bool blind = std::any_of(unclear.begin(), unclear.end(), [&](const Attempt& one) {
        return one.path == options.targets.dev_root;
    });
    return blind ? exit_inconclusive : exit_done;
}

// What is done to a GPU's memory, last: the driver may make device nodes of its own.
void use_memory(const Options& options, std::optional<HandleTrial>& trial,
                std::optional<MemoryMarker>& marker, Isolation& isolation) {
    if (options.marks) {
        const MarkedMemory& marked = marker.emplace(*options.marks).marked();
        isolation.shared = {.marked = marked, .opened_by_second = {}};
        if (!marked.handle.empty()) {
            isolation.shared->opened_by_second = trial->open(marked.handle);
        }
        trial.reset();
    }
    if (options.looks_for) {
        isolation.searched = search_memory(*options.looks_for);
    }
    if (!options.handle.empty()) {
        isolation.opened = open_handle(options.handle);
    }
}

int run_isolate(const Options& options) {
    std::optional<HandleTrial> trial;
    if (options.marks) {
        trial.emplace();
    }
    const KernelCalls kernel = KernelCalls::real();
    Isolation isolation;
    isolation.attempts = attempt_all(options.targets, NeverOpen(running_drivers()), kernel);
    const Nvml nvml;
    isolation.nvml = nvml.status();
    isolation.driver_version = nvml.driver_version();
    isolation.gpus = nvml.gpus(options.targets.dev_root, kernel);
    for (const std::string& uuid : options.uuids) {
        isolation.uuids.emplace_back(uuid, nvml.ask_for_uuid(uuid));
    }
    isolation.environment = asking_environment(options.shown_environment);
    std::optional<MemoryMarker> marker;
    use_memory(options, trial, marker, isolation);
    std::optional<Busy> busy;
    if (options.busy_mib) {
        isolation.load = begun(busy, options.busy_backend, *options.busy_mib * bytes_of_a_mib);
    }
    return tell(options, isolation);
}

int run_facts(const Options& options) {
    const Nvml nvml;
    const Facts facts = gather_facts(nvml, options.targets.dev_root, KernelCalls::real());
    const std::string full = facts_full(facts);
    if (!write_line(full)) {
        return exit_internal;
    }
    return write_summary(options, facts_summary(facts, full, options.summary_limit));
}

int run_client(const Options& options) {
    const std::vector<Tally> tallies = carry_out_all(options.phases);
    const ClientReport report = client_report(tallies, options.summary_limit);
    if (!write_line(report.full)) {
        return exit_internal;
    }
    return write_summary(options, report.summary);
}

int run_allreduce(const Options& options) {
    end_on_signals_with(exit_inconclusive);
    const collective::RunReport report = collective::run_allreduce(options.allreduce);
    const std::string full = collective::allreduce_full(report);
    if (!write_line(full)) {
        return exit_internal;
    }
    const std::string summary = collective::allreduce_summary(report, full, options.summary_limit);
    if (const int code = write_summary(options, summary); code != exit_done) {
        return code;
    }
    const int code = collective::exit_code_of(report.decision.verdict);
    if (options.allreduce.nccl) {
        ::_exit(code);  // a library that hangs may do so in its exit handlers, too
    }
    return code;
}

constexpr const char* this_program = "/proc/self/exe";

int run_compute(const Options& options) {
    const compute::ComputeResult result =
        options.verb == Verb::examine
            ? examine::run_examine(this_program, options.examine, options.summary_limit)
            : compute::run_compute(options.compute_verb, options.compute, options.summary_limit);
    if (!write_line(result.document.full)) {
        return exit_internal;
    }
    if (const int code = write_summary(options, result.document.summary); code != exit_done) {
        return code;
    }
    switch (result.verdict) {
        case compute::Verdict::pass:
            return exit_done;
        case compute::Verdict::fail:
            return exit_failed;
        case compute::Verdict::inconclusive:
            return exit_inconclusive;
    }
    return exit_internal;
}

int run_hold() {
    if (!write_line(fit(opening("hold", "full"), {}, full_limit))) {
        return exit_internal;
    }
    wait_for_end();
    return exit_done;
}

int run(const Options& options) {
    switch (options.verb) {
        case Verb::facts:
            return run_facts(options);
        case Verb::isolate:
            return run_isolate(options);
        case Verb::hold:
            return run_hold();
        case Verb::serve:
            return run_serve(options.serve);
        case Verb::client:
            return run_client(options);
        case Verb::allreduce:
            return run_allreduce(options);
        case Verb::compute:
        case Verb::examine:
            return run_compute(options);
    }
    return exit_internal;
}

}  // namespace

}  // namespace assay::probe

int main(int argc, char** argv) {
    assay::probe::end_on_signals();
    try {
        const assay::probe::Parsed parsed = assay::probe::parse_options(argc, argv);
        return parsed.options ? assay::probe::run(*parsed.options) : parsed.exit_code;
    } catch (const std::invalid_argument& error) {
        std::fprintf(stderr, "assay-probe: %s\n", error.what());
        return assay::probe::exit_usage;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "assay-probe: %s\n", error.what());
        return assay::probe::exit_internal;
    }
}
