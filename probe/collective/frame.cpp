// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/frame.h"

namespace assay::probe::collective {

namespace {

constexpr std::size_t head_size = 4;

}  // namespace

std::string framed(std::string_view message) {
    const auto size = static_cast<std::uint32_t>(message.size());
    std::string frame;
    for (unsigned shift = 32; shift > 0;) {
        shift -= 8;
        frame += static_cast<char>(size >> shift & 0xFFU);
    }
    return frame.append(message);
}

std::optional<std::uint32_t> Unframer::length() const {
    if (bytes_.size() < head_size) {
        return std::nullopt;
    }
    std::uint32_t size = 0;
    for (std::size_t at = 0; at < head_size; ++at) {
        size = size << 8U | static_cast<unsigned char>(bytes_[at]);
    }
    return size;
}

std::optional<std::string> Unframer::next() {
    const std::optional<std::uint32_t> size = length();
    if (!size || !wrong_.empty()) {
        return std::nullopt;
    }
    if (*size == 0 || *size > limit_) {
        wrong_ = "a message of " + std::to_string(*size) + " bytes (1 to " +
                 std::to_string(limit_) + " are taken)";
        return std::nullopt;
    }
    if (bytes_.size() < head_size + *size) {
        return std::nullopt;
    }
    std::string message = bytes_.substr(head_size, *size);
    bytes_.erase(0, head_size + *size);
    return message;
}

std::string Unframer::cut() const {
    if (bytes_.empty()) {
        return "";
    }
    const std::optional<std::uint32_t> size = length();
    const std::string of = size ? std::to_string(head_size + *size) : "at least 4";
    return "a message cut after " + std::to_string(bytes_.size()) + " of " + of + " bytes";
}

}  // namespace assay::probe::collective
