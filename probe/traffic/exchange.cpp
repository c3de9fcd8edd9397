// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/traffic/exchange.h"

#include <algorithm>

namespace assay::probe {

namespace {

constexpr std::size_t headers_sampled = 24;
constexpr std::size_t longest_value = 256;    // of a header that is kept
constexpr std::size_t longest_data = 160;     // of an event that is kept
constexpr std::size_t longest_line = 65'536;  // of an event stream

}  // namespace

Exchange::Exchange(const Phase& phase, std::uint64_t number) : phase_(phase), number_(number) {}

void Exchange::first_byte() {
    if (!first_byte_at_) {
        first_byte_at_ = EventLoop::Clock::now();
    }
}

bool Exchange::take_header(std::string_view name, std::string_view value) {
    header_bytes_ += name.size() + value.size();
    if (header_bytes_ > answer_headers_at_most) {
        return false;
    }
    const std::string_view kept = value.substr(0, longest_value);
    if (name == "x-assay-backend") {
        backend_ = kept;
    }
    if (name == phase_.marker_header) {
        marker_ = kept;
    }
    if (name == "grpc-status") {
        grpc_status_ = value.substr(0, 8);
    }
    if (phase_.sample > 0 && number_ == 0 && sampled_headers_.size() < headers_sampled) {
        sampled_headers_.push_back({std::string(name), std::string(kept)});
    }
    return true;
}

bool Exchange::take_body(std::string_view bytes) {
    body_bytes_ += bytes.size();
    if (body_bytes_ > answer_body_at_most) {
        return false;
    }
    if (phase_.sample > sampled_body_.size() && number_ == 0) {
        sampled_body_.append(bytes.substr(0, phase_.sample - sampled_body_.size()));
    }
    if (phase_.kind == Kind::sse) {
        take_events(bytes);
    }
    return !phase_.is_grpc() || take_messages(bytes);
}

void Exchange::take_events(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = std::min(bytes.find('\n'), bytes.size());
        const std::size_t room = longest_line - std::min(line_.size(), longest_line);
        line_.append(bytes.substr(0, std::min(end, room)));
        if (end == bytes.size()) {
            return;
        }
        bytes.remove_prefix(end + 1);
        if (line_.ends_with('\r')) {
            line_.pop_back();
        }
        take_line(line_);
        line_.clear();
    }
}

void Exchange::take_line(std::string_view line) {
    if (line.empty()) {
        if (!data_.empty()) {
            add_event(data_);
        }
        data_.clear();
    } else if (line.starts_with("data:")) {
        line.remove_prefix(line.starts_with("data: ") ? 6 : 5);
        data_ += (data_.empty() ? "" : "\n") + std::string(line.substr(0, longest_data));
        data_.resize(std::min(data_.size(), longest_data));
    }
}

bool Exchange::take_messages(std::string_view bytes) {
    const auto messages = frames_.take(bytes);
    if (!messages) {
        return false;
    }
    for (const std::string& message : *messages) {
        const std::optional<EchoReply> reply = decode_echo_reply(message);
        if (!reply) {
            return false;
        }
        add_event(reply->message);
    }
    return true;
}

void Exchange::add_event(std::string_view data) {
    ++event_count_;
    if (events_.size() < events_kept) {
        events_.push_back({EventLoop::Clock::now(), std::string(data.substr(0, longest_data))});
    }
}

bool Exchange::is_good() const {
    const bool answered = phase_.is_grpc() ? grpc_status_ == "0" : status_ >= 200 && status_ < 400;
    return answered && marker_ && *marker_ == phase_.wanted_marker();
}

}  // namespace assay::probe
