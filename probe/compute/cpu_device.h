// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The processor as a device: the same operands, tiles and order of work as an accelerator has, so
// that every check can be seen to pass and to fail without one. Its units are numbers alone. One
// thread.
#pragma once

#include "probe/compute/device.h"

namespace assay::probe::compute {

inline constexpr unsigned cpu_devices = 2;  // the second is there to be a peer

class CpuDevice : public Device {
public:
    CpuDevice();
    const DeviceFacts& facts() const override { return facts_; }
    std::string kernel_for(NumberType type) const override;
    Shape granule() const override;
    ExactProduct multiply(const ExactJob& job) override;
    SpeedRun time_multiply(const SpeedJob& job) override;
    StreamRun stream(const StreamJob& job) override;
    std::unique_ptr<HeldMemory> hold_memory(std::uint64_t bytes) override;
    TransferRun transfer(const TransferJob& job) override;
    std::optional<PeerRun> send_to(unsigned peer, const TransferJob& job) override;

private:
    DeviceFacts facts_;
};

}  // namespace assay::probe::compute
