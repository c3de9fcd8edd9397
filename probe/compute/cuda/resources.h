// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the driver lends, given back at the end of each object. Used with the device's context
// current; one thread. Giving back tells no error: after a failure the driver refuses that, too.
#pragma once

#include <cstddef>
#include <cstdint>

#include "probe/compute/cuda/driver.h"

namespace assay::probe::compute {

class DeviceBuffer {
public:
    DeviceBuffer(const CudaDriver& driver, std::size_t bytes) : driver_(driver), bytes_(bytes) {
        driver_.must("cuMemAlloc_v2", &pointer_, bytes_);
    }
    // Takes over what was lent already.
    DeviceBuffer(const CudaDriver& driver, CudaPointer pointer, std::size_t bytes)
        : driver_(driver), pointer_(pointer), bytes_(bytes) {}
    DeviceBuffer(const DeviceBuffer&) = delete;
    DeviceBuffer& operator=(const DeviceBuffer&) = delete;
    ~DeviceBuffer() { driver_.call("cuMemFree_v2", pointer_); }

    CudaPointer pointer() const { return pointer_; }
    std::size_t bytes() const { return bytes_; }

    void fill(std::uint32_t word) const {
        const std::size_t words = bytes_ / sizeof word;
        driver_.must("cuMemsetD32_v2", pointer_, unsigned{word}, words);
    }
    void upload(const void* from, std::size_t bytes, std::size_t offset = 0) const {
        const CudaPointer to = pointer_ + offset;
        driver_.must("cuMemcpyHtoD_v2", to, from, bytes);
    }
    void download(void* to, std::size_t bytes, std::size_t offset = 0) const {
        const CudaPointer from = pointer_ + offset;
        driver_.must("cuMemcpyDtoH_v2", to, from, bytes);
    }

private:
    const CudaDriver& driver_;
    CudaPointer pointer_ = 0;
    std::size_t bytes_;
};

// Memory of the host that the device reaches by itself, on the node of the thread that asks for it.
class PinnedBuffer {
public:
    PinnedBuffer(const CudaDriver& driver, std::size_t bytes) : driver_(driver) {
        const unsigned flags = 0;
        driver_.must("cuMemHostAlloc", &place_, bytes, flags);
    }
    PinnedBuffer(const PinnedBuffer&) = delete;
    PinnedBuffer& operator=(const PinnedBuffer&) = delete;
    ~PinnedBuffer() { driver_.call("cuMemFreeHost", place_); }

    void* place() const { return place_; }

private:
    const CudaDriver& driver_;
    void* place_ = nullptr;
};

class CudaStream {
public:
    explicit CudaStream(const CudaDriver& driver) : driver_(driver) {
        const unsigned non_blocking = 1;
        driver_.must("cuStreamCreate", &handle_, non_blocking);
    }
    CudaStream(const CudaStream&) = delete;
    CudaStream& operator=(const CudaStream&) = delete;
    ~CudaStream() { driver_.call("cuStreamDestroy_v2", handle_); }

    CudaHandle handle() const { return handle_; }
    void wait() const { driver_.must("cuStreamSynchronize", handle_); }

private:
    const CudaDriver& driver_;
    CudaHandle handle_ = nullptr;
};

class CudaEvent {
public:
    explicit CudaEvent(const CudaDriver& driver) : driver_(driver) {
        const unsigned flags = 0;
        driver_.must("cuEventCreate", &handle_, flags);
    }
    CudaEvent(const CudaEvent&) = delete;
    CudaEvent& operator=(const CudaEvent&) = delete;
    ~CudaEvent() { driver_.call("cuEventDestroy_v2", handle_); }

    CudaHandle handle() const { return handle_; }
    void record(const CudaStream& stream) const {
        driver_.must("cuEventRecord", handle_, stream.handle());
    }
    void hold_back(const CudaStream& stream) const {
        const unsigned flags = 0;
        driver_.must("cuStreamWaitEvent", stream.handle(), handle_, flags);
    }
    // Both have been waited for.
    double seconds_since(const CudaEvent& earlier) const {
        float milliseconds = 0;
        driver_.must("cuEventElapsedTime", &milliseconds, earlier.handle_, handle_);
        return static_cast<double>(milliseconds) / 1e3;
    }

private:
    const CudaDriver& driver_;
    CudaHandle handle_ = nullptr;
};

}  // namespace assay::probe::compute
