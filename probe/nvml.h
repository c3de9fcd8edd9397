// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// NVIDIA's management library, loaded from the container if it is there. Its prototypes are
// declared here from the public interface: nothing of its header or library is needed to build. The
// library may do anything it likes, so the probe loads it after the device nodes were tried. What a
// function does not answer is nothing (null in the document), never 0. One thread.
#pragma once

#include <dlfcn.h>

#include <optional>
#include <string>
#include <vector>

#include "probe/kernel_calls.h"

namespace assay::probe {

using NvmlDevice = void*;  // an opaque handle

inline constexpr int nvml_success = 0;
inline constexpr int nvml_not_found = 6;
inline constexpr int nvml_insufficient_size = 7;
inline constexpr int nvml_function_not_found = 13;

struct GpuIdentity {
    NvmlDevice device = nullptr;
    std::string uuid;
    std::string number;  // "c:195:0", of its node; "" where that is missing
    std::optional<unsigned> minor;
    std::string pci_bus_id;
    std::string name;
    std::vector<std::string> mig_uuids;
    std::string error;  // why the library could not name it; then all the rest is empty
};

class Nvml {
public:
    // Tries each in turn. Without arguments: the loader's search path, then the usual folders.
    static std::vector<std::string> usual_places();
    explicit Nvml(const std::vector<std::string>& places = usual_places());
    Nvml(const Nvml&) = delete;
    Nvml& operator=(const Nvml&) = delete;
    ~Nvml();

    // "ok", "absent" (no such library), or "error: …" (it is there and does not work).
    const std::string& status() const { return status_; }
    bool works() const { return status_ == "ok"; }

    std::optional<std::string> driver_version() const;
    std::optional<int> cuda_driver_version() const;  // 13000 is 13.0
    std::vector<GpuIdentity> gpus(const std::string& dev_root, const KernelCalls& kernel) const;
    // "found", "not_found", "absent" (no library was asked), or "error: …".
    std::string ask_for_uuid(const std::string& uuid) const;

    // Calls a function of the library. The prototype is the arguments' types as they are passed,
    // so pass variables declared with the types of the public interface.
    template <typename... Parameters>
    int call(const char* function, Parameters... arguments) const {
        using Function = int (*)(Parameters...);
        const auto entry = reinterpret_cast<Function>(find(function));
        return entry == nullptr ? nvml_function_not_found : entry(arguments...);
    }

    // A string the library writes into a buffer: name, UUID, serial number.
    std::optional<std::string> text(const char* function, NvmlDevice device) const;

private:
    void* find(const char* function) const;
    std::string words_for(int error) const;
    GpuIdentity identity(NvmlDevice device, const std::string& dev_root,
                         const KernelCalls& kernel) const;
    std::vector<std::string> mig_uuids(NvmlDevice device) const;

    void* library_ = nullptr;
    bool started_ = false;
    std::string status_ = "absent";
};

}  // namespace assay::probe
