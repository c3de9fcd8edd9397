// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/cpu_device.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>

#include "probe/compute/cpu_product.h"

namespace assay::probe::compute {

namespace {

using Clock = std::chrono::steady_clock;

// Of each of the samples, after the warm-ups.
template <typename Work>
std::vector<double> timed(unsigned warm_ups, unsigned samples, const Work& work) {
    std::vector<double> seconds;
    for (unsigned round = 0; round < warm_ups + samples; ++round) {
        const auto begun = Clock::now();
        work();
        const double took = std::chrono::duration<double>(Clock::now() - begun).count();
        if (round >= warm_ups) {
            seconds.push_back(took);
        }
    }
    return seconds;
}

class HostMemory : public HeldMemory {
public:
    explicit HostMemory(std::uint64_t bytes) : words_(bytes / sizeof(std::uint64_t)) {}

    std::uint64_t words() const override { return words_.size(); }

    void write_pattern(std::uint64_t seed) override {
        for (std::uint64_t word = 0; word < words_.size(); ++word) {
            words_[word] = mix(seed, pattern_stream, word);
        }
    }

    Verified verify_pattern(std::uint64_t seed) override {
        Verified verified;
        for (std::uint64_t word = 0; word < words_.size(); ++word) {
            const std::uint64_t expected = mix(seed, pattern_stream, word);
            ++verified.words;
            if (words_[word] == expected) {
                continue;
            }
            ++verified.wrong;
            if (verified.examples.size() < wrong_examples) {
                verified.examples.push_back({word, expected, words_[word]});
            }
        }
        return verified;
    }

    std::uint64_t read(std::uint64_t word) override { return words_.at(word); }
    void write(std::uint64_t word, std::uint64_t value) override { words_.at(word) = value; }

private:
    std::vector<std::uint64_t> words_;
};

using Words = std::vector<std::uint64_t>;

}  // namespace

CpuDevice::CpuDevice() {
    facts_.backend = "cpu";
    facts_.name = "the processor";
    facts_.simulated = true;
    facts_.units = cpu_units;
}

std::string CpuDevice::kernel_for(NumberType type) const {
    return is_whole(type) ? "cpu_tiles_int32" : "cpu_tiles_fp32";
}

Shape CpuDevice::granule() const {
    return {cpu_tile, cpu_tile, 1};
}

ExactProduct CpuDevice::multiply(const ExactJob& job) {
    return cpu_multiply(job);
}

SpeedRun CpuDevice::time_multiply(const SpeedJob& job) {
    SpeedRun run;
    for (unsigned round = 0; round < job.warm_ups + job.samples; ++round) {
        ExactProduct product = cpu_multiply(
            {.type = job.type, .shape = job.shape, .a = job.a, .b = job.b, .rotation = 0});
        if (round >= job.warm_ups) {
            run.seconds.push_back(product.seconds);
        }
        run.c = std::move(product.c);
    }
    return run;
}

StreamRun CpuDevice::stream(const StreamJob& job) {
    const std::size_t count = job.bytes / sizeof(float);
    std::vector<float> from(count);
    std::vector<float> other(count);
    std::vector<float> to(count, std::numeric_limits<float>::quiet_NaN());
    for (std::size_t index = 0; index < count; ++index) {
        from[index] = static_cast<float>(index % from_period);
        other[index] = static_cast<float>(index % other_period);
    }
    StreamRun run;
    run.seconds = timed(job.warm_ups, job.samples, [&] {
        if (job.kind == Stream::copy) {
            std::memcpy(to.data(), from.data(), count * sizeof(float));
            return;
        }
        for (std::size_t index = 0; index < count; ++index) {
            to[index] = from[index] + 3 * other[index];
        }
    });
    for (const std::uint64_t index : job.looked_at) {
        run.values.push_back(to.at(index));
    }
    return run;
}

std::unique_ptr<HeldMemory> CpuDevice::hold_memory(std::uint64_t bytes) {
    return std::make_unique<HostMemory>(bytes);
}

TransferRun CpuDevice::transfer(const TransferJob& job) {
    const bool there = job.direction != Direction::device_to_host;
    const bool back = job.direction != Direction::host_to_device;
    const std::size_t count = job.bytes / sizeof(std::uint64_t);
    const Words sent = there ? pattern(job.seed, to_device_stream, count) : Words{};
    const Words kept = back ? pattern(job.seed, to_host_stream, count) : Words{};
    TransferRun run;
    run.at_device.assign(sent.size(), poison);
    run.at_host.assign(kept.size(), poison);
    run.seconds = timed(job.warm_ups, job.samples, [&] {
        std::copy(sent.begin(), sent.end(), run.at_device.begin());
        std::copy(kept.begin(), kept.end(), run.at_host.begin());
    });
    return run;
}

std::optional<PeerRun> CpuDevice::send_to(unsigned peer, const TransferJob& job) {
    if (peer >= cpu_devices) {
        return std::nullopt;
    }
    const Words sent = pattern(job.seed, to_peer_stream, job.bytes / sizeof(std::uint64_t));
    PeerRun run;
    run.arrived.assign(sent.size(), poison);
    run.seconds = timed(job.warm_ups, job.samples,
                        [&] { std::copy(sent.begin(), sent.end(), run.arrived.begin()); });
    return run;
}

}  // namespace assay::probe::compute
