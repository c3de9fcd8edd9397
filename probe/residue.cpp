// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/residue.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>
#include <span>

#include "probe/compute/cuda/cuda_device.h"
#include "probe/compute/cuda/driver.h"
#include "probe/compute/cuda/pieces.h"

namespace assay::probe {

namespace {

using namespace compute;

constexpr std::size_t copied_at_once = std::size_t{64} << 20U;  // bytes

// CUipcMemHandle, which the driver takes by value.
struct IpcHandle {
    std::array<std::byte, 64> bytes;
};

bool is_hexadecimal(const std::string& text, std::size_t digits) {
    return text.size() == digits &&
           std::ranges::all_of(text, [](unsigned char one) { return std::isxdigit(one) != 0; });
}

template <std::size_t Size>
std::array<std::byte, Size> bytes_of_text(const std::string& text) {
    std::array<std::byte, Size> bytes{};
    for (std::size_t index = 0; index < Size; ++index) {
        unsigned value = 0;
        const char* digits = text.data() + 2 * index;
        std::from_chars(digits, digits + 2, value, 16);
        bytes[index] = static_cast<std::byte>(value);
    }
    return bytes;
}

std::string text_of(std::span<const std::byte> bytes) {
    constexpr const char* digits = "0123456789abcdef";
    std::string text;
    for (const std::byte one : bytes) {
        text += digits[std::to_integer<unsigned>(one) >> 4U];
        text += digits[std::to_integer<unsigned>(one) & 15U];
    }
    return text;
}

// The first GPU that the container was given, with its context current.
class FirstGpu {
public:
    FirstGpu() {
        if (!driver_.is_there()) {
            throw DeviceError("there is no libcuda.so.1");
        }
        if (!driver_.complaint().empty()) {
            throw DeviceError(driver_.complaint());
        }
        const int first = 0;
        driver_.must("cuDeviceGet", &device_, first);
        driver_.must("cuDevicePrimaryCtxRetain", &context_, device_);
        driver_.must("cuCtxSetCurrent", context_);
    }
    FirstGpu(const FirstGpu&) = delete;
    FirstGpu& operator=(const FirstGpu&) = delete;
    ~FirstGpu() { driver_.call("cuDevicePrimaryCtxRelease_v2", device_); }

    const CudaDriver& driver() const { return driver_; }
    std::string uuid() const { return uuid_of(driver_, device_); }

    struct Room {
        std::size_t free = 0;
        std::size_t total = 0;
    };
    Room room() const {
        Room room;
        driver_.must("cuMemGetInfo_v2", &room.free, &room.total);
        if (static_cast<double>(room.free) < least_free_share * static_cast<double>(room.total)) {
            throw DeviceError("somebody else holds memory of the GPU: of " +
                              std::to_string(room.total) + " bytes " + std::to_string(room.free) +
                              " are free");
        }
        return room;
    }

private:
    CudaDriver driver_;
    int device_ = 0;  // CUdevice
    CudaHandle context_ = nullptr;
};

// As many whole marks as there are bytes for.
std::vector<std::byte> marks(const Mark& mark, std::size_t bytes) {
    std::vector<std::byte> all(bytes / mark.size() * mark.size());
    for (std::size_t at = 0; at < all.size(); at += mark.size()) {
        std::ranges::copy(mark, all.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return all;
}

void write_marks(const DeviceBuffer& piece, const Mark& mark) {
    const auto all = marks(mark, std::min(piece.bytes(), copied_at_once));
    for (std::size_t at = 0; at < piece.bytes(); at += all.size()) {
        piece.upload(all.data(), std::min(all.size(), piece.bytes() - at), at);
    }
}

// Bytes of the piece that hold the mark. Copied through memory that the device reaches by itself:
// from any other it takes several times as long.
std::uint64_t marked_bytes_of(const CudaDriver& driver, const DeviceBuffer& piece,
                              const Mark& mark) {
    const PinnedBuffer copy(driver, copied_at_once);
    const auto* bytes = static_cast<const std::byte*>(copy.place());
    std::uint64_t found = 0;
    for (std::size_t at = 0; at < piece.bytes(); at += copied_at_once) {
        const std::size_t size = std::min(copied_at_once, piece.bytes() - at);
        piece.download(copy.place(), size, at);
        for (std::size_t one = 0; one + mark.size() <= size; one += mark.size()) {
            found += std::memcmp(bytes + one, mark.data(), mark.size()) == 0 ? mark.size() : 0;
        }
    }
    return found;
}

std::uint64_t marked_bytes_of(const CudaDriver& driver, const Pieces& pieces, const Mark& mark) {
    std::uint64_t found = 0;
    for (const auto& piece : pieces) {
        found += marked_bytes_of(driver, *piece, mark);
    }
    return found;
}

std::string handle_of(const CudaDriver& driver, const DeviceBuffer& piece) {
    IpcHandle handle{};
    driver.must("cuIpcGetMemHandle", &handle, piece.pointer());
    return text_of(handle.bytes);
}

}  // namespace

struct MemoryMarker::Held {
    FirstGpu gpu;
    Pieces pieces;
};

MemoryMarker::MemoryMarker(const Mark& mark) {
    try {
        held_ = std::make_unique<Held>();
        const CudaDriver& driver = held_->gpu.driver();
        marked_.uuid = held_->gpu.uuid();
        held_->pieces = lent_pieces(
            driver, std::min<std::uint64_t>(marked_bytes_at_most, held_->gpu.room().free));
        for (const auto& piece : held_->pieces) {
            write_marks(*piece, mark);
        }
        marked_.bytes = marked_bytes_of(driver, held_->pieces, mark);
        if (marked_.bytes == 0) {
            throw DeviceError("what was written to its memory cannot be read there");
        }
        marked_.handle = handle_of(driver, *held_->pieces.front());
    } catch (const DeviceError& error) {
        marked_.why = error.what();
    }
}

MemoryMarker::~MemoryMarker() = default;

std::optional<Mark> parse_mark(const std::string& text) {
    const bool is_one = is_hexadecimal(text, 2 * Mark().size());
    return is_one ? std::optional(bytes_of_text<Mark().size()>(text)) : std::nullopt;
}

SearchedMemory search_memory(const Mark& mark) {
    SearchedMemory searched;
    try {
        const FirstGpu gpu;
        searched.uuid = gpu.uuid();
        const FirstGpu::Room room = gpu.room();
        searched.total_bytes = room.total;
        // All of it is held while it is searched: what is given back could be lent once more.
        const Pieces pieces = lent_pieces(gpu.driver(), room.free);
        searched.found_bytes = marked_bytes_of(gpu.driver(), pieces, mark);
        searched.searched_bytes = bytes_of(pieces);
    } catch (const DeviceError& error) {
        searched.why = error.what();
    }
    return searched;
}

const char* name_of(OpenedHandle::Answer answer) {
    return answer == OpenedHandle::Answer::opened    ? "opened"
           : answer == OpenedHandle::Answer::refused ? "refused"
                                                     : "not_tried";
}

bool is_handle(const std::string& text) {
    return is_hexadecimal(text, 2 * sizeof(IpcHandle));
}

OpenedHandle open_handle(const std::string& handle) {
    OpenedHandle result;
    try {
        const FirstGpu gpu;
        CudaPointer pointer = 0;
        const IpcHandle taken{bytes_of_text<sizeof(IpcHandle)>(handle)};
        const unsigned lazy_peer_access = 1;
        try {
            gpu.driver().must("cuIpcOpenMemHandle_v2", &pointer, taken, lazy_peer_access);
        } catch (const DeviceError& error) {
            result.answer = OpenedHandle::Answer::refused;
            result.words = error.what();
            return result;
        }
        result.answer = OpenedHandle::Answer::opened;
        Mark first{};
        const std::size_t size = first.size();
        void* to = first.data();
        gpu.driver().must("cuMemcpyDtoH_v2", to, pointer, size);
        result.begins = text_of(first);
        gpu.driver().call("cuIpcCloseMemHandle", pointer);
    } catch (const DeviceError& error) {
        result.words = error.what();
    }
    return result;
}

}  // namespace assay::probe
