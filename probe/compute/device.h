// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What computes: an accelerator, or the processor in its place. It does what it is asked and tells
// what came out and how long it took; it never judges itself. Each device is owned and used by one
// thread. What it cannot do throws DeviceError.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "probe/compute/number_type.h"
#include "probe/compute/operands.h"

namespace assay::probe::compute {

class DeviceError : public std::runtime_error {
public:
    // hardware: the device itself says that it is broken (an uncorrectable memory error).
    DeviceError(const std::string& words, bool hardware = false)
        : std::runtime_error(words), hardware_(hardware) {}
    bool hardware() const { return hardware_; }

private:
    bool hardware_;
};

struct DeviceFacts {
    std::string backend;  // "cpu", "cuda"
    std::string name;
    std::string uuid;                               // "" if it has none
    std::string pci_bus_id;                         // "" if it has none
    bool simulated = false;                         // no accelerator
    unsigned units = 1;                             // what tiles run on: SMs
    unsigned compute_capability = 0;                // 90 is 9.0; 0 if it has none
    std::optional<std::uint64_t> free_bytes;        // of its memory
    std::optional<std::uint64_t> total_bytes;       // of its memory
    std::optional<int> numa_node;                   // that it hangs on
    std::optional<bool> host_memory_is_local = {};  // what is copied lies on that node
};

// Of each measure: more where they take microseconds than where they take a processor's
// milliseconds.
inline unsigned default_samples(const DeviceFacts& facts) {
    return facts.simulated ? 5 : 20;
}

// C holds this before a product: a quiet NaN of its own as fp32, as int32 beyond every sum there is
// (exact products have an inner dimension of at most 65536).
inline constexpr std::uint32_t poison = 0x7fd1e55dU;
inline constexpr std::uint32_t no_unit = 0xffffffffU;
inline constexpr std::uint32_t inner_at_most = 65536;

struct ExactJob {
    NumberType type = NumberType::int8;
    Shape shape;
    std::span<const std::byte> a;  // m x k, row by row, as encoded() gives it
    std::span<const std::byte> b;  // n x k, row by row: B transposed
    std::uint32_t rotation = 0;    // tile t begins with unit (t + rotation) mod units
    // Planted faults: this tile is never computed; this one is computed as if it were tile 0.
    std::optional<std::uint32_t> skipped_tile = {};
    std::optional<std::uint32_t> stuck_tile = {};
};

struct ExactProduct {
    std::vector<std::uint32_t> c;  // m x n, row by row: the bits of int32 or fp32
    std::uint32_t tile_rows = 0;   // elements
    std::uint32_t tile_columns = 0;
    std::vector<std::uint32_t> units;  // by tile, row by row: what computed it, or no_unit
    double seconds = 0;

    std::uint32_t tiles_across(const Shape& shape) const { return shape.n / tile_columns; }
};

struct SpeedJob {
    NumberType type = NumberType::int8;
    Shape shape;
    std::span<const std::byte> a;
    std::span<const std::byte> b;
    unsigned warm_ups = 0;  // products, again and again until so many seconds are over, so that
    double warm_up_seconds = 0;  // clocks and power are those of work
    unsigned samples = 0;
};

struct SpeedRun {
    std::vector<double> seconds;   // of each sample
    std::vector<std::uint32_t> c;  // of the last one; poisoned before the first
};

// What the maker's own library makes of a timed product: what our kernels are judged against.
struct ReferenceRun {
    std::string version;   // of the library; "" where it is not there
    std::string missing;   // why there is no run; "" where there is one
    std::string left_out;  // why there can be none of this type; "" where there can
    std::size_t workspace_bytes = 0;
    SpeedRun timed;
};

enum class Stream { copy, triad };  // to = from; to = from + 3 other (STREAM, McCalpin 1995)

// Element i of `from` is i mod 1021, of `other` i mod 509, so that both results are exact in fp32.
inline constexpr std::uint32_t from_period = 1021;
inline constexpr std::uint32_t other_period = 509;

struct StreamJob {
    Stream kind = Stream::copy;
    std::uint64_t bytes = 0;  // of each array; a multiple of 16
    unsigned warm_ups = 0;
    unsigned samples = 0;
    std::vector<std::uint64_t> looked_at;  // elements of `to` to bring back
};

struct StreamRun {
    std::vector<double> seconds;
    std::vector<float> values;  // of looked_at, after the last sample; NaN before the first
};

inline constexpr std::size_t wrong_examples = 16;

// Much of a device's memory, as 64-bit words. A pattern is one of pattern_stream.
class HeldMemory {
public:
    virtual ~HeldMemory() = default;
    virtual std::uint64_t words() const = 0;
    virtual void write_pattern(std::uint64_t seed) = 0;
    struct Wrong {
        std::uint64_t word = 0;
        std::uint64_t expected = 0;
        std::uint64_t found = 0;
    };
    struct Verified {
        std::uint64_t words = 0;  // that were read
        std::uint64_t wrong = 0;
        std::vector<Wrong> examples;  // at most wrong_examples
    };
    virtual Verified verify_pattern(std::uint64_t seed) = 0;
    virtual std::uint64_t read(std::uint64_t word) = 0;
    virtual void write(std::uint64_t word, std::uint64_t value) = 0;
};

enum class Direction { host_to_device, device_to_host, both };

struct TransferJob {
    Direction direction = Direction::host_to_device;
    std::uint64_t bytes = 0;  // one way; a multiple of 8
    unsigned warm_ups = 0;
    unsigned samples = 0;
    std::uint64_t seed = 0;  // what is sent is a pattern of to_device_stream, to_host_stream
};

struct TransferRun {
    std::vector<double> seconds;
    std::vector<std::uint64_t> at_device;  // what arrived there; empty where nothing was sent
    std::vector<std::uint64_t> at_host;
};

struct PeerRun {
    std::vector<double> seconds;
    std::vector<std::uint64_t> arrived;  // a pattern of to_peer_stream
};

class Device {
public:
    Device() = default;
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;
    virtual ~Device() = default;

    virtual const DeviceFacts& facts() const = 0;
    virtual std::string kernel_for(NumberType type) const = 0;  // "" if it cannot compute the type
    virtual Shape granule() const = 0;                          // shapes are multiples of it

    virtual ExactProduct multiply(const ExactJob& job) = 0;
    virtual SpeedRun time_multiply(const SpeedJob& job) = 0;
    // Nothing where the device has no such library. What that lacks or gets wrong is no
    // DeviceError.
    virtual std::optional<ReferenceRun> time_reference(const SpeedJob& /*job*/) {
        return std::nullopt;
    }
    virtual StreamRun stream(const StreamJob& job) = 0;
    // As much as there is, at most `bytes`.
    virtual std::unique_ptr<HeldMemory> hold_memory(std::uint64_t bytes) = 0;
    virtual TransferRun transfer(const TransferJob& job) = 0;
    // From this device to the one with the index `peer`; nothing where it has no way there.
    virtual std::optional<PeerRun> send_to(unsigned peer, const TransferJob& job) = 0;
};

}  // namespace assay::probe::compute
