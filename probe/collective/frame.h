// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Messages on a stream of bytes: four bytes of length, the most significant first, and so many
// bytes of JSON. Values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::probe::collective {

inline constexpr std::size_t stranger_limit = 8 * 1024;  // bytes, of who has not shown the secret
inline constexpr std::size_t known_limit = 1024 * 1024;  // bytes

std::string framed(std::string_view message);

// Takes bytes as they come, gives messages as they are whole.
class Unframer {
public:
    explicit Unframer(std::size_t limit) : limit_(limit) {}

    void allow(std::size_t limit) { limit_ = limit; }
    void add(std::string_view bytes) { bytes_.append(bytes); }

    // The next whole message. Nothing: there is none yet, or wrong() is not "".
    std::optional<std::string> next();

    // "" or what is wrong with the stream: a message of no bytes or of more than the limit. Of such
    // a stream nothing more can be read.
    const std::string& wrong() const { return wrong_; }

    // What the end of the stream cuts: "" if nothing, else "a message cut after 3 of 20 bytes".
    std::string cut() const;

private:
    std::optional<std::uint32_t> length() const;

    std::size_t limit_;
    std::string bytes_;
    std::string wrong_;
};

}  // namespace assay::probe::collective
