// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/fault.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <utility>

#include "probe/compute/faulty_memory.h"

namespace assay::probe::compute {

namespace {

constexpr std::uint32_t bad_unit = 3;
constexpr unsigned too_few = samples_least - 1;

constexpr Verdict fail = Verdict::fail;
constexpr Verdict inconclusive = Verdict::inconclusive;

std::uint32_t& element(ExactProduct& product, const Shape& shape, std::uint32_t row,
                       std::uint32_t column) {
    return product.c[std::size_t{row} * shape.n + column];
}

// Adds to an element as the type of C does.
void add(NumberType type, std::uint32_t& bits, int more) {
    bits =
        is_whole(type)
            ? bits + static_cast<std::uint32_t>(more)
            : std::bit_cast<std::uint32_t>(std::bit_cast<float>(bits) + static_cast<float>(more));
}

// What each fault does to a product of the given pass (the first is 0).
using Corruption = std::function<void(const ExactJob&, unsigned pass, ExactProduct&)>;

void flip_a_bit(const ExactJob& job, unsigned pass, ExactProduct& product) {
    if (pass == 0) {
        element(product, job.shape, 40, 70) ^= 1U << 13U;
    }
}

void put_nan(const ExactJob& job, unsigned /*pass*/, ExactProduct& product) {
    element(product, job.shape, 41, 71) = is_whole(job.type) ? 0x80000000U : 0x7fc00000U;
}

void add_a_fraction(const ExactJob& job, unsigned /*pass*/, ExactProduct& product) {
    std::uint32_t& bits = element(product, job.shape, 42, 72);
    bits = is_whole(job.type) ? bits + 1
                              : std::bit_cast<std::uint32_t>(std::bit_cast<float>(bits) + 0.5F);
}

void swap_rows(const ExactJob& job, unsigned /*pass*/, ExactProduct& product) {
    const auto first = product.c.begin() + static_cast<std::ptrdiff_t>(job.shape.n) * 5;
    const auto second = product.c.begin() + static_cast<std::ptrdiff_t>(job.shape.n) * 9;
    std::swap_ranges(first, first + job.shape.n, second);
}

// Sums of rows and of columns stay as they were.
void compensate(const ExactJob& job, unsigned /*pass*/, ExactProduct& product) {
    add(job.type, element(product, job.shape, 3, 4), 1);
    add(job.type, element(product, job.shape, 3, 8), -1);
    add(job.type, element(product, job.shape, 7, 4), -1);
    add(job.type, element(product, job.shape, 7, 8), 1);
}

void spoil_a_unit(const ExactJob& job, unsigned /*pass*/, ExactProduct& product) {
    const std::uint32_t across = product.tiles_across(job.shape);
    for (std::uint32_t tile = 0; tile < product.units.size(); ++tile) {
        if (product.units[tile] == bad_unit) {
            add(job.type,
                element(product, job.shape, tile / across * product.tile_rows + 1,
                        tile % across * product.tile_columns + 2),
                1);
        }
    }
}

void spoil_an_address(const ExactJob& job, unsigned /*pass*/, ExactProduct& product) {
    add(job.type, element(product, job.shape, 50, 60), 1);
}

void forget_the_units(const ExactJob& /*job*/, unsigned /*pass*/, ExactProduct& product) {
    std::fill(product.units.begin(), product.units.end(), no_unit);
}

void refuse(const ExactJob& /*job*/, unsigned /*pass*/, ExactProduct& /*product*/) {
    throw DeviceError("planted: the driver refuses");
}

void break_down(const ExactJob& /*job*/, unsigned /*pass*/, ExactProduct& /*product*/) {
    throw DeviceError("planted: an uncorrectable memory error", true);
}

const std::vector<std::pair<std::string_view, Corruption>>& corruptions() {
    static const std::vector<std::pair<std::string_view, Corruption>> all = {
        {"bitflip", flip_a_bit},           {"nan", put_nan},
        {"fraction", add_a_fraction},      {"swap-rows", swap_rows},
        {"compensated", compensate},       {"bad-unit", spoil_a_unit},
        {"bad-address", spoil_an_address}, {"no-units", forget_the_units},
        {"device-error", refuse},          {"broken-device", break_down}};
    return all;
}

// Of the first element from the middle on that is not 0.
void change_sign(NumberType type, std::vector<std::byte>& elements) {
    const std::size_t size = bytes_of(type);
    std::size_t index = elements.size() / size / 2;
    while (bits_at(type, elements, index) == 0) {
        ++index;
    }
    elements[index * size + size - 1] ^= std::byte{0x80};
}

class FaultyDevice : public Device {
public:
    FaultyDevice(std::unique_ptr<Device> device, const Fault& fault)
        : device_(std::move(device)), name_(fault.name), facts_(device_->facts()) {
        for (const auto& [name, corruption] : corruptions()) {
            if (name == name_) {
                corrupt_ = corruption;
            }
        }
    }

    const DeviceFacts& facts() const override { return facts_; }
    std::string kernel_for(NumberType type) const override { return device_->kernel_for(type); }
    Shape granule() const override { return device_->granule(); }

    ExactProduct multiply(const ExactJob& asked) override {
        ExactJob job = asked;
        std::vector<std::byte> b(asked.b.begin(), asked.b.end());
        if (name_ == "skip-tile") {
            job.skipped_tile = 5;
        } else if (name_ == "stuck-tile") {
            job.stuck_tile = 6;
        } else if (name_ == "same-map") {
            job.rotation = 0;
        } else if (name_ == "wrong-operand") {
            change_sign(asked.type, b);
            job.b = b;
        }
        ExactProduct product = device_->multiply(job);
        if (corrupt_) {
            corrupt_(asked, asked.rotation, product);
        }
        if (name_ == "stale-c") {
            if (stale_.size() == product.c.size()) {
                product.c = stale_;
            }
            stale_ = product.c;
        }
        return product;
    }

    SpeedRun time_multiply(const SpeedJob& job) override {
        SpeedRun run = device_->time_multiply(job);
        if (name_ == "speed-unwritten") {
            std::fill(run.c.begin(), run.c.end(), poison);
        } else if (name_ == "few-samples") {
            run.seconds.resize(too_few);
        }
        return run;
    }

    // Faults of the device's own products leave it no part to play; its own is planted on every
    // device, also where there is no such library.
    std::optional<ReferenceRun> time_reference(const SpeedJob& job) override {
        if (name_ != wrong_reference_fault) {
            return std::nullopt;
        }
        ReferenceRun run{.version = "planted",
                         .missing = "",
                         .left_out = "",
                         .workspace_bytes = 0,
                         .timed = device_->time_multiply(job)};
        std::fill(run.timed.c.begin(), run.timed.c.end(), 0);
        return run;
    }

    StreamRun stream(const StreamJob& job) override {
        StreamRun run = device_->stream(job);
        const bool copy = job.kind == Stream::copy;
        if ((copy && name_ == "copy-wrong") || (!copy && name_ == "triad-wrong")) {
            run.values.back() += 1;
        } else if (copy && name_ == "copy-short") {
            run.values.pop_back();
        } else if (name_ == "stream-few-samples") {
            run.seconds.resize(too_few);
        }
        return run;
    }

    std::unique_ptr<HeldMemory> hold_memory(std::uint64_t bytes) override {
        const bool less = name_ == "memory-short";
        return with_memory_fault(device_->hold_memory(less ? bytes / 2 : bytes), name_);
    }

    TransferRun transfer(const TransferJob& job) override {
        TransferRun run = device_->transfer(job);
        if (name_ == "to-device-bitflip" && !run.at_device.empty()) {
            run.at_device[run.at_device.size() / 2] ^= 1U << 9U;
        } else if (name_ == "to-host-bitflip" && !run.at_host.empty()) {
            run.at_host.back() ^= 1U;
        } else if (name_ == "transfer-lost") {
            std::fill(run.at_host.begin(), run.at_host.end(), poison);
        } else if (name_ == "link-few-samples") {
            run.seconds.resize(too_few);
        }
        return run;
    }

    std::optional<PeerRun> send_to(unsigned peer, const TransferJob& job) override {
        std::optional<PeerRun> run = device_->send_to(peer, job);
        if (run && name_ == "peer-bitflip") {
            run->arrived.front() ^= 2U;
        }
        return run;
    }

private:
    std::unique_ptr<Device> device_;
    std::string_view name_;
    DeviceFacts facts_;
    Corruption corrupt_;
    std::vector<std::uint32_t> stale_;
};

}  // namespace

const std::vector<Fault>& faults() {
    constexpr Examined gemm = Examined::gemm;
    constexpr Examined hbm = Examined::hbm;
    constexpr Examined link = Examined::link;
    static const std::vector<Fault> all = {
        {"bitflip", gemm, fail, "wrong_product", "one bit of one element flips, once"},
        {"nan", gemm, fail, "not_whole", "an element is no number"},
        {"fraction", gemm, fail, "wrong_product", "an element is off by a half (int8: by one)"},
        {"stuck-tile", gemm, fail, "wrong_product", "a tile is computed as if it were another"},
        {"skip-tile", gemm, fail, "not_written", "a tile is never computed"},
        {"swap-rows", gemm, fail, "wrong_product", "two rows change places"},
        {"stale-c", gemm, fail, "wrong_product", "the result is that of the product before"},
        {"compensated", gemm, fail, "wrong_product",
         "four errors that leave each row's and each column's sum as it was"},
        {"wrong-operand", gemm, fail, "wrong_product", "an operand changed on its way"},
        {"bad-unit", gemm, fail, "wrong_product", "one unit errs in every tile it computes"},
        {"bad-address", gemm, fail, "wrong_product", "one place of C errs whoever computes it"},
        {"no-units", gemm, fail, "not_written", "nothing tells which unit computed what"},
        {"same-map", gemm, inconclusive, "not_rotated", "both passes run alike"},
        {other_operands_fault, gemm, fail, "wrong_digest",
         "a right product of other operands: only the golden digest tells"},
        {"device-error", gemm, inconclusive, "device_error", "the driver refuses"},
        {"broken-device", gemm, fail, "broken_device", "the driver tells of broken memory"},
        {"speed-unwritten", gemm, fail, "wrong_timed_product", "what is timed computes nothing"},
        {"few-samples", gemm, inconclusive, "too_few_samples", "four samples"},
        {wrong_reference_fault, gemm, inconclusive, "wrong_reference",
         "the library that the speed is held against computes zeros"},
        {"copy-wrong", hbm, fail, "wrong_copy", "one element of a copy differs"},
        {"copy-short", hbm, fail, "wrong_copy", "one element of a copy is missing"},
        {"triad-wrong", hbm, fail, "wrong_triad", "one element of a triad differs"},
        {"stream-few-samples", hbm, inconclusive, "too_few_samples", "four samples"},
        {"pattern-bitflip", hbm, fail, "wrong_pattern", "a bit of the memory flips"},
        {"pattern-alias", hbm, fail, "wrong_pattern", "two addresses are one"},
        {"pattern-blind", hbm, inconclusive, "control_not_found",
         "whoever reads the pattern back sees nothing"},
        {"pattern-short", hbm, inconclusive, "not_all_verified", "a word is not read back"},
        {"memory-short", hbm, inconclusive, "too_little_memory", "half of the memory is held"},
        {"to-device-bitflip", link, fail, "wrong_transfer", "a bit flips on its way there"},
        {"to-host-bitflip", link, fail, "wrong_transfer", "a bit flips on its way back"},
        {"transfer-lost", link, fail, "wrong_transfer", "nothing comes back"},
        {"link-few-samples", link, inconclusive, "too_few_samples", "four samples"},
        {"peer-bitflip", link, fail, "wrong_peer_transfer", "a bit flips between devices"}};
    return all;
}

const Fault* fault_named(std::string_view name) {
    for (const Fault& fault : faults()) {
        if (fault.name == name) {
            return &fault;
        }
    }
    return nullptr;
}

std::unique_ptr<Device> with_fault(std::unique_ptr<Device> device, const Fault& fault) {
    return std::make_unique<FaultyDevice>(std::move(device), fault);
}

}  // namespace assay::probe::compute
