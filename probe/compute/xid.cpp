// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/xid.h"

#include <algorithm>
#include <array>

namespace assay::probe::compute {

namespace {

constexpr unsigned long long xid_event = 0x8;  // nvmlEventTypeXidCriticalError
constexpr std::size_t xids_at_most = 64;       // of one call

struct EventData {  // nvmlEventData_t
    NvmlDevice device;
    unsigned long long type, data;
    unsigned gpu_instance, compute_instance;
};
static_assert(sizeof(EventData) == 32);

// What to do by NVIDIA's catalogue of XIDs (docs.nvidia.com/deploy/xid-errors, its resolution
// buckets, as of 2026-11). All others are left to whoever reads.
constexpr std::array<unsigned, 15> reset_the_gpu = {46,  48,  62,  64,  95,  109, 110, 119,
                                                    120, 136, 140, 143, 155, 156, 158};
constexpr std::array<unsigned, 2> restart_the_node = {79, 160};
constexpr std::array<unsigned, 8> look_at_nvlink = {74, 144, 145, 146, 147, 148, 149, 150};
// Told of otherwise (rows that wait to be remapped), or of no consequence.
constexpr std::array<unsigned, 14> ignored = {14, 37, 38,  44,  63,  66,  67,
                                              92, 93, 106, 107, 121, 137, 154};
constexpr unsigned power_is_short = 54;
constexpr unsigned memory_error_contained = 94;

template <std::size_t N>
bool is_one_of(const std::array<unsigned, N>& all, unsigned long long xid) {
    return std::find(all.begin(), all.end(), xid) != all.end();
}

Reason failed(const std::string& name, const char* what_to_do) {
    return {Verdict::fail, "xid", name + " while it computed: " + what_to_do};
}

}  // namespace

XidWatch::XidWatch(const Nvml* nvml, const std::string& uuid) : nvml_(nvml) {
    NvmlDevice gpu = nullptr;
    if (nvml_ == nullptr || !nvml_->works() || uuid.empty() ||
        nvml_->call("nvmlDeviceGetHandleByUUID", uuid.c_str(), &gpu) != nvml_success ||
        nvml_->call("nvmlEventSetCreate", &events_) != nvml_success) {
        events_ = nullptr;
        return;
    }
    if (nvml_->call("nvmlDeviceRegisterEvents", gpu, xid_event, events_) != nvml_success) {
        nvml_->call("nvmlEventSetFree", events_);
        events_ = nullptr;
    }
}

XidWatch::~XidWatch() {
    if (events_ != nullptr) {
        nvml_->call("nvmlEventSetFree", events_);
    }
}

std::optional<Xids> XidWatch::take() const {
    if (events_ == nullptr) {
        return std::nullopt;
    }
    Xids xids;
    EventData event{};
    const unsigned at_once_ms = 0;
    while (xids.size() < xids_at_most &&
           nvml_->call("nvmlEventSetWait_v2", events_, &event, at_once_ms) == nvml_success) {
        if (event.type == xid_event) {
            xids.push_back(event.data);
        }
    }
    return xids;
}

std::optional<Reason> reason_of_xid(unsigned long long xid) {
    const std::string name = "the driver reported XID " + std::to_string(xid);
    if (is_one_of(ignored, xid)) {
        return std::nullopt;
    }
    if (is_one_of(reset_the_gpu, xid)) {
        return failed(name, "reset it");
    }
    if (is_one_of(restart_the_node, xid)) {
        return failed(name, "restart its node");
    }
    if (is_one_of(look_at_nvlink, xid)) {
        return failed(name, "look at its NVLink");
    }
    if (xid == power_is_short) {
        return failed(name, "look at its power cables");
    }
    if (xid == memory_error_contained) {
        return failed(name, "a memory error that could not be corrected; reset it");
    }
    return Reason{Verdict::inconclusive, "xid",
                  name + " while it computed: a program on it may be at fault, or the GPU"};
}

}  // namespace assay::probe::compute
