// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A load that is known: memory of a device that is held and written to, and products of matrices
// without a pause. Owned by one thread, computes in another, which alone uses the device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <future>
#include <string>
#include <thread>

#include "probe/compute/compute.h"

namespace assay::probe {

class Busy {
public:
    // Returns once all of the memory is written and a first product was right. Throws
    // std::runtime_error, with what is in the way, where there is no such device, where it computes
    // wrongly, or where it has not so much memory. No processor stands in for an accelerator whose
    // driver is there and does not work.
    Busy(compute::Backend backend, std::uint64_t memory_bytes);
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    ~Busy() = default;

    std::uint64_t memory_bytes() const { return memory_bytes_; }
    const std::string& backend() const { return backend_; }  // "cpu", "cuda"

private:
    void work(const std::stop_token& stop, compute::Backend backend,
              std::promise<std::string>& begun) const;

    std::uint64_t memory_bytes_;
    std::string backend_;
    std::jthread computing_;
};

}  // namespace assay::probe
