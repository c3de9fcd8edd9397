// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// An NVIDIA GPU, through the driver's own interface. One thread, in which its context stays
// current.
#pragma once

#include <memory>

#include "probe/compute/cuda/driver.h"
#include "probe/compute/cuda/kernels.h"
#include "probe/compute/cuda/resources.h"
#include "probe/compute/device.h"

namespace assay::probe::compute {

// 90 is 9.0. Throws DeviceError.
unsigned compute_capability_of(const CudaDriver& driver, unsigned index);

// "GPU-…" of a CUdevice. Throws DeviceError.
std::string uuid_of(const CudaDriver& driver, int device);

class CudaDevice : public Device {
public:
    // Moves the thread to the processors of the GPU's NUMA node, where the
    // container may use any, so that the host's memory lies there. Throws DeviceError, for one
    // where the kernels are not for this GPU.
    CudaDevice(std::unique_ptr<const CudaDriver> driver, unsigned index, const Kernels& kernels,
               ProductKernel product);
    ~CudaDevice() override;

    const DeviceFacts& facts() const override { return facts_; }
    std::string kernel_for(NumberType type) const override;
    Shape granule() const override;
    ExactProduct multiply(const ExactJob& job) override;
    SpeedRun time_multiply(const SpeedJob& job) override;
    std::optional<ReferenceRun> time_reference(const SpeedJob& job) override;
    StreamRun stream(const StreamJob& job) override;
    std::unique_ptr<HeldMemory> hold_memory(std::uint64_t bytes) override;
    TransferRun transfer(const TransferJob& job) override;
    std::optional<PeerRun> send_to(unsigned peer, const TransferJob& job) override;

private:
    void learn(unsigned index);
    CudaHandle function(CudaHandle module, const std::string& name) const;

    std::unique_ptr<const CudaDriver> owned_;
    const CudaDriver& driver_;
    DeviceFacts facts_;
    ProductKernel product_;
    int device_ = 0;  // CUdevice
    CudaHandle context_ = nullptr;
    CudaHandle product_module_ = nullptr;
    CudaHandle memory_module_ = nullptr;
};

}  // namespace assay::probe::compute
