// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What came of a phase, counted. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "probe/document.h"
#include "probe/traffic/exchange.h"

namespace assay::probe {

// Order: that of failure_names.
enum class Failure { resolve, refused, unreachable, reset, closed, timeout, garbage };
inline constexpr std::array<const char*, 7> failure_names = {
    "resolve", "refused", "unreachable", "reset", "closed", "timeout", "garbage"};

class Tally {
public:
    explicit Tally(const Phase& phase) : phase_(phase) {}

    void sent() { ++requests_; }
    void answered(const Exchange& exchange);
    void failed(Failure failure, const std::string& text);
    void end() { ended_ = EventLoop::Clock::now(); }

    std::uint64_t requests() const { return requests_; }
    std::uint64_t answers() const { return answers_; }
    std::uint64_t failures() const;
    bool is_live() const { return live_at_.has_value(); }  // of until_marker

    Json phase_json() const;
    // What the document lists besides, each with the phase's name.
    void add_examples(List& list) const;
    void add_events(List& list) const;
    void add_sample(List& list) const;
    void add_slices(List& list) const;

private:
    using Names = std::map<std::string, std::uint64_t>;

    void count_backend(const Exchange& exchange);
    void count_marker(const Exchange& exchange);
    void keep(const Exchange& exchange);
    Json latency_json() const;

    const Phase& phase_;
    EventLoop::Clock::time_point began_ = EventLoop::Clock::now();
    EventLoop::Clock::time_point ended_ = began_;
    std::uint64_t requests_ = 0;
    std::uint64_t answers_ = 0;
    std::map<int, std::uint64_t> statuses_;
    Names backends_;
    std::uint64_t unnamed_ = 0;
    std::uint64_t right_ = 0;
    std::uint64_t wrong_ = 0;
    std::uint64_t absent_ = 0;
    std::array<std::uint64_t, failure_names.size()> failures_{};
    std::array<std::string, failure_names.size()> examples_;
    std::vector<std::uint32_t> latencies_us_;
    Names grpc_;
    std::uint64_t messages_ = 0;
    std::optional<double> live_at_;  // ms
    std::optional<double> first_byte_ms_;
    std::uint64_t first_events_ = 0;
    std::vector<Json> events_;
    std::optional<Json> sample_;
    std::vector<Names> slices_;
};

}  // namespace assay::probe
