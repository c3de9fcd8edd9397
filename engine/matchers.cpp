// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/matchers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace assay {

namespace {

bool has_uuid(const AllocatedDevice& device) {
    return !device.uuid.empty();
}

}  // namespace

bool IsExactly::named() const {
    return !allocation_.devices.empty() && std::ranges::all_of(allocation_.devices, has_uuid);
}

std::optional<std::string> IsExactly::cannot_tell(const Devices& actual) const {
    if (!allocation_.unknown.empty()) {
        return allocation_.unknown;
    }
    if (named() && !actual.identified() && actual.reached.size() == allocation_.count) {
        return "the count is right, but the container's device library did not name the device, so "
               "which one it is could not be compared";
    }
    return std::nullopt;
}

bool IsExactly::holds(const Devices& actual) const {
    if (actual.reached.size() != allocation_.count) {
        return false;
    }
    std::set<std::string> allocated;
    for (const AllocatedDevice& one : allocation_.devices) {
        allocated.insert(one.uuid);
    }
    return !named() || std::ranges::all_of(actual.reached, [&](const ReachedDevice& one) {
        return allocated.contains(one.uuid);
    });
}

std::string IsExactly::expected() const {
    if (!allocation_.unknown.empty()) {
        return "exactly what it was allocated";
    }
    if (allocation_.devices.empty()) {
        return fmt::format("exactly {} accelerator(s) (identity not observable)",
                           allocation_.count);
    }
    std::vector<std::string> parts;
    parts.reserve(allocation_.devices.size());
    for (const AllocatedDevice& one : allocation_.devices) {
        parts.push_back(one.describe());
    }
    return fmt::format("exactly what it was allocated: {}{}", fmt::join(parts, ", "),
                       named() ? "" : " (identity not observable, counted)");
}

bool SharesNothingWith::holds(const Devices& actual) const {
    const std::set<std::string> mine = actual.numbers();
    return std::ranges::none_of(other_.numbers(),
                                [&](const std::string& number) { return mine.contains(number); });
}

std::string SharesNothingWith::expected() const {
    return fmt::format("none of {}", fmt::join(other_.numbers(), ", "));
}

}  // namespace assay
