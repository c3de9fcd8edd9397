// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What NVIDIA's driver reports as wrong with a GPU while something computes on it: its XID events,
// through NVML, since a container does not see the kernel's log. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "probe/compute/judgement.h"
#include "probe/nvml.h"

namespace assay::probe::compute {

using Xids = std::vector<unsigned long long>;

class XidWatch {
public:
    // From now on. Nothing is watched without NVML (null), without a GPU of this UUID, and where
    // the driver does not tell of events.
    XidWatch(const Nvml* nvml, const std::string& uuid);
    XidWatch(const XidWatch&) = delete;
    XidWatch& operator=(const XidWatch&) = delete;
    ~XidWatch();

    // Those that have come since the last call; nullopt if they are not watched.
    std::optional<Xids> take() const;

private:
    const Nvml* nvml_;
    void* events_ = nullptr;  // nvmlEventSet_t
};

// Failed where NVIDIA's catalogue has the GPU or its node reset; inconclusive where a program may
// be at fault, which need not be this one; nothing where the catalogue says to ignore it.
std::optional<Reason> reason_of_xid(unsigned long long xid);

}  // namespace assay::probe::compute
