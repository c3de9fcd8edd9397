// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the collective needs of a CUDA device: a context, a stream, two buffers, two events. By the
// driver's interface (libcuda.so.1), whose prototypes are declared here from the public interface.
// Frees what it took. One thread, that which opened it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "probe/collective/library.h"

namespace assay::probe::collective {

class CudaBuffers {
public:
    // `library`: outlives it.
    explicit CudaBuffers(const Library& library) : cuda_(library) {}
    CudaBuffers(const CudaBuffers&) = delete;
    CudaBuffers& operator=(const CudaBuffers&) = delete;
    ~CudaBuffers();

    // Each returns "" or what the driver said is wrong.
    std::string open(int device);             // whose primary context becomes this thread's
    std::string allocate(std::size_t bytes);  // of each of the two buffers
    std::string copy_in(std::span<const float> input, std::span<const float> output);
    std::string copy_out(std::span<float> output) const;
    std::string record_begin() const;
    std::string record_end() const;
    // Whether what was recorded as the end has come to pass; `wrong` is "" or what is wrong.
    bool ended(std::string& wrong) const;
    // From begin to end, microseconds; after ended().
    double elapsed_us() const;

    void* stream() const { return stream_; }
    // As device pointers.
    void* input() const { return pointer(input_); }
    void* output() const { return pointer(output_); }

    // After a hang: everything is left to the end of the process, freeing would wait for the hang.
    void abandon() { abandoned_ = true; }

private:
    // CUdeviceptr is 64 bits wide; NCCL takes the same value as a pointer.
    static void* pointer(std::uint64_t address) {
        return reinterpret_cast<void*>(address);  // NOLINT(performance-no-int-to-ptr)
    }
    std::string words(const char* function, int result) const;

    const Library& cuda_;
    bool abandoned_ = false;
    std::optional<int> device_;
    void* stream_ = nullptr;
    void* begin_ = nullptr;
    void* end_ = nullptr;
    std::uint64_t input_ = 0;
    std::uint64_t output_ = 0;
};

}  // namespace assay::probe::collective
