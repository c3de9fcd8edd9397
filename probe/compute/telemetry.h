// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What an accelerator does while it is timed: its clock, its power, why it holds back. Samples ten
// times a second in a thread of its own; NVML is used by no other meanwhile.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "probe/nvml.h"

namespace assay::probe::compute {

struct Observed {
    std::vector<unsigned> sm_mhz;
    std::vector<unsigned> power_mw;
    std::vector<unsigned> celsius;
    // NVML's bit mask (nvmlClocksEventReasons), every bit that was ever set.
    std::optional<unsigned long long> throttle_reasons;
};

class Telemetry {
public:
    // Nothing is sampled without NVML (null) or without a GPU of this UUID.
    Telemetry(const Nvml* nvml, const std::string& uuid);
    Telemetry(const Telemetry&) = delete;
    Telemetry& operator=(const Telemetry&) = delete;
    ~Telemetry() = default;

    Observed stop();  // once; what was seen until now

private:
    void watch(const std::stop_token& stop);
    void sample();

    const Nvml* nvml_;
    NvmlDevice gpu_ = nullptr;
    Observed seen_;
    std::mutex mutex_;
    std::condition_variable_any woken_;
    std::jthread watching_;
};

// The middle one, or of two the mean; nothing of an empty list.
std::optional<double> median(std::vector<double> values);

}  // namespace assay::probe::compute
