// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What /metrics says, in Prometheus' text format. One thread. Durations in seconds.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace assay::probe {

// Who a server says it is; "" where it was not told.
struct Identity {
    std::string name;    // which backend
    std::string marker;  // of which run
    std::string pod;
};

class ServerMetrics {
public:
    explicit ServerMetrics(const Identity& identity);

    void count(std::chrono::nanoseconds duration);

    // False: no name for a gauge, or there are 64 already.
    bool set_gauge(const std::string& name, double value);
    bool withdraw_gauge(const std::string& name);  // false: there was none

    std::string text() const;

private:
    static constexpr std::array<double, 11> bounds = {0.001, 0.005, 0.01, 0.05, 0.1, 0.25,
                                                      0.5,   1.0,   2.5,  5.0,  10.0};

    std::string labels_;  // marker and backend, without braces
    std::string info_;    // and pod
    std::uint64_t requests_ = 0;
    double seconds_ = 0;
    std::array<std::uint64_t, bounds.size()> within_{};  // each bound, not cumulative
    std::map<std::string, double> gauges_;
};

}  // namespace assay::probe
