// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What an owner of a GPU can leave to others: the contents of its memory, and a handle by which
// another process opens a piece of it (CUDA's inter-process communication). The first GPU of the
// container is used, and no processor stands in for one. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace assay::probe {

// What memory is marked with, again and again.
using Mark = std::array<std::byte, 16>;

std::optional<Mark> parse_mark(const std::string& text);  // 32 hexadecimal digits

// Nothing is done with a GPU of whose memory somebody else holds more than a tenth: it is shared,
// and what is taken here others would miss.
inline constexpr double least_free_share = 0.9;
inline constexpr std::uint64_t marked_bytes_at_most = std::uint64_t{1} << 30U;

struct MarkedMemory {
    std::string uuid;         // of the GPU, "" if none was met
    std::uint64_t bytes = 0;  // that held the mark when they were read back
    std::string handle;       // 128 hexadecimal digits; "" if there is none
    std::string why;          // nothing is marked, or there is no handle
};

// Marks memory and keeps it until its end. What is in the way is told, never thrown.
class MemoryMarker {
public:
    explicit MemoryMarker(const Mark& mark);
    MemoryMarker(const MemoryMarker&) = delete;
    MemoryMarker& operator=(const MemoryMarker&) = delete;
    ~MemoryMarker();

    const MarkedMemory& marked() const { return marked_; }

private:
    struct Held;
    std::unique_ptr<Held> held_;
    MarkedMemory marked_;
};

struct SearchedMemory {
    std::string uuid;
    std::uint64_t total_bytes = 0;     // of the GPU
    std::uint64_t searched_bytes = 0;  // that could be had, as the driver lent them
    std::uint64_t found_bytes = 0;     // of these, that hold the mark
    std::string why;                   // nothing was searched
};

SearchedMemory search_memory(const Mark& mark);

struct OpenedHandle {
    enum class Answer { opened, refused, not_tried };
    Answer answer = Answer::not_tried;
    std::string words;   // the driver's, or why it was not tried
    std::string begins;  // 32 hexadecimal digits: what was read there; "" if nothing could be read
};

const char* name_of(OpenedHandle::Answer answer);

// The text is that of a handle: 128 hexadecimal digits.
bool is_handle(const std::string& text);
OpenedHandle open_handle(const std::string& handle);

}  // namespace assay::probe
