// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The GPU's own memory: streams and patterns.
#include <algorithm>
#include <array>

#include "probe/compute/cuda/cuda_device.h"
#include "probe/compute/cuda/launch.h"
#include "probe/compute/cuda/pieces.h"

namespace assay::probe::compute {

namespace {

constexpr std::uint32_t quiet_nan = 0x7fc00000U;
constexpr unsigned stream_blocks_of_a_unit = 8;

// mix()'s seed and stream, as the kernels take them.
std::uint64_t start_of(std::uint64_t seed) {
    return (seed * 0x2545f4914f6cdd1dU) ^ (pattern_stream << 60U);
}

struct Kernel {
    const CudaDriver& driver;
    CudaHandle write;
    CudaHandle verify;
    Grid grid;
};

// In as many pieces as it takes.
class CudaHeldMemory : public HeldMemory {
public:
    CudaHeldMemory(const Kernel& kernel, std::uint64_t bytes)
        : kernel_(kernel),
          stream_(kernel.driver),
          result_(kernel.driver, result_bytes),
          pieces_(lent_pieces(kernel.driver, bytes)) {}

    std::uint64_t words() const override { return bytes_of(pieces_) / sizeof(std::uint64_t); }

    void write_pattern(std::uint64_t seed) override {
        const std::uint64_t start = start_of(seed);
        std::uint64_t first = 0;
        for (const auto& piece : pieces_) {
            const std::uint64_t count = piece->bytes() / sizeof(std::uint64_t);
            launch(kernel_.driver, kernel_.write, kernel_.grid, stream_.handle(), piece->pointer(),
                   count, start, first);
            first += count;
        }
        stream_.wait();
    }

    Verified verify_pattern(std::uint64_t seed) override {
        const std::uint64_t start = start_of(seed);
        result_.fill(0);
        kernel_.driver.must("cuCtxSynchronize");
        std::uint64_t first = 0;
        for (const auto& piece : pieces_) {
            const std::uint64_t count = piece->bytes() / sizeof(std::uint64_t);
            launch(kernel_.driver, kernel_.verify, kernel_.grid, stream_.handle(), piece->pointer(),
                   count, start, first, result_.pointer());
            first += count;
        }
        stream_.wait();
        std::array<std::uint64_t, result_bytes / sizeof(std::uint64_t)> result{};
        result_.download(result.data(), result_bytes);
        Verified verified{.words = result[0], .wrong = result[1], .examples = {}};
        for (std::size_t index = 0; index < std::min<std::size_t>(verified.wrong, wrong_examples);
             ++index) {
            verified.examples.push_back(
                {result[2 + index * 3], result[3 + index * 3], result[4 + index * 3]});
        }
        return verified;
    }

    std::uint64_t read(std::uint64_t word) override {
        std::uint64_t value = 0;
        const auto [piece, offset] = place_of(word);
        piece->download(&value, sizeof value, offset);
        return value;
    }

    void write(std::uint64_t word, std::uint64_t value) override {
        const auto [piece, offset] = place_of(word);
        piece->upload(&value, sizeof value, offset);
    }

private:
    static constexpr std::size_t result_bytes = (2 + wrong_examples * 3) * sizeof(std::uint64_t);

    std::pair<const DeviceBuffer*, std::size_t> place_of(std::uint64_t word) const {
        std::uint64_t offset = word * sizeof(std::uint64_t);
        for (const auto& piece : pieces_) {
            if (offset < piece->bytes()) {
                return {piece.get(), offset};
            }
            offset -= piece->bytes();
        }
        throw DeviceError("there is no word " + std::to_string(word));
    }

    Kernel kernel_;
    CudaStream stream_;
    DeviceBuffer result_;
    Pieces pieces_;
};

}  // namespace

StreamRun CudaDevice::stream(const StreamJob& job) {
    const DeviceBuffer from(driver_, job.bytes);
    const DeviceBuffer other(driver_, job.bytes);
    const DeviceBuffer to(driver_, job.bytes);
    const CudaStream stream(driver_);
    const Grid grid{.blocks = facts_.units * stream_blocks_of_a_unit, .threads = 256};
    const CudaHandle ramp = function(memory_module_, "fill_ramp");
    const CudaHandle copy = function(memory_module_, "stream_copy");
    const CudaHandle triad = function(memory_module_, "stream_triad");
    to.fill(quiet_nan);
    driver_.must("cuCtxSynchronize");
    const std::uint64_t count = job.bytes / sizeof(float);
    launch(driver_, ramp, grid, stream.handle(), from.pointer(), count, from_period);
    launch(driver_, ramp, grid, stream.handle(), other.pointer(), count, other_period);
    const CudaEvent began(driver_);
    const CudaEvent ended(driver_);
    StreamRun run;
    for (unsigned round = 0; round < job.warm_ups + job.samples; ++round) {
        const std::uint64_t fours = count / 4;
        began.record(stream);
        if (job.kind == Stream::copy) {
            launch(driver_, copy, grid, stream.handle(), to.pointer(), from.pointer(), fours);
        } else {
            launch(driver_, triad, grid, stream.handle(), to.pointer(), from.pointer(),
                   other.pointer(), fours);
        }
        ended.record(stream);
        stream.wait();
        if (round >= job.warm_ups) {
            run.seconds.push_back(ended.seconds_since(began));
        }
    }
    for (const std::uint64_t index : job.looked_at) {
        float value = 0;
        to.download(&value, sizeof value, index * sizeof value);
        run.values.push_back(value);
    }
    return run;
}

std::unique_ptr<HeldMemory> CudaDevice::hold_memory(std::uint64_t bytes) {
    const Kernel kernel{.driver = driver_,
                        .write = function(memory_module_, "pattern_write"),
                        .verify = function(memory_module_, "pattern_verify"),
                        .grid = {.blocks = facts_.units * stream_blocks_of_a_unit, .threads = 256}};
    return std::make_unique<CudaHeldMemory>(kernel, bytes);
}

}  // namespace assay::probe::compute
