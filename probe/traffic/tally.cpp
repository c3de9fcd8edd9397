// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/traffic/tally.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace assay::probe {

namespace {

using Clock = EventLoop::Clock;

constexpr std::size_t backends_named = 16;
constexpr std::size_t slices_at_most = 64;
constexpr std::size_t grpc_statuses_at_most = 20;
constexpr std::size_t longest_example = 160;

double milliseconds(Clock::duration time) {
    const double exact = std::chrono::duration<double, std::milli>(time).count();
    return std::round(std::max(exact, 0.0) * 1000) / 1000;
}

void count_name(std::map<std::string, std::uint64_t>& names, const std::string& name,
                std::size_t most) {
    const auto found = names.find(name);
    if (found != names.end()) {
        ++found->second;
    } else {
        ++names[names.size() < most ? name : "others"];
    }
}

Json names_json(const std::map<std::string, std::uint64_t>& names) {
    Json json = Json::object();
    for (const auto& [name, count] : names) {
        json[name] = count;
    }
    return json;
}

}  // namespace

void Tally::answered(const Exchange& exchange) {
    const Clock::time_point now = Clock::now();
    ++answers_;
    ++statuses_[exchange.status()];
    const auto micros =
        std::chrono::duration_cast<std::chrono::microseconds>(now - exchange.began()).count();
    latencies_us_.push_back(static_cast<std::uint32_t>(micros));
    count_backend(exchange);
    if (!phase_.wanted_marker().empty()) {
        count_marker(exchange);
    }
    if (phase_.is_grpc()) {
        count_name(grpc_, exchange.grpc_status().empty() ? "none" : exchange.grpc_status(),
                   grpc_statuses_at_most);
        messages_ += exchange.event_count();
    }
    if (!phase_.until_marker.empty() && exchange.is_good() && !live_at_) {
        live_at_ = milliseconds(now - began_);
    }
    keep(exchange);
}

void Tally::count_backend(const Exchange& exchange) {
    if (exchange.backend().empty()) {
        ++unnamed_;
        return;
    }
    count_name(backends_, exchange.backend(), backends_named);
    if (phase_.slice_ms > 0) {
        const auto since =
            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
        const std::size_t slice = static_cast<std::uint64_t>(since.count()) / phase_.slice_ms;
        if (slice < slices_at_most) {
            slices_.resize(std::max(slices_.size(), slice + 1));
            count_name(slices_[slice], exchange.backend(), backends_named);
        }
    }
}

void Tally::count_marker(const Exchange& exchange) {
    if (!exchange.marker()) {
        ++absent_;
    } else {
        ++(exchange.marker() == phase_.wanted_marker() ? right_ : wrong_);
    }
}

// What is told of single answers: the first's sample, the events of those with events.
void Tally::keep(const Exchange& exchange) {
    const Clock::time_point first = exchange.first_byte_at().value_or(exchange.began());
    if (exchange.number() == 0) {
        first_byte_ms_ = milliseconds(first - exchange.began());
        first_events_ = exchange.event_count();
    }
    if (exchange.number() == 0 && phase_.sample > 0) {
        Json headers = Json::object();
        for (const Header& header : exchange.sampled_headers()) {
            headers[header.name] = header.value;
        }
        sample_ = Json{{"phase", phase_.name},
                       {"status", exchange.status()},
                       {"headers", std::move(headers)},
                       {"body", exchange.sampled_body()},
                       {"body_bytes", exchange.body_bytes()}};
    }
    if (phase_.kind != Kind::sse && phase_.kind != Kind::grpc_stream) {
        return;
    }
    std::size_t index = 0;
    for (const Event& event : exchange.events()) {
        if (events_.size() >= events_kept) {
            return;
        }
        events_.push_back({{"phase", phase_.name},
                           {"request", exchange.number()},
                           {"event", index++},
                           {"at_ms", milliseconds(event.at - first)},
                           {"data", event.data}});
    }
}

void Tally::failed(Failure failure, const std::string& text) {
    const auto index = static_cast<std::size_t>(failure);
    if (failures_.at(index)++ == 0) {
        examples_.at(index) = text.substr(0, longest_example);
    }
}

std::uint64_t Tally::failures() const {
    return std::accumulate(failures_.begin(), failures_.end(), std::uint64_t{0});
}

Json Tally::latency_json() const {
    if (latencies_us_.empty()) {
        return {};
    }
    std::vector<std::uint32_t> sorted = latencies_us_;
    std::ranges::sort(sorted);
    // The smallest that at least that share of all does not exceed.
    const auto quantile = [&](double share) {
        const auto rank = std::ceil(share * static_cast<double>(sorted.size()));
        return sorted[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
    };
    return {{"p50", quantile(0.5)},
            {"p90", quantile(0.9)},
            {"p99", quantile(0.99)},
            {"max", sorted.back()}};
}

Json Tally::phase_json() const {
    const double seconds = std::chrono::duration<double>(ended_ - began_).count();
    Json statuses = Json::object();
    for (const auto& [status, count] : statuses_) {
        statuses[std::to_string(status)] = count;
    }
    Json failures = Json::object();
    for (std::size_t index = 0; index < failures_.size(); ++index) {
        if (failures_.at(index) > 0) {
            failures[failure_names.at(index)] = failures_.at(index);
        }
    }
    Json json = {{"name", phase_.name},
                 {"kind", kind_name(phase_.kind)},
                 {"protocol", phase_.http2 ? "h2c" : "http1"},
                 {"requests", requests_},
                 {"answered", answers_},
                 {"statuses", std::move(statuses)},
                 {"by_backend", names_json(backends_)},
                 {"unnamed", unnamed_},
                 {"markers", {{"right", right_}, {"wrong", wrong_}, {"absent", absent_}}},
                 {"failures", std::move(failures)},
                 {"latency_us", latency_json()},
                 {"seconds", std::round(seconds * 1000) / 1000},
                 {"per_second",
                  std::round(static_cast<double>(answers_) / std::max(seconds, 1e-6) * 10) / 10}};
    if (phase_.is_grpc()) {
        json["grpc"] = names_json(grpc_);
        json["messages"] = messages_;
    }
    if (!phase_.until_marker.empty()) {
        json["until"] = {{"live", live_at_.has_value()},
                         {"after_ms", live_at_ ? Json(*live_at_) : Json()}};
    }
    if (phase_.kind == Kind::sse || phase_.kind == Kind::grpc_stream) {
        json["first_byte_ms"] = first_byte_ms_ ? Json(*first_byte_ms_) : Json();
        json["events"] = first_events_;
    }
    return json;
}

void Tally::add_examples(List& list) const {
    for (std::size_t index = 0; index < examples_.size(); ++index) {
        if (failures_.at(index) > 0) {
            list.items.push_back({{"phase", phase_.name},
                                  {"kind", failure_names.at(index)},
                                  {"text", examples_.at(index)}});
        }
    }
}

void Tally::add_events(List& list) const {
    list.items.insert(list.items.end(), events_.begin(), events_.end());
}

void Tally::add_sample(List& list) const {
    if (sample_) {
        list.items.push_back(*sample_);
    }
}

void Tally::add_slices(List& list) const {
    for (std::size_t index = 0; index < slices_.size(); ++index) {
        list.items.push_back({{"phase", phase_.name},
                              {"at_ms", index * phase_.slice_ms},
                              {"by_backend", names_json(slices_[index])}});
    }
}

}  // namespace assay::probe
