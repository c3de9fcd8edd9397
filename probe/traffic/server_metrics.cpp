// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/traffic/server_metrics.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

namespace assay::probe {

namespace {

constexpr std::size_t gauges_at_most = 64;
constexpr std::size_t longest_gauge_name = 128;

std::string number(double value) {
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value > 0 ? "+Inf" : "-Inf";
    }
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
    return {text.data(), end.ptr};
}

std::string escaped(const std::string& value) {
    std::string out;
    for (const char character : value) {
        if (character == '\\' || character == '"') {
            out += '\\';
        }
        out += character == '\n' ? ' ' : character;
    }
    return out;
}

void add_label(std::string& labels, const char* name, const std::string& value) {
    if (!value.empty()) {
        labels += (labels.empty() ? "" : ",") + std::string(name) + "=\"" + escaped(value) + "\"";
    }
}

std::string braced(const std::string& labels) {
    return labels.empty() ? "" : "{" + labels + "}";
}

std::string line(const std::string& name, const std::string& labels, const std::string& value) {
    return name + braced(labels) + " " + value + "\n";
}

bool is_gauge_name(const std::string& name) {
    const auto word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
    return !name.empty() && name.size() <= longest_gauge_name && std::ranges::all_of(name, word) &&
           std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
           !name.starts_with("assay_");
}

}  // namespace

ServerMetrics::ServerMetrics(const Identity& identity) {
    add_label(labels_, "marker", identity.marker);
    add_label(labels_, "backend", identity.name);
    info_ = labels_;
    add_label(info_, "pod", identity.pod);
}

void ServerMetrics::count(std::chrono::nanoseconds duration) {
    const double seconds = std::chrono::duration<double>(duration).count();
    ++requests_;
    seconds_ += seconds;
    const auto* bound = std::ranges::lower_bound(bounds, seconds);
    if (bound != bounds.end()) {
        ++within_.at(static_cast<std::size_t>(bound - bounds.begin()));
    }
}

bool ServerMetrics::set_gauge(const std::string& name, double value) {
    if (!is_gauge_name(name) || (gauges_.size() >= gauges_at_most && !gauges_.contains(name))) {
        return false;
    }
    gauges_[name] = value;
    return true;
}

bool ServerMetrics::withdraw_gauge(const std::string& name) {
    return gauges_.erase(name) > 0;
}

std::string ServerMetrics::text() const {
    const std::string requests = std::to_string(requests_);
    std::string out =
        "# HELP assay_info Who this server is.\n# TYPE assay_info gauge\n" +
        line("assay_info", info_, "1") +
        "# HELP assay_requests_total Requests answered in whole.\n"
        "# TYPE assay_requests_total counter\n" +
        line("assay_requests_total", labels_, requests) +
        "# HELP assay_request_duration_seconds From a request's last byte to its answer's.\n"
        "# TYPE assay_request_duration_seconds histogram\n";
    const std::string separator = labels_.empty() ? "" : ",";
    std::uint64_t cumulative = 0;
    for (std::size_t index = 0; index < bounds.size(); ++index) {
        cumulative += within_.at(index);
        out += line("assay_request_duration_seconds_bucket",
                    labels_ + separator + "le=\"" + number(bounds.at(index)) + "\"",
                    std::to_string(cumulative));
    }
    out += line("assay_request_duration_seconds_bucket", labels_ + separator + "le=\"+Inf\"",
                requests);
    out += line("assay_request_duration_seconds_sum", labels_, number(seconds_));
    out += line("assay_request_duration_seconds_count", labels_, requests);
    for (const auto& [name, value] : gauges_) {
        out += "# TYPE " + name + " gauge\n" + line(name, "", number(value));
    }
    return out;
}

}  // namespace assay::probe
