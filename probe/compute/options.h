// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The command line of gemm, hbm, link and selftest. Values; one thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "probe/compute/compute.h"

namespace CLI {
class App;
}

namespace assay::probe::compute {

// What the command line has as text and the probe as types of its own.
struct ComputeFlags {
    std::vector<std::string> types;
    std::string shape;
    std::string speed_shape;
    std::string phase = "both";
    std::optional<std::uint64_t> seed;
    std::optional<unsigned> samples;
};

// `options` and `flags` are filled when `app` parses; `add_common` adds what every verb has.
void add_compute_verbs(CLI::App& app, ComputeOptions& options, ComputeFlags& flags,
                       const std::function<void(CLI::App&)>& add_common);

// --backend, of whatever verb computes.
void add_backend(CLI::App& verb, Backend& backend);

std::optional<ComputeVerb> compute_verb_named(const std::string& name);

// Once `app` has parsed. Returns the complaint, or "".
std::string take_flags(const ComputeFlags& flags, ComputeOptions& options);

}  // namespace assay::probe::compute
