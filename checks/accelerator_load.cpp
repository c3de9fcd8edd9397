// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "checks/accelerator_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "engine/scenario.h"

namespace assay {
namespace {

constexpr double risen = 0.20;       // of utilization, by the requirement's own measure
constexpr double fallen = 0.10;      // above what it was before
constexpr double least_share = 0.9;  // of the memory taken that must show
// What a driver takes beside it for whoever computes: CUDA's context is some 500 MB.
constexpr double most_beside = 1024.0 * 1024 * 1024;

// What is told of an accelerator, where both quantities are.
struct Figures {
    double utilization = 0;
    double used_bytes = 0;
};

std::optional<Figures> figures_of(const Readings& now, const std::string& device) {
    const auto found = now.by_device.find(device);
    if (found == now.by_device.end()) {
        return std::nullopt;
    }
    const AcceleratorReading& one = found->second;
    return one.utilization && one.used_bytes
               ? std::optional(Figures{*one.utilization, *one.used_bytes})
               : std::nullopt;
}

// An accelerator under a load, and what its exporter said before.
struct Loaded {
    std::string node;
    std::string device;
    std::string pod;
    std::string space;
    Readings before;
    Figures own;                          // before
    std::map<std::string, Figures> idle;  // before, beside it
    ProbeLoad load;

    double taken() const { return static_cast<double>(load.memory_bytes); }
    bool computes(const Readings& now) const {
        const auto one = figures_of(now, device);
        return one && one->utilization >= own.utilization + risen;
    }
    bool holds_memory(const Readings& now) const {
        const auto one = figures_of(now, device);
        const double more = one ? one->used_bytes - own.used_bytes : 0;
        return more >= least_share * taken() && more <= taken() + most_beside;
    }
    bool is_named(const Readings& now) const {
        return figures_of(now, device) && now.by_device.at(device).pod == pod &&
               now.by_device.at(device).space == space;
    }
    bool others_stay(const Readings& now) const {
        return std::ranges::all_of(idle, [&](const auto& other) {
            const auto& [name, was] = other;
            const auto one = figures_of(now, name);
            return one && one->utilization < was.utilization + risen &&
                   one->used_bytes < was.used_bytes + least_share * taken();
        });
    }
    bool has_fallen(const Readings& now) const {
        const auto one = figures_of(now, device);
        return one && one->utilization < own.utilization + fallen &&
               one->used_bytes < own.used_bytes + (1 - least_share) * taken() &&
               now.by_device.at(device).pod != pod;
    }
};

std::map<std::string, Figures> idle_beside(const Readings& before, const std::string& device) {
    std::map<std::string, Figures> idle;
    for (const auto& [other, was] : before.by_device) {
        const auto figures = figures_of(before, other);
        if (other != device && was.pod.empty() && figures && figures->utilization < fallen) {
            idle.emplace(other, *figures);
        }
    }
    return idle;
}

constexpr std::array by_load{&load_shows, &memory_shows, &attributed_to_the_pod,
                             &other_accelerators_stay, &falls_after_the_load};

void no_load(Scenario& s, const std::string& why) {
    for (const Assertion* one : by_load) {
        s.not_asked(*one, why);
    }
}

// The exporter's name of the accelerator: by what was allocated, by what the container sees, else
// by whose series name the pod.
std::string device_of(const Pod& pod, const Report& report, const Readings& now) {
    std::vector<std::string> known;
    for (const AllocatedDevice& one : pod.allocated().devices) {
        known.insert(known.end(), {one.uuid, one.pci_bus_id});
    }
    if (const Observed<Devices> reached = report.reachable(); reached.value) {
        for (const ReachedDevice& one : reached.value->reached) {
            known.push_back(one.uuid);
        }
    }
    for (const std::string& one : known) {
        if (now.by_device.contains(one)) {
            return one;
        }
    }
    const auto named = std::ranges::find_if(
        now.by_device, [&](const auto& one) { return one.second.pod == pod.name(); });
    return named == now.by_device.end() ? "" : named->first;
}

// Why the exporter cannot show it; "" if it can.
std::string why_no_load(const Observed<ProbeLoad>& load, bool simulated) {
    if (!load.value) {
        return "the load did not begin: " + load.value.error().reason;
    }
    if (load.value->backend == "none") {
        return "the load did not begin: " + load.value->why;
    }
    return load.value->backend == "cpu" && !simulated
               ? "the probe has kernels for NVIDIA's accelerators and met no driver of theirs: it "
                 "computed on the processor, which no accelerator shows"
               : "";
}

void judge_load(Scenario& s, const Exporters& exporters, const Pod& pod, const Loaded& loaded) {
    const Observed<Readings> during = exporters.ask(loaded.node, [&](const Readings& now) {
        return loaded.computes(now) && loaded.holds_memory(now) && loaded.is_named(now);
    });
    const std::string before = loaded.before.describe();
    const auto so = [&](const char* words, bool (Loaded::*holds)(const Readings&) const) {
        return satisfies<Readings>(
            fmt::format("{} ({}; before: {})", words, loaded.device, before),
            [&loaded, holds](const Readings& now) { return (loaded.*holds)(now); });
    };
    s.expect(values_are_in_range, during,
             satisfies<Readings>("of each accelerator", [](const Readings& now) {
                 return std::ranges::all_of(now.by_device, [](const auto& one) {
                     return out_of_range(one.second).empty();
                 });
             }));
    s.expect(load_shows, during, so("at least 20 points more", &Loaded::computes));
    s.expect(
        memory_shows, during,
        so(fmt::format("{} bytes more", loaded.load.memory_bytes).c_str(), &Loaded::holds_memory));
    s.expect(attributed_to_the_pod, during,
             so(fmt::format("named {}/{}", loaded.space, loaded.pod).c_str(), &Loaded::is_named));
    if (loaded.idle.empty()) {
        s.not_applicable(other_accelerators_stay,
                         "no other accelerator of the node was idle before: " + before);
    } else {
        s.expect(other_accelerators_stay, during, so("no change", &Loaded::others_stay));
    }
    s.end(pod);
    const Observed<Readings> after =
        exporters.ask(loaded.node, [&](const Readings& now) { return loaded.has_fallen(now); });
    s.expect(falls_after_the_load, after, so("as before", &Loaded::has_fallen));
}

}  // namespace

void ask_by_load(Scenario& s, const Exporters& exporters,
                 const std::map<std::string, Readings>& readings) {
    const Observed<FreeAccelerators> free = s.free_accelerators();
    if (!free.value) {
        return no_load(s, "which accelerators are free is not known: " + free.value.error().reason);
    }
    // Where most are free, so that there are idle ones beside it.
    const auto most = std::ranges::max_element(free.value->by_node, {},
                                               [](const auto& one) { return one.second; });
    if (most == free.value->by_node.end() || most->second == 0) {
        return no_load(s, "no accelerator is free: " + free.value->describe());
    }
    const std::string& node = most->first;
    PodManifest manifest = s.pod("load").on(node);
    if (s.is_simulated(node)) {
        // What stands for a driver there computes nothing.
        manifest = manifest.arguments("granted", {"--backend", "cpu"});
    }
    const Pod pod = s.start(manifest);
    const Report report = pod.report("granted");
    const Observed<ProbeLoad> load = report.load();
    if (const std::string why = why_no_load(load, s.is_simulated(node)); !why.empty()) {
        return no_load(s, why);
    }
    const Readings& before = readings.at(node);
    const Observed<Readings> now = exporters.ask(
        node, [&](const Readings& one) { return !device_of(pod, report, one).empty(); });
    const std::string device = now.value ? device_of(pod, report, *now.value) : "";
    if (!before.by_device.contains(device)) {
        return no_load(s, "which of the exporter's accelerators the pod has is not known: " +
                              (now.value ? now.value->describe() : now.value.error().reason));
    }
    const auto own = figures_of(before, device);
    if (!own) {
        return no_load(s, "both quantities of it were not told before the load: " + device);
    }
    judge_load(s, exporters, pod,
               {.node = node,
                .device = device,
                .pod = pod.name(),
                .space = s.namespace_name(),
                .before = before,
                .own = *own,
                .idle = idle_beside(before, device),
                .load = *load.value});
}

}  // namespace assay
