// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// One request and what came back of it, as a connection reads it. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/traffic/event_loop.h"
#include "probe/traffic/phase.h"

namespace assay::probe {

inline constexpr std::size_t answer_headers_at_most = std::size_t{64} * 1024;  // bytes
inline constexpr std::size_t answer_body_at_most = std::size_t{64} * 1024 * 1024;
inline constexpr std::size_t events_kept = 256;

struct Event {
    EventLoop::Clock::time_point at;
    std::string data;
};

class Exchange {
public:
    using Time = EventLoop::Clock::time_point;

    Exchange(const Phase& phase, std::uint64_t number);

    // What the connection reads, in this order. False: beyond a limit, or not what was asked for.
    void first_byte();
    void take_status(int status) { status_ = status; }
    bool take_header(std::string_view name, std::string_view value);  // trailers too
    bool take_body(std::string_view bytes);

    std::uint64_t number() const { return number_; }  // within the phase, from 0
    Time began() const { return began_; }
    std::optional<Time> first_byte_at() const { return first_byte_at_; }
    int status() const { return status_; }
    const std::string& backend() const { return backend_; }
    const std::optional<std::string>& marker() const { return marker_; }
    const std::string& grpc_status() const { return grpc_status_; }
    const std::vector<Event>& events() const { return events_; }
    std::uint64_t event_count() const { return event_count_; }
    const std::vector<Header>& sampled_headers() const { return sampled_headers_; }
    const std::string& sampled_body() const { return sampled_body_; }
    std::size_t body_bytes() const { return body_bytes_; }
    bool is_good() const;  // it carries the marker wanted and no error

    std::size_t body_sent = 0;  // the connection's own note

private:
    void take_events(std::string_view bytes);
    void take_line(std::string_view line);
    bool take_messages(std::string_view bytes);
    void add_event(std::string_view data);

    const Phase& phase_;
    std::uint64_t number_;
    Time began_ = EventLoop::Clock::now();
    std::optional<Time> first_byte_at_;
    int status_ = 0;
    std::size_t header_bytes_ = 0;
    std::size_t body_bytes_ = 0;
    std::string backend_;
    std::optional<std::string> marker_;
    std::string grpc_status_;
    std::vector<Header> sampled_headers_;
    std::string sampled_body_;
    std::string line_;  // of an event stream, not yet whole
    std::string data_;  // of the event that is being read
    GrpcFrames frames_;
    std::vector<Event> events_;
    std::uint64_t event_count_ = 0;
};

}  // namespace assay::probe
