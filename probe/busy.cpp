// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/busy.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>

#include "probe/compute/device_choice.h"
#include "probe/compute/gemm.h"
#include "probe/compute/random_product.h"
#include "probe/exit_codes.h"

namespace assay::probe {

namespace {

using namespace compute;

// In whole numbers of eight bits: every architecture that the kernels are for computes them.
constexpr NumberType type = NumberType::int8;
constexpr std::uint64_t seed = 1;
constexpr std::uint32_t inner = 1024;
// After so long it looks whether it is to end.
constexpr double seconds_at_once = 0.05;
constexpr unsigned products_at_once = 8;

// On an accelerator as many tiles as run at once, two a unit; on a processor what takes it a
// millisecond, so that it ends as soon as it is asked to.
Shape shape_for(const Device& device) {
    const Shape granule = device.granule();
    if (device.facts().simulated) {
        return {granule.m, granule.n, granule.m};
    }
    const auto edge = static_cast<std::uint32_t>(std::ceil(std::sqrt(2.0 * device.facts().units)));
    return {edge * granule.m, edge * granule.n, inner};
}

void must_be_right(Device& device, const Shape& shape) {
    const Operands operands = exact_operands(type, shape, seed);
    const std::vector<std::byte> a = encoded(type, operands.a);
    const std::vector<std::byte> b = encoded(type, operands.b);
    const ExactProduct product = device.multiply({.type = type, .shape = shape, .a = a, .b = b});
    if (!verify(type, operands, product, std::random_device()()).right()) {
        throw std::runtime_error("a product of two matrices was wrong on " + device.facts().name);
    }
}

std::unique_ptr<HeldMemory> written_memory(Device& device, std::uint64_t bytes) {
    auto memory = device.hold_memory(bytes);
    const std::uint64_t held = memory->words() * sizeof(std::uint64_t);
    if (held < bytes) {
        throw std::runtime_error(device.facts().name + " has " + std::to_string(held) +
                                 " bytes of memory free, asked for were " + std::to_string(bytes));
    }
    memory->write_pattern(seed);
    return memory;
}

}  // namespace

Busy::Busy(Backend backend, std::uint64_t memory_bytes) : memory_bytes_(memory_bytes) {
    std::promise<std::string> begun;
    std::future<std::string> backend_in_use = begun.get_future();
    computing_ =
        std::jthread([this, backend, promise = std::move(begun)](
                         const std::stop_token& stop) mutable { work(stop, backend, promise); });
    backend_ = backend_in_use.get();
}

void Busy::work(const std::stop_token& stop, Backend backend,
                std::promise<std::string>& begun) const {
    bool has_begun = false;
    try {
        const ChosenDevice chosen = choose_device(backend, 0);
        if (chosen.device == nullptr) {
            throw std::runtime_error(chosen.why.message);
        }
        Device& device = *chosen.device;
        const auto memory = written_memory(device, memory_bytes_);
        const Shape shape = shape_for(device);
        must_be_right(device, shape);
        begun.set_value(device.facts().backend);
        has_begun = true;
        const RandomProduct operands(type, shape, seed);
        while (!stop.stop_requested()) {
            device.time_multiply({.type = type,
                                  .shape = shape,
                                  .a = operands.a(),
                                  .b = operands.b(),
                                  .warm_ups = device.facts().simulated ? 0 : products_at_once,
                                  .warm_up_seconds = seconds_at_once,
                                  .samples = 1});
        }
    } catch (const std::exception& error) {
        if (!has_begun) {
            begun.set_exception(std::current_exception());
            return;
        }
        // Its document has promised a load: without one it does not stay.
        std::fprintf(stderr, "assay-probe: the load ended: %s\n", error.what());
        std::_Exit(exit_internal);
    }
}

}  // namespace assay::probe
