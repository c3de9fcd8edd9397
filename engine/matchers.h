// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What an observation is held against: value types with expected(), actual(), holds() and, where
// the observation may be too poor to judge, cannot_tell(). Pure.
#pragma once

#include <optional>
#include <string>

#include "engine/devices.h"

namespace assay {

// The devices allocated and no other: by uuid where the driver publishes it, else by count.
class IsExactly {
public:
    explicit IsExactly(Allocation allocation) : allocation_(std::move(allocation)) {}
    bool holds(const Devices& actual) const;
    // The driver publishes uuids and the container's library named none: counting would pass what
    // was not compared.
    std::optional<std::string> cannot_tell(const Devices& actual) const;
    std::string expected() const;
    static std::string actual(const Devices& actual) { return actual.describe(); }

private:
    bool named() const;
    Allocation allocation_;
};

class IsEmpty {
public:
    static bool holds(const Devices& actual) { return actual.empty(); }
    static std::string expected() { return "no accelerator"; }
    static std::string actual(const Devices& actual) { return actual.describe(); }
};

// No device number in common: on one node a number is a device.
class SharesNothingWith {
public:
    explicit SharesNothingWith(Devices other) : other_(std::move(other)) {}
    bool holds(const Devices& actual) const;
    std::string expected() const;
    static std::string actual(const Devices& actual) { return actual.describe(); }

private:
    Devices other_;
};

inline IsExactly is_exactly(Allocation allocation) {
    return IsExactly(std::move(allocation));
}
inline IsEmpty is_empty() {
    return {};
}
inline SharesNothingWith shares_nothing_with(Devices other) {
    return SharesNothingWith(std::move(other));
}

}  // namespace assay
