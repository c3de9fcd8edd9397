// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/cuda/cuda_device.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "probe/compute/cuda/launch.h"
#include "probe/compute/numa.h"

namespace assay::probe::compute {

namespace {

// CUdevice_attribute
constexpr int multiprocessor_count = 16;
constexpr int capability_major = 75;
constexpr int capability_minor = 76;

constexpr std::uint32_t tile = 128;       // product.cu
constexpr unsigned blocks_of_a_unit = 2;  // its __launch_bounds__
constexpr std::uint32_t no_tile = 0xffffffffU;

std::string uuid_text(const std::array<unsigned char, 16>& bytes) {
    std::string text = "GPU";
    for (std::size_t index = 0; index < bytes.size(); ++index) {
        const bool dash = index == 0 || index == 4 || index == 6 || index == 8 || index == 10;
        char digits[4];
        std::snprintf(digits, sizeof digits, "%s%02x", dash ? "-" : "", bytes[index]);
        text += digits;
    }
    return text;
}

// What a product needs on the device, poisoned.
struct ProductBuffers {
    ProductBuffers(const CudaDriver& driver, NumberType type, const Shape& shape,
                   std::span<const std::byte> a_bytes, std::span<const std::byte> b_bytes)
        : a(driver, a_bytes.size()),
          b(driver, b_bytes.size()),
          c(driver, std::size_t{shape.m} * shape.n * sizeof(std::uint32_t)),
          units(driver, std::size_t{shape.m / tile} * (shape.n / tile) * sizeof(std::uint32_t)),
          m(shape.m),
          n(shape.n),
          row_bytes(static_cast<unsigned>(shape.k * bytes_of(type))) {
        a.upload(a_bytes.data(), a_bytes.size());
        b.upload(b_bytes.data(), b_bytes.size());
        c.fill(poison);
        units.fill(no_unit);
    }

    void launch_on(const CudaDriver& driver, CudaHandle kernel, unsigned units_of_device,
                   const CudaStream& stream, const ExactJob& job) const {
        const unsigned tiles = m / tile * (n / tile);
        const Grid grid{.blocks = std::min(tiles, units_of_device * blocks_of_a_unit),
                        .threads = 256};
        const unsigned rotation = job.rotation;
        const unsigned skipped = job.skipped_tile.value_or(no_tile);
        const unsigned stuck = job.stuck_tile.value_or(no_tile);
        launch(driver, kernel, grid, stream.handle(), a.pointer(), b.pointer(), c.pointer(),
               units.pointer(), m, n, row_bytes, rotation, skipped, stuck);
    }

    std::vector<std::uint32_t> result() const {
        std::vector<std::uint32_t> bits(c.bytes() / sizeof(std::uint32_t));
        c.download(bits.data(), c.bytes());
        return bits;
    }

    DeviceBuffer a;
    DeviceBuffer b;
    DeviceBuffer c;
    DeviceBuffer units;
    unsigned m;
    unsigned n;
    unsigned row_bytes;
};

}  // namespace

unsigned compute_capability_of(const CudaDriver& driver, unsigned index) {
    const int ordinal = static_cast<int>(index);
    int device = 0;
    int major = 0;
    int minor = 0;
    driver.must("cuDeviceGet", &device, ordinal);
    driver.must("cuDeviceGetAttribute", &major, capability_major, device);
    driver.must("cuDeviceGetAttribute", &minor, capability_minor, device);
    return static_cast<unsigned>(major * 10 + minor);
}

std::string uuid_of(const CudaDriver& driver, int device) {
    std::array<unsigned char, 16> uuid{};
    driver.must("cuDeviceGetUuid_v2", uuid.data(), device);
    return uuid_text(uuid);
}

CudaDevice::CudaDevice(std::unique_ptr<const CudaDriver> driver, unsigned index,
                       const Kernels& kernels)
    : owned_(std::move(driver)), driver_(*owned_) {
    learn(index);
    driver_.must("cuDevicePrimaryCtxRetain", &context_, device_);
    driver_.must("cuCtxSetCurrent", context_);
    driver_.must("cuModuleLoadData", &product_module_, kernels.product);
    driver_.must("cuModuleLoadData", &memory_module_, kernels.memory);
    std::size_t free_bytes = 0;
    std::size_t total_bytes = 0;
    driver_.must("cuMemGetInfo_v2", &free_bytes, &total_bytes);
    facts_.free_bytes = free_bytes;
    facts_.total_bytes = total_bytes;
    facts_.numa_node = numa_node_of(facts_.pci_bus_id);
    if (facts_.numa_node) {
        facts_.host_memory_is_local = stay_on_node(*facts_.numa_node);
    }
}

CudaDevice::~CudaDevice() {
    driver_.call("cuDevicePrimaryCtxRelease_v2", device_);
}

void CudaDevice::learn(unsigned index) {
    const int ordinal = static_cast<int>(index);
    driver_.must("cuDeviceGet", &device_, ordinal);
    std::array<char, 128> text{};
    const int length = static_cast<int>(text.size() - 1);
    driver_.must("cuDeviceGetName", text.data(), length, device_);
    facts_.backend = "cuda";
    facts_.name = text.data();
    driver_.must("cuDeviceGetPCIBusId", text.data(), length, device_);
    facts_.pci_bus_id = text.data();
    facts_.uuid = uuid_of(driver_, device_);
    int units = 0;
    driver_.must("cuDeviceGetAttribute", &units, multiprocessor_count, device_);
    facts_.units = static_cast<unsigned>(units);
    facts_.compute_capability = compute_capability_of(driver_, index);
}

CudaHandle CudaDevice::function(CudaHandle module, const std::string& name) const {
    CudaHandle found = nullptr;
    driver_.must("cuModuleGetFunction", &found, module, name.c_str());
    return found;
}

std::string CudaDevice::kernel_for(NumberType type) const {
    const bool eight_bits_of_float = bytes_of(type) == 1 && !is_whole(type);
    const bool since_turing = is_whole(type) || type == NumberType::fp16;
    const unsigned needed = eight_bits_of_float ? 89 : since_turing ? 75 : 80;
    return facts_.compute_capability >= needed ? "mma_sync" : "";
}

Shape CudaDevice::granule() const {
    return {tile, tile, 64};
}

ExactProduct CudaDevice::multiply(const ExactJob& job) {
    const CudaHandle kernel =
        function(product_module_, "product_" + std::string(name_of(job.type)));
    const ProductBuffers buffers(driver_, job.type, job.shape, job.a, job.b);
    const CudaStream stream(driver_);
    const CudaEvent begun(driver_);
    const CudaEvent ended(driver_);
    driver_.must("cuCtxSynchronize");  // what was poisoned is, before another stream writes
    begun.record(stream);
    buffers.launch_on(driver_, kernel, facts_.units, stream, job);
    ended.record(stream);
    stream.wait();
    ExactProduct product{.c = buffers.result(),
                         .tile_rows = tile,
                         .tile_columns = tile,
                         .units = {},
                         .seconds = ended.seconds_since(begun)};
    product.units.resize(buffers.units.bytes() / sizeof(std::uint32_t));
    buffers.units.download(product.units.data(), buffers.units.bytes());
    return product;
}

SpeedRun CudaDevice::time_multiply(const SpeedJob& job) {
    const CudaHandle kernel =
        function(product_module_, "product_" + std::string(name_of(job.type)));
    const ProductBuffers buffers(driver_, job.type, job.shape, job.a, job.b);
    const CudaStream stream(driver_);
    const ExactJob launched{.type = job.type, .shape = job.shape, .a = job.a, .b = job.b};
    const CudaEvent began(driver_);
    const CudaEvent now(driver_);
    driver_.must("cuCtxSynchronize");
    began.record(stream);
    do {
        for (unsigned round = 0; round < job.warm_ups; ++round) {
            buffers.launch_on(driver_, kernel, facts_.units, stream, launched);
        }
        now.record(stream);
        stream.wait();
    } while (job.warm_ups > 0 && now.seconds_since(began) < job.warm_up_seconds);
    SpeedRun run;
    for (unsigned sample = 0; sample < job.samples; ++sample) {
        began.record(stream);
        buffers.launch_on(driver_, kernel, facts_.units, stream, launched);
        now.record(stream);
        stream.wait();
        run.seconds.push_back(now.seconds_since(began));
    }
    run.c = buffers.result();
    return run;
}

}  // namespace assay::probe::compute
