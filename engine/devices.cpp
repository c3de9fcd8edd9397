// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/devices.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace assay {

namespace {

template <class Range>
std::string described(const Range& range) {
    std::vector<std::string> parts;
    parts.reserve(std::size(range));
    for (const auto& one : range) {
        parts.push_back(one.describe());
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

std::string plural(std::size_t count) {
    return count == 1 ? "1 accelerator" : fmt::format("{} accelerators", count);
}

}  // namespace

std::string ReachedDevice::describe() const {
    std::string how = by == "mknod" ? "opened through a node it made from the device number"
                                    : fmt::format("opened {}", path);
    if (by == "variable") {
        return uuid.empty() ? fmt::format("{} (by variable {})", number, path)
                            : fmt::format("{} ({} by variable {})", uuid, number, path);
    }
    if (error == "ENXIO") {
        how += ": ENXIO, device node without a driver";
    } else if (!error.empty()) {
        how += ": " + error;
    }
    return uuid.empty() ? fmt::format("{} ({})", number, how)
                        : fmt::format("{} ({}, {})", uuid, number, how);
}

std::set<std::string> Devices::numbers() const {
    std::set<std::string> result;
    for (const ReachedDevice& one : reached) {
        result.insert(one.number);
    }
    return result;
}

bool Devices::identified() const {
    for (const ReachedDevice& one : reached) {
        if (one.uuid.empty()) {
            return false;
        }
    }
    return true;
}

std::string Devices::describe() const {
    return empty() ? "no accelerator"
                   : fmt::format("{}: {}", plural(reached.size()), described(reached));
}

std::string AllocatedDevice::describe() const {
    const std::string identity = uuid.empty() ? pci_bus_id : uuid;
    return identity.empty() ? fmt::format("{}/{}/{}", driver, pool, name)
                            : fmt::format("{} ({}/{}/{})", identity, driver, pool, name);
}

}  // namespace assay
