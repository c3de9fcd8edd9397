// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/telemetry.h"

#include <algorithm>
#include <chrono>

namespace assay::probe::compute {

namespace {

constexpr std::chrono::milliseconds between_samples{100};
constexpr int clock_sm = 1;    // nvmlClockType_t
constexpr int sensor_gpu = 0;  // nvmlTemperatureSensors_t

}  // namespace

Telemetry::Telemetry(const Nvml* nvml, const std::string& uuid) : nvml_(nvml) {
    if (nvml_ == nullptr || !nvml_->works() || uuid.empty() ||
        nvml_->call("nvmlDeviceGetHandleByUUID", uuid.c_str(), &gpu_) != nvml_success) {
        return;
    }
    watching_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

Observed Telemetry::stop() {
    if (watching_.joinable()) {
        watching_.request_stop();
        watching_.join();
    }
    return seen_;
}

void Telemetry::watch(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        sample();
        woken_.wait_for(lock, stop, between_samples, [] { return false; });
    }
}

void Telemetry::sample() {
    unsigned value = 0;
    if (nvml_->call("nvmlDeviceGetClockInfo", gpu_, clock_sm, &value) == nvml_success) {
        seen_.sm_mhz.push_back(value);
    }
    if (nvml_->call("nvmlDeviceGetPowerUsage", gpu_, &value) == nvml_success) {
        seen_.power_mw.push_back(value);
    }
    if (nvml_->call("nvmlDeviceGetTemperature", gpu_, sensor_gpu, &value) == nvml_success) {
        seen_.celsius.push_back(value);
    }
    unsigned long long reasons = 0;
    // The second is the first's name before driver 535.
    if (nvml_->call("nvmlDeviceGetCurrentClocksEventReasons", gpu_, &reasons) == nvml_success ||
        nvml_->call("nvmlDeviceGetCurrentClocksThrottleReasons", gpu_, &reasons) == nvml_success) {
        seen_.throttle_reasons = seen_.throttle_reasons.value_or(0) | reasons;
    }
}

std::optional<double> median(std::vector<double> values) {
    if (values.empty()) {
        return std::nullopt;
    }
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace assay::probe::compute
