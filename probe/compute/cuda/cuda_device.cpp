// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/cuda/cuda_device.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "probe/compute/cuda/cublaslt.h"
#include "probe/compute/cuda/cuda_product.h"
#include "probe/compute/cuda/timed.h"
#include "probe/compute/numa.h"

namespace assay::probe::compute {

namespace {

// CUdevice_attribute
constexpr int multiprocessor_count = 16;
constexpr int capability_major = 75;
constexpr int capability_minor = 76;

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
                       const Kernels& kernels, ProductKernel product)
    : owned_(std::move(driver)), driver_(*owned_), product_(product) {
    learn(index);
    driver_.must("cuDevicePrimaryCtxRetain", &context_, device_);
    driver_.must("cuCtxSetCurrent", context_);
    driver_.must("cuModuleLoadData", &product_module_,
                 product == ProductKernel::wgmma ? kernels.wgmma : kernels.product);
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
    return facts_.compute_capability >= needed ? name_of(product_) : "";
}

Shape CudaDevice::granule() const {
    return granule_of(product_);
}

ExactProduct CudaDevice::multiply(const ExactJob& job) {
    const CudaProduct product(driver_, {product_, product_module_, facts_.units}, job.type,
                              job.shape, job.a, job.b);
    const CudaStream stream(driver_);
    const CudaEvent begun(driver_);
    const CudaEvent ended(driver_);
    driver_.must("cuCtxSynchronize");  // what was poisoned is, before another stream writes
    begun.record(stream);
    product.launch_on(stream, {job.rotation, job.skipped_tile, job.stuck_tile});
    ended.record(stream);
    stream.wait();
    const Shape granule = granule_of(product_);
    return {.c = product.result(),
            .tile_rows = granule.m,
            .tile_columns = granule.n,
            .units = product.units(),
            .seconds = ended.seconds_since(begun)};
}

SpeedRun CudaDevice::time_multiply(const SpeedJob& job) {
    const CudaProduct product(driver_, {product_, product_module_, facts_.units}, job.type,
                              job.shape, job.a, job.b);
    const CudaStream stream(driver_);
    SpeedRun run;
    run.seconds = timed(driver_, stream, job, [&] { product.launch_on(stream, {}); });
    run.c = product.result();
    return run;
}

std::optional<ReferenceRun> CudaDevice::time_reference(const SpeedJob& job) {
    driver_.must("cuCtxSynchronize");  // what went wrong before is not the library's doing
    return time_cublaslt(driver_, job);
}

}  // namespace assay::probe::compute
