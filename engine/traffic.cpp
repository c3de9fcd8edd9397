// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/traffic.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace assay {

namespace {

using kube::Json;
using Counts = std::map<std::string, std::int64_t>;

Counts counts_in(const Json& phase, std::string_view member) {
    Counts result;
    for (const auto& [name, count] : kube::object(phase, {member}).items()) {
        if (count.is_number_integer()) {
            result[name] = count.get<std::int64_t>();
        }
    }
    return result;
}

double number_in(const Json& tree, std::initializer_list<std::string_view> path) {
    const Json* found = kube::find(tree, path);
    return found != nullptr && found->is_number() ? found->get<double>() : 0;
}

TrafficPhase phase_in(const Json& tree) {
    TrafficPhase result{.name = kube::text(tree, {"name"}),
                        .requests = kube::integer(tree, {"requests"}),
                        .answered = kube::integer(tree, {"answered"}),
                        .statuses = counts_in(tree, "statuses"),
                        .by_backend = counts_in(tree, "by_backend"),
                        .failures = counts_in(tree, "failures"),
                        .grpc = counts_in(tree, "grpc"),
                        .unnamed = kube::integer(tree, {"unnamed"}),
                        .right_markers = kube::integer(tree, {"markers", "right"}),
                        .wrong_markers = kube::integer(tree, {"markers", "wrong"}),
                        .absent_markers = kube::integer(tree, {"markers", "absent"}),
                        .messages = kube::integer(tree, {"messages"}),
                        .seconds = number_in(tree, {"seconds"}),
                        .per_second = number_in(tree, {"per_second"}),
                        .live = kube::boolean(tree, {"until", "live"}),
                        .after_ms = {},
                        .first_byte_ms = number_in(tree, {"first_byte_ms"}),
                        .events = kube::integer(tree, {"events"}),
                        .arrivals = {},
                        .sample = {},
                        .example = {}};
    if (result.live) {
        result.after_ms = number_in(tree, {"until", "after_ms"});
    }
    return result;
}

std::string listed(const Counts& counts, std::string_view format) {
    std::vector<std::string> words;
    for (const auto& [name, count] : counts) {
        words.push_back(fmt::format(fmt::runtime(format), name, count));
    }
    return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

std::int64_t TrafficPhase::from(std::string_view backend) const {
    const auto found = by_backend.find(std::string(backend));
    return found == by_backend.end() ? 0 : found->second;
}

std::int64_t TrafficPhase::with_status(int status) const {
    const auto found = statuses.find(std::to_string(status));
    return found == statuses.end() ? 0 : found->second;
}

bool TrafficPhase::all_with_status(int status) const {
    return requests > 0 && answered == requests && with_status(status) == requests;
}

bool TrafficPhase::all_from(std::string_view backend) const {
    return all_with_status(200) && from(backend) == requests;
}

std::string TrafficPhase::describe() const {
    std::string words = fmt::format("{} requests: {}", requests, listed(statuses, "{} x{}"));
    for (const std::string& part :
         {listed(by_backend, "{} {}"), listed(grpc, "gRPC {} x{}"), listed(failures, "{} {}")}) {
        words += part.empty() ? "" : "; " + part;
    }
    if (wrong_markers > 0) {
        words += fmt::format("; {} with another marker", wrong_markers);
    }
    if (after_ms) {
        words += fmt::format("; in force after {:.0f} ms", *after_ms);
    }
    return example.empty() ? words : fmt::format("{} ({})", words, example);
}

std::vector<TrafficPhase> traffic_in(const Json& document) {
    std::vector<TrafficPhase> result;
    for (const Json& one : kube::array(document, {"phases"})) {
        result.push_back(phase_in(one));
    }
    const auto of = [&](const Json& item) {
        return std::ranges::find(result, kube::text(item, {"phase"}), &TrafficPhase::name);
    };
    for (const Json& one : kube::array(document, {"events"})) {
        const auto phase = of(one);
        if (phase != result.end() && kube::integer(one, {"request"}) == 0) {
            phase->arrivals.push_back(
                {.at_ms = number_in(one, {"at_ms"}), .data = kube::text(one, {"data"})});
        }
    }
    for (const Json& one : kube::array(document, {"samples"})) {
        if (const auto phase = of(one); phase != result.end()) {
            phase->sample = kube::text(one, {"body"});
        }
    }
    for (const Json& one : kube::array(document, {"examples"})) {
        if (const auto phase = of(one); phase != result.end() && phase->example.empty()) {
            phase->example = kube::text(one, {"text"});
        }
    }
    return result;
}

}  // namespace assay
