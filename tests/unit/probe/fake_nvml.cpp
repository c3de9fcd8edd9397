// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A stand-in for libnvidia-ml.so.1 with two GPUs: the first answers most questions, the second is
// lost. ASSAY_FAKE_NVML_INIT is what nvmlInit_v2 returns, ASSAY_FAKE_NVML_UUID another name of the
// first GPU, ASSAY_FAKE_NVML_XIDS ("79,13") what is reported of it; without, no events. Functions
// that are missing here are functions an older driver lacks.

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int success = 0, not_supported = 3, not_found = 6, timed_out = 10, gpu_is_lost = 15;
constexpr const char* uuid = "GPU-11111111-2222-3333-4444-555555555555";
// Its address is the handle.
int the_gpu;            // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
const char* xids_left;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

int write(char* out, unsigned length, const char* text) {
    std::snprintf(out, length, "%s", text);
    return success;
}

struct PciInfo {
    char legacy[16];
    unsigned numbers[5];
    char bus_id[32];
};

struct Memory {
    unsigned version;
    unsigned long long total, reserved, free, used;
};

struct Event {
    void* device;
    unsigned long long type, data;
    unsigned instances[2];
};

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): NVML's own names
extern "C" {

int nvmlInit_v2() {
    const char* result = std::getenv("ASSAY_FAKE_NVML_INIT");
    return result != nullptr ? std::atoi(result) : success;
}
int nvmlShutdown() {
    return success;
}
const char* nvmlErrorString(int error) {
    return error == gpu_is_lost ? "GPU is lost" : "Driver Not Loaded";
}
int nvmlSystemGetDriverVersion(char* out, unsigned length) {
    return write(out, length, "580.95.05");
}
int nvmlSystemGetCudaDriverVersion_v2(int* version) {
    *version = 13000;
    return success;
}
int nvmlDeviceGetCount_v2(unsigned* count) {
    *count = 2;
    return success;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
    *device = &the_gpu;
    return index == 0 ? success : gpu_is_lost;
}
int nvmlDeviceGetHandleByUUID(const char* asked, void** device) {
    *device = &the_gpu;
    if (std::strcmp(asked, "GPU-lost") == 0) {
        return gpu_is_lost;
    }
    const char* another = std::getenv("ASSAY_FAKE_NVML_UUID");
    const bool known = another != nullptr && std::strcmp(asked, another) == 0;
    return known || std::strcmp(asked, uuid) == 0 ? success : not_found;
}
int nvmlDeviceGetUUID(void* device, char* out, unsigned length) {
    return device == &the_gpu ? write(out, length, uuid) : not_supported;
}
int nvmlDeviceGetName(void* /*device*/, char* out, unsigned length) {
    return write(out, length, "NVIDIA H200");
}
int nvmlDeviceGetMinorNumber(void* /*device*/, unsigned* minor) {
    *minor = 3;
    return success;
}
int nvmlDeviceGetPciInfo_v3(void* /*device*/, PciInfo* info) {
    return write(info->bus_id, sizeof info->bus_id, "00000000:18:00.0");
}
int nvmlDeviceGetMemoryInfo_v2(void* /*device*/, Memory* memory) {
    if (memory->version != (sizeof(Memory) | 2U << 24U)) {
        return not_supported;
    }
    memory->total = 150754820096ULL;
    memory->reserved = 2;
    memory->free = 150754820091ULL;
    memory->used = 3;
    return success;
}
int nvmlDeviceGetRemappedRows(void* /*device*/, unsigned* corrected, unsigned* uncorrected,
                              unsigned* pending, unsigned* failed) {
    *corrected = 1;
    *uncorrected = 2;
    *pending = 1;
    *failed = 0;
    return success;
}
int nvmlDeviceGetNumaNodeId(void* /*device*/, unsigned* node) {
    *node = 77;
    return not_supported;  // what it wrote must not be believed
}
int nvmlDeviceGetNvLinkState(void* /*device*/, unsigned link, int* active) {
    *active = link == 0 ? 1 : 0;
    return link < 2 ? success : not_supported;
}
int nvmlEventSetCreate(void** set) {
    xids_left = std::getenv("ASSAY_FAKE_NVML_XIDS");
    *set = &xids_left;
    return xids_left != nullptr ? success : not_supported;
}
int nvmlEventSetFree(void* /*set*/) {
    return success;
}
int nvmlDeviceRegisterEvents(void* device, unsigned long long types, void* set) {
    return device == &the_gpu && types == 8 && set == &xids_left ? success : not_supported;
}
int nvmlEventSetWait_v2(void* /*set*/, Event* event, unsigned /*milliseconds*/) {
    char* end = nullptr;
    const unsigned long long xid = std::strtoull(xids_left, &end, 10);
    if (end == xids_left) {
        return timed_out;
    }
    xids_left = *end == ',' ? end + 1 : end;
    *event = {.device = &the_gpu, .type = 8, .data = xid, .instances = {}};
    return success;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void* /*device*/, unsigned* count, void* /*out*/) {
    *count = 2;
    return 7;  // the buffer is too small: the count is still told
}
}
// NOLINTEND(readability-identifier-naming)
