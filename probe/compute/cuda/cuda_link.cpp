// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The ways to and from the GPU.
#include <cstring>

#include "probe/compute/cuda/cuda_device.h"

namespace assay::probe::compute {

namespace {

using Words = std::vector<std::uint64_t>;

std::size_t bytes_in(const Words& words) {
    return words.size() * sizeof(std::uint64_t);
}

void poison_words(const PinnedBuffer& buffer, std::size_t bytes) {
    std::memset(buffer.place(), 0xa5, bytes);
}

// One direction's buffers: what is sent, and where it arrives.
struct Way {
    Way(const CudaDriver& driver, std::size_t bytes) : host(driver, bytes), device(driver, bytes) {}
    PinnedBuffer host;
    DeviceBuffer device;
};

// Both ways begin when the first has begun and end when the last has ended.
class Clocked {
public:
    explicit Clocked(const CudaDriver& driver)
        : there(driver), back(driver), began_(driver), came_back_(driver), ended_(driver) {}

    void begin() const {
        began_.record(there);
        began_.hold_back(back);
    }
    double end() const {
        came_back_.record(back);
        came_back_.hold_back(there);
        ended_.record(there);
        there.wait();
        return ended_.seconds_since(began_);
    }

    CudaStream there;
    CudaStream back;

private:
    CudaEvent began_;
    CudaEvent came_back_;
    CudaEvent ended_;
};

// For the time of its life another device's context is current.
class Current {
public:
    Current(const CudaDriver& driver, CudaHandle context, CudaHandle after)
        : driver_(driver), after_(after) {
        driver_.must("cuCtxSetCurrent", context);
    }
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;
    ~Current() { driver_.call("cuCtxSetCurrent", after_); }

private:
    const CudaDriver& driver_;
    CudaHandle after_;
};

// Another device's primary context.
class PeerContext {
public:
    PeerContext(const CudaDriver& driver, int device) : driver_(driver), device_(device) {
        driver_.must("cuDevicePrimaryCtxRetain", &handle_, device_);
    }
    PeerContext(const PeerContext&) = delete;
    PeerContext& operator=(const PeerContext&) = delete;
    ~PeerContext() { driver_.call("cuDevicePrimaryCtxRelease_v2", device_); }
    CudaHandle handle() const { return handle_; }

private:
    const CudaDriver& driver_;
    int device_;
    CudaHandle handle_ = nullptr;
};

}  // namespace

TransferRun CudaDevice::transfer(const TransferJob& job) {
    const bool goes = job.direction != Direction::device_to_host;
    const bool comes = job.direction != Direction::host_to_device;
    const std::size_t bytes = job.bytes;
    const std::size_t count = bytes / sizeof(std::uint64_t);
    const Way there(driver_, goes ? bytes : sizeof(std::uint64_t));
    const Way back(driver_, comes ? bytes : sizeof(std::uint64_t));
    if (goes) {
        std::memcpy(there.host.place(), pattern(job.seed, to_device_stream, count).data(), bytes);
        there.device.fill(poison);
    }
    if (comes) {
        poison_words(back.host, bytes);
        back.device.upload(pattern(job.seed, to_host_stream, count).data(), bytes);
    }
    driver_.must("cuCtxSynchronize");
    const Clocked clocked(driver_);
    TransferRun run;
    for (unsigned round = 0; round < job.warm_ups + job.samples; ++round) {
        clocked.begin();
        if (goes) {
            const void* from = there.host.place();
            driver_.must("cuMemcpyHtoDAsync_v2", there.device.pointer(), from, bytes,
                         clocked.there.handle());
        }
        if (comes) {
            driver_.must("cuMemcpyDtoHAsync_v2", back.host.place(), back.device.pointer(), bytes,
                         clocked.back.handle());
        }
        const double seconds = clocked.end();
        if (round >= job.warm_ups) {
            run.seconds.push_back(seconds);
        }
    }
    if (goes) {
        run.at_device.resize(count);
        there.device.download(run.at_device.data(), bytes);
    }
    if (comes) {
        run.at_host.resize(count);
        std::memcpy(run.at_host.data(), back.host.place(), bytes);
    }
    return run;
}

std::optional<PeerRun> CudaDevice::send_to(unsigned peer, const TransferJob& job) {
    int other = 0;
    const int ordinal = static_cast<int>(peer);
    driver_.must("cuDeviceGet", &other, ordinal);
    int reachable = 0;
    driver_.must("cuDeviceCanAccessPeer", &reachable, device_, other);
    if (reachable == 0) {
        return std::nullopt;
    }
    const PeerContext context(driver_, other);
    const unsigned flags = 0;
    const int enabled = driver_.call("cuCtxEnablePeerAccess", context.handle(), flags);
    if (enabled != cuda_success && enabled != cuda_peer_access_already_enabled) {
        driver_.fail("cuCtxEnablePeerAccess", enabled);
    }
    const Words sent = pattern(job.seed, to_peer_stream, job.bytes / sizeof(std::uint64_t));
    const std::size_t bytes = bytes_in(sent);
    const DeviceBuffer from(driver_, bytes);
    from.upload(sent.data(), bytes);
    driver_.must("cuCtxSynchronize");  // what is uploaded may still be on its way
    const Current at_peer(driver_, context.handle(), context_);
    const DeviceBuffer to(driver_, bytes);
    to.fill(poison);
    driver_.must("cuCtxSynchronize");
    driver_.must("cuCtxSetCurrent", context_);
    const Clocked clocked(driver_);
    PeerRun run;
    for (unsigned round = 0; round < job.warm_ups + job.samples; ++round) {
        clocked.begin();
        driver_.must("cuMemcpyPeerAsync", to.pointer(), context.handle(), from.pointer(), context_,
                     bytes, clocked.there.handle());
        const double seconds = clocked.end();
        if (round >= job.warm_ups) {
            run.seconds.push_back(seconds);
        }
    }
    driver_.must("cuCtxSetCurrent", context.handle());
    run.arrived.resize(sent.size());
    to.download(run.arrived.data(), bytes);
    return run;
}

}  // namespace assay::probe::compute
