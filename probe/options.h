// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The command line. Values; one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "probe/collective/request.h"
#include "probe/compute/compute.h"
#include "probe/document.h"
#include "probe/examine/examine.h"
#include "probe/isolate.h"
#include "probe/traffic/phase.h"
#include "probe/traffic/serve.h"

namespace assay::probe {

enum class Verb { facts, isolate, hold, serve, client, compute, allreduce, examine };

struct Options {
    Verb verb = Verb::hold;
    bool hold = false;  // isolate: stay until SIGTERM
    // isolate --hold: keep so many MiB in use and the device busy
    std::optional<std::size_t> busy_mib;
    compute::Backend busy_backend = compute::Backend::automatic;
    std::optional<Mark> marks;      // isolate --hold: leave this in the device's memory
    std::optional<Mark> looks_for;  // isolate: search the device's memory for this
    std::string handle;             // isolate: open it; "" for none
    Targets targets;
    std::vector<std::string> uuids;
    std::vector<std::string> shown_environment;         // prefixes of variables to tell of besides
    std::size_t summary_limit = summary_limit_default;  // bytes
    std::string termination_log = "/dev/termination-log";
    ServeOptions serve;
    std::vector<Phase> phases;  // of the client
    collective::Request allreduce;
    compute::ComputeVerb compute_verb = compute::ComputeVerb::gemm;
    compute::ComputeOptions compute;
    examine::Request examine;
    bool termination_log_named = false;  // then it is made if missing, and must be writable
};

// Either options, or the exit code to end with at once; what there is to say was printed.
struct Parsed {
    std::optional<Options> options;
    int exit_code = 0;
};

Parsed parse_options(int argc, const char* const* argv);

}  // namespace assay::probe
