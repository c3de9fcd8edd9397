// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// CUDA's driver library, loaded from the container if it is there. Its prototypes are declared here
// from the public interface: nothing of a toolkit is needed to build what talks to it. One thread.
#pragma once

#include <dlfcn.h>

#include <cstdint>
#include <string>
#include <vector>

#include "probe/compute/device.h"

namespace assay::probe::compute {

using CudaPointer = unsigned long long;  // CUdeviceptr
using CudaHandle = void*;                // of a context, module, function, stream or event

inline constexpr int cuda_success = 0;
inline constexpr int cuda_out_of_memory = 2;
inline constexpr int cuda_no_device = 100;
inline constexpr int cuda_peer_access_already_enabled = 704;

class CudaDriver {
public:
    static std::vector<std::string> usual_places();
    explicit CudaDriver(const std::vector<std::string>& places = usual_places());
    CudaDriver(const CudaDriver&) = delete;
    CudaDriver& operator=(const CudaDriver&) = delete;
    ~CudaDriver() = default;

    bool is_there() const { return library_ != nullptr || !complaint_.empty(); }
    // Why it cannot be used; "" if it can.
    const std::string& complaint() const { return complaint_; }
    int version() const { return version_; }       // of CUDA it speaks: 13000 is 13.0; 0 unknown
    unsigned devices() const { return devices_; }  // that this container was given

    // Calls a function of the library. The prototype is the arguments' types as they are passed, so
    // pass variables declared with the types of the public interface. An entry that is missing
    // answers 500, CUDA_ERROR_NOT_FOUND.
    template <typename... Parameters>
    int call(const char* function, Parameters... arguments) const {
        using Function = int (*)(Parameters...);
        const auto entry = reinterpret_cast<Function>(find(function));
        return entry == nullptr ? not_found : entry(arguments...);
    }

    // The same; throws DeviceError for every answer but success.
    template <typename... Parameters>
    void must(const char* function, Parameters... arguments) const {
        if (const int result = call(function, arguments...); result != cuda_success) {
            fail(function, result);
        }
    }

    [[noreturn]] void fail(const char* function, int result) const;

private:
    static constexpr int not_found = 500;
    void* find(const char* function) const;
    std::string words_for(int result) const;
    void start();

    void* library_ = nullptr;
    std::string complaint_;
    int version_ = 0;
    unsigned devices_ = 0;
};

}  // namespace assay::probe::compute
