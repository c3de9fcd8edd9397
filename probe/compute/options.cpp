// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/options.h"

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <map>
#include <utility>

namespace assay::probe::compute {

namespace {

constexpr const char* about_gemm =
    "Multiplies matrices: whole numbers, which must come out right to the last bit on whatever\n"
    "computes, twice, with the tiles on other units the second time; then random ones, timed.\n"
    "What is right is settled on the processor. Ends with 0 pass, 1 fail, 4 inconclusive.";

constexpr const char* about_hbm =
    "Times copy and triad in the device's own memory, then writes a pattern to all that is free\n"
    "and reads it back. Ends with 0 pass, 1 fail, 4 inconclusive.";

constexpr const char* about_link =
    "Times transfers from the host, to it, both at once, and to each other device, and compares\n"
    "what arrived. Ends with 0 pass, 1 fail, 4 inconclusive.";

constexpr const char* about_selftest =
    "Plants each fault there is (docs/probe.md) and ends with 0 if each turned the verdict of\n"
    "gemm, hbm or link as it must, and none was found where none was planted; else with 1.";

// Where the verbs' options go.
struct Filled {
    ComputeOptions& options;
    ComputeFlags& flags;
    const std::function<void(CLI::App&)>& add_common;
};

CLI::App* add_verb(CLI::App& app, const char* name, const char* about, const Filled& filled) {
    CLI::App* verb = app.add_subcommand(name, about);
    add_backend(*verb, filled.options.backend);
    verb->add_option("--device", filled.options.device, "The device's index")
        ->capture_default_str();
    verb->add_option("--inject", filled.options.fault,
                     "Plant this fault; the verdict must turn (selftest: try this one alone)");
    verb->add_option("--seed", filled.flags.seed, "Of everything that is computed; 1 without");
    verb->add_option("--samples", filled.flags.samples,
                     "Of each measure; fewer than 5 are inconclusive")
        ->check(CLI::Range(1U, 1000U));
    filled.add_common(*verb);
    return verb;
}

void add_kernel(CLI::App& verb, ProductKernel& kernel) {
    verb.add_option("--kernel", kernel,
                    "What multiplies on a GPU: mma_sync (without), or wgmma, for compute "
                    "capability 9.0 alone")
        ->transform(CLI::CheckedTransformer(std::map<std::string, ProductKernel>{
            {"mma_sync", ProductKernel::mma_sync}, {"wgmma", ProductKernel::wgmma}}));
}

void add_gemm(CLI::App& app, const Filled& filled) {
    CLI::App* verb = add_verb(app, "gemm", about_gemm, filled);
    add_kernel(*verb, filled.options.kernel);
    verb->add_option("--types", filled.flags.types,
                     "int8, fp16, bf16, tf32, fp8_e4m3, fp8_e5m2; all the device computes without")
        ->delimiter(',');
    verb->add_option("--shape", filled.flags.shape, "MxNxK of the exact products");
    verb->add_option("--speed-shape", filled.flags.speed_shape, "MxNxK of the timed ones");
    verb->add_option("--passes", filled.options.gemm.passes, "Exact products of each type")
        ->check(CLI::Range(2U, 1000U))
        ->capture_default_str();
    verb->add_option("--warm-up-seconds", filled.options.gemm.warm_up_seconds,
                     "An accelerator computes each type so long before it is timed")
        ->check(CLI::Range(0.0, 600.0))
        ->capture_default_str();
    verb->add_flag("--no-reference{false}", filled.options.gemm.reference,
                   "Do not time cuBLASLt on the same products where it is there");
    verb->add_option("--phase", filled.flags.phase)
        ->check(CLI::IsMember({"exact", "speed", "both"}));
}

void add_memory(CLI::App& app, const Filled& filled) {
    CLI::App* hbm = add_verb(app, "hbm", about_hbm, filled);
    const auto bytes = CLI::AsSizeValue(false);
    hbm->add_option("--stream-bytes", filled.options.hbm.stream_bytes,
                    "Of each array of copy and triad (1Gi is 2^30)")
        ->transform(bytes);
    hbm->add_option("--pattern-bytes", filled.options.hbm.pattern_bytes,
                    "To write and read back; all that is free without")
        ->transform(bytes);
    CLI::App* link = add_verb(app, "link", about_link, filled);
    link->add_option("--bytes", filled.options.link.bytes, "Of one transfer, one way")
        ->transform(bytes);
}

std::optional<Shape> shape_of(const std::string& text) {
    Shape shape;
    int end = 0;
    const int read = std::sscanf(text.c_str(), "%ux%ux%u%n", &shape.m, &shape.n, &shape.k, &end);
    return read == 3 && end == static_cast<int>(text.size()) ? std::optional(shape) : std::nullopt;
}

}  // namespace

void add_backend(CLI::App& verb, Backend& backend) {
    verb.add_option("--backend", backend,
                    "auto: an accelerator where its driver is met, else the processor")
        ->transform(CLI::CheckedTransformer(std::map<std::string, Backend>{
            {"auto", Backend::automatic}, {"cpu", Backend::cpu}, {"cuda", Backend::cuda}}));
}

void add_compute_verbs(CLI::App& app, ComputeOptions& options, ComputeFlags& flags,
                       const std::function<void(CLI::App&)>& add_common) {
    const Filled filled{options, flags, add_common};
    add_gemm(app, filled);
    add_memory(app, filled);
    add_kernel(*add_verb(app, "selftest", about_selftest, filled), filled.options.kernel);
}

std::optional<ComputeVerb> compute_verb_named(const std::string& name) {
    constexpr std::array verbs = {
        std::pair{"gemm", ComputeVerb::gemm}, std::pair{"hbm", ComputeVerb::hbm},
        std::pair{"link", ComputeVerb::link}, std::pair{"selftest", ComputeVerb::selftest}};
    for (const auto& [known, verb] : verbs) {
        if (name == known) {
            return verb;
        }
    }
    return std::nullopt;
}

std::string take_flags(const ComputeFlags& flags, ComputeOptions& options) {
    for (const std::string& name : flags.types) {
        const std::optional<NumberType> type = number_type_named(name);
        if (!type) {
            return "--types: there is no type " + name;
        }
        options.gemm.types.push_back(*type);
    }
    options.gemm.shape = shape_of(flags.shape);
    options.gemm.speed_shape = shape_of(flags.speed_shape);
    if ((!flags.shape.empty() && !options.gemm.shape) ||
        (!flags.speed_shape.empty() && !options.gemm.speed_shape)) {
        return "a shape is MxNxK, as 4096x4096x4096";
    }
    options.gemm.exact = flags.phase != "speed";
    options.gemm.speed = flags.phase != "exact";
    options.gemm.samples = options.hbm.samples = options.link.samples = flags.samples;
    options.gemm.seed = options.hbm.seed = options.link.seed = flags.seed.value_or(1);
    return "";
}

}  // namespace assay::probe::compute
