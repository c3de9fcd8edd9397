// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "checks/accelerator_exporters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <vector>

namespace assay {
namespace {

constexpr int observing_times = 3;  // the profile's observe_s: exporters look every 30 s

}  // namespace

Exporters::Exporters(Scenario& s, ExporterAdapter adapter, const ObjectList& pods)
    : s_(&s), adapter_(std::move(adapter)) {
    for (const ObjectState& pod : pods.items) {
        if (pod.text("/status/phase") != "Running") {
            continue;
        }
        endpoints_[pod.text("/spec/nodeName")] = {.resource = kube::pods,
                                                  .space = pod.text("/metadata/namespace"),
                                                  .name = pod.name(),
                                                  .port = adapter_.port};
    }
}

Observed<Readings> Exporters::ask(const std::string& node,
                                  const std::function<bool(const Readings&)>& is_so) const {
    const auto reply_is_so = [&](const Reply& reply) {
        const auto readings = read(reply);
        return !is_so || (readings && is_so(*readings));
    };
    const Observed<Reply> reply =
        s_->ask_until(endpoints_.at(node), {.path = adapter_.path}, reply_is_so,
                      is_so ? observing_times * s_->observes_for() : std::chrono::seconds(0));
    Observed<Readings> result{
        .value = Readings{}, .provenance = reply.provenance, .testimony = reply.testimony};
    if (!reply.value) {
        result.value = std::unexpected(reply.value.error());
        return result;
    }
    auto readings = read(*reply.value);
    if (readings) {
        result.value = *std::move(readings);
    } else {
        result.value = std::unexpected(NoAnswer{.closed = false, .reason = readings.error()});
    }
    return result;
}

std::expected<Readings, std::string> Exporters::read(const Reply& reply) const {
    if (reply.status != 200) {
        return std::unexpected("the exporter answered " + reply.describe());
    }
    return readings_of(adapter_, reply.body);
}

Exporters exporters_of(Scenario& s) {
    std::vector<std::string> looked_for;
    for (const Component* one : s.components("exporter")) {
        const auto adapter = exporter_adapter(*one);
        if (!adapter) {
            s.give_up(adapter.error());
        }
        const bool fits = s.adapter() == nullptr || s.adapter()->name == adapter->accelerators;
        for (const std::string& labels : fits ? adapter->pod_labels : std::vector<std::string>{}) {
            const Observed<ObjectList> pods =
                s.objects({.api_version = "v1", .kind = "Pod", .labels = labels, .space = ""});
            if (!pods.value) {
                s.give_up(pods.value.error().reason);
            }
            if (!pods.value->items.empty()) {
                return {s, *adapter, *pods.value};
            }
            looked_for.push_back(fmt::format("{} by pods labelled {}", one->name, labels));
        }
    }
    s.give_up(fmt::format("not installed: no exporter for {} found; looked for {}",
                          s.adapter() == nullptr ? "these accelerators" : s.adapter()->vendor,
                          looked_for.empty() ? "none: no adapter knows one of this vendor"
                                             : fmt::format("{}", fmt::join(looked_for, ", "))));
}

std::string out_of_range(const AcceleratorReading& one) {
    if (one.utilization && (*one.utilization < 0 || *one.utilization > 1)) {
        return fmt::format("{:.0f} % utilization", *one.utilization * 100);
    }
    const double used = one.used_bytes.value_or(0);
    if (used < 0 || (one.total_bytes && used > *one.total_bytes)) {
        return fmt::format("{:.0f} bytes in use", used);
    }
    return {};
}

bool is_whole(const AcceleratorReading& one) {
    return one.utilization && one.used_bytes;
}

}  // namespace assay
