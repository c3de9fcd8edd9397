// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/nvml.h"

#include <array>
#include <cstring>

#include "probe/device_nodes.h"
#include "probe/driver_library.h"

namespace assay::probe {

namespace {

constexpr const char* library_name = "libnvidia-ml.so.1";
constexpr std::size_t longest_words = 200;

// nvmlPciInfo_t
struct PciInfo {
    char bus_id_legacy[16];
    unsigned domain;
    unsigned bus;
    unsigned device;
    unsigned pci_device_id;
    unsigned pci_subsystem_id;
    char bus_id[32];
};
static_assert(sizeof(PciInfo) == 68);

std::string shortened(std::string words) {
    if (words.size() > longest_words) {
        words.resize(longest_words);
    }
    return words;
}

}  // namespace

std::vector<std::string> Nvml::usual_places() {
    return driver_library_places(library_name);
}

Nvml::Nvml(const std::vector<std::string>& places) {
    const DriverLibrary library = load_driver_library(places);
    library_ = library.handle;
    if (!library.complaint.empty()) {
        status_ = shortened("error: " + library.complaint);
    }
    if (library_ == nullptr) {
        return;
    }
    const int result = call("nvmlInit_v2");
    started_ = result == nvml_success;
    status_ = started_ ? "ok" : shortened("error: nvmlInit_v2: " + words_for(result));
}

Nvml::~Nvml() {
    if (started_) {
        call("nvmlShutdown");
    }
    // Never unloaded: the library may have left threads or exit handlers behind.
}

void* Nvml::find(const char* function) const {
    return library_ == nullptr ? nullptr : ::dlsym(library_, function);
}

std::string Nvml::words_for(int error) const {
    if (error == nvml_function_not_found) {
        return "the library lacks this function";
    }
    using ErrorString = const char* (*)(int);
    const auto entry = reinterpret_cast<ErrorString>(find("nvmlErrorString"));
    const char* words = entry != nullptr ? entry(error) : nullptr;
    return words != nullptr ? words : "NVML error " + std::to_string(error);
}

std::optional<std::string> Nvml::text(const char* function, NvmlDevice device) const {
    std::array<char, 128> buffer{};
    if (call(function, device, buffer.data(), static_cast<unsigned>(buffer.size() - 1)) !=
        nvml_success) {
        return std::nullopt;
    }
    return std::string(buffer.data());
}

std::optional<std::string> Nvml::driver_version() const {
    std::array<char, 128> buffer{};
    if (!works() || call("nvmlSystemGetDriverVersion", buffer.data(),
                         static_cast<unsigned>(buffer.size() - 1)) != nvml_success) {
        return std::nullopt;
    }
    return std::string(buffer.data());
}

std::optional<int> Nvml::cuda_driver_version() const {
    int version = 0;
    if (!works() || call("nvmlSystemGetCudaDriverVersion_v2", &version) != nvml_success) {
        return std::nullopt;
    }
    return version;
}

std::vector<std::string> Nvml::mig_uuids(NvmlDevice device) const {
    std::vector<std::string> uuids;
    unsigned count = 0;
    if (call("nvmlDeviceGetMaxMigDeviceCount", device, &count) != nvml_success) {
        return uuids;
    }
    for (unsigned index = 0; index < count; ++index) {
        NvmlDevice part = nullptr;
        if (call("nvmlDeviceGetMigDeviceHandleByIndex", device, index, &part) == nvml_success) {
            if (const auto uuid = text("nvmlDeviceGetUUID", part)) {
                uuids.push_back(*uuid);
            }
        }
    }
    return uuids;
}

GpuIdentity Nvml::identity(NvmlDevice device, const std::string& dev_root,
                           const KernelCalls& kernel) const {
    GpuIdentity gpu;
    gpu.device = device;
    gpu.uuid = text("nvmlDeviceGetUUID", device).value_or("");
    gpu.name = text("nvmlDeviceGetName", device).value_or("");
    gpu.mig_uuids = mig_uuids(device);
    PciInfo pci{};
    if (call("nvmlDeviceGetPciInfo_v3", device, &pci) == nvml_success) {
        gpu.pci_bus_id = std::string(pci.bus_id, ::strnlen(pci.bus_id, sizeof pci.bus_id));
    }
    unsigned minor = 0;
    if (call("nvmlDeviceGetMinorNumber", device, &minor) == nvml_success) {
        gpu.minor = minor;
        struct stat node{};
        if (kernel.stat(dev_root + "/nvidia" + std::to_string(minor), node) == 0 &&
            is_device_node(node)) {
            gpu.number = number_of(node).text();
        }
    }
    return gpu;
}

std::vector<GpuIdentity> Nvml::gpus(const std::string& dev_root, const KernelCalls& kernel) const {
    std::vector<GpuIdentity> found;
    unsigned count = 0;
    if (!works() || call("nvmlDeviceGetCount_v2", &count) != nvml_success) {
        return found;
    }
    for (unsigned index = 0; index < count; ++index) {
        NvmlDevice device = nullptr;
        const int result = call("nvmlDeviceGetHandleByIndex_v2", index, &device);
        if (result == nvml_success) {
            found.push_back(identity(device, dev_root, kernel));
        } else {
            GpuIdentity lost;
            lost.error = shortened("GPU " + std::to_string(index) + ": " + words_for(result));
            found.push_back(lost);
        }
    }
    return found;
}

std::string Nvml::ask_for_uuid(const std::string& uuid) const {
    if (!works()) {
        return status_;
    }
    NvmlDevice device = nullptr;
    const int result = call("nvmlDeviceGetHandleByUUID", uuid.c_str(), &device);
    if (result == nvml_success) {
        return "found";
    }
    return result == nvml_not_found ? "not_found" : "error: " + std::to_string(result);
}

}  // namespace assay::probe
