// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What an observation is held against: value types with expected(), actual(), holds() and, where
// the observation may be too poor to judge, cannot_tell(). Pure.
#pragma once

#include <functional>
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

// A sentence and the predicate that decides it, for observations with describe(). unclear tells why
// an observation is too poor to judge.
template <class T>
class Satisfies {
public:
    Satisfies(std::string sentence, std::function<bool(const T&)> predicate,
              std::function<std::optional<std::string>(const T&)> unclear)
        : sentence_(std::move(sentence)),
          predicate_(std::move(predicate)),
          unclear_(std::move(unclear)) {}
    bool holds(const T& actual) const { return predicate_(actual); }
    std::optional<std::string> cannot_tell(const T& actual) const {
        return unclear_ ? unclear_(actual) : std::nullopt;
    }
    std::string expected() const { return sentence_; }
    static std::string actual(const T& actual) {
        if constexpr (requires { actual.describe(); }) {
            return actual.describe();
        } else {
            return actual;
        }
    }

private:
    std::string sentence_;
    std::function<bool(const T&)> predicate_;
    std::function<std::optional<std::string>(const T&)> unclear_;
};

template <class T>
Satisfies<T> satisfies(std::string sentence, std::function<bool(const T&)> predicate,
                       std::function<std::optional<std::string>(const T&)> unclear = nullptr) {
    return {std::move(sentence), std::move(predicate), std::move(unclear)};
}

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
