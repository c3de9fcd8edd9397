// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <chrono>
#include <cmath>
#include <string>

#include "checks/accelerator_load.h"
#include "checks/catalog.h"
#include "engine/scenario.h"

// observability / accelerator_metrics
//
//   Our words: of every accelerator the platform tells, in a usual text format, how much of it is
//   in use, computing and memory; and what it tells is of that accelerator and of the pod that has
//   it.
//
// The exporter is asked by way of the API server, node by node. That the numbers are true is shown
// with a load that is known: a pod that holds one accelerator, so much of its memory, and computes.

namespace assay {
namespace {

constexpr double as_published = 0.10;  // drivers keep a part back: 1 to 6 %

constexpr Assertion every_accelerator_has_series{
    .id = "every_accelerator_has_series",
    .kind = Kind::control,
    .sentence =
        "on every node an exporter tells utilization and memory in use of each accelerator "
        "that the node offers, each by a name of its own",
    .next_step = "look at the exporter's pod on the node that is named, and at its log"};
constexpr Assertion memory_is_as_published{
    .id = "memory_is_as_published",
    .sentence = "the memory that the exporter tells of an accelerator is what its driver publishes",
    .next_step = "look for a wrong unit: MiB told as bytes, or the other way round"};
constexpr auto table = assertions(
    {&every_accelerator_has_series, &values_are_in_range, &memory_is_as_published, &load_shows,
     &memory_shows, &attributed_to_the_pod, &other_accelerators_stay, &falls_after_the_load});

// What exporters said of all nodes, and what is missing.
struct Told {
    std::map<std::string, Readings> by_node;
    std::vector<std::string> faults;

    std::string describe() const {
        std::size_t devices = 0;
        for (const auto& [node, readings] : by_node) {
            devices += readings.by_device.size();
        }
        return faults.empty() ? fmt::format("{} accelerators on {} nodes", devices, by_node.size())
                              : fmt::format("{}", fmt::join(faults, "; "));
    }
};

std::string fault_of(const std::string& node, int offered, const Readings& readings) {
    const auto whole = std::ranges::count_if(readings.by_device,
                                             [](const auto& one) { return is_whole(one.second); });
    if (readings.faults.empty() && whole >= offered) {
        return {};
    }
    return fmt::format("node {} offers {} accelerators and tells of {}{}{}", node, offered, whole,
                       readings.faults.empty() ? "" : "; ", fmt::join(readings.faults, ", "));
}

Observed<Told> told_of_all(Scenario& s, const Exporters& exporters) {
    Observed<Told> result{.value = Told{}, .provenance = {}, .testimony = {}};
    for (const auto& [node, offered] : s.accelerators_by_node()) {
        if (!exporters.on(node)) {
            result.value->faults.push_back(fmt::format("no exporter runs on node {}", node));
            result.provenance.simulated = result.provenance.simulated || s.is_simulated(node);
            continue;
        }
        const Observed<Readings> said = exporters.ask(node);
        result.provenance = said.provenance;
        result.testimony = said.testimony;
        if (!said.value) {
            result.value = std::unexpected(
                NoAnswer{.closed = false,
                         .reason = fmt::format("on node {}: {}", node, said.value.error().reason)});
            return result;
        }
        if (std::string fault = fault_of(node, offered, *said.value); !fault.empty()) {
            result.value->faults.push_back(std::move(fault));
        }
        result.value->by_node[node] = *said.value;
    }
    result.provenance.target = "the exporters of all nodes";
    return result;
}

// The first accelerator of which it is so, in words; "" if of none.
std::string first_of(const Told& told,
                     const std::function<std::string(const std::string& device,
                                                     const AcceleratorReading&)>& complaint) {
    for (const auto& [node, readings] : told.by_node) {
        for (const auto& [device, reading] : readings.by_device) {
            if (const std::string words = complaint(device, reading); !words.empty()) {
                return fmt::format("{} on node {}: {}", device, node, words);
            }
        }
    }
    return {};
}

void judge_values(Scenario& s, const Exporters& exporters, const Observed<Told>& told) {
    s.expect(values_are_in_range, told, satisfies<Told>("all of them", [](const Told& all) {
                 return first_of(all,
                                 [](const std::string&, const AcceleratorReading& one) {
                                     return out_of_range(one);
                                 })
                     .empty();
             }));
    int compared = 0;
    const auto not_as_published = [&](const std::string& device, const AcceleratorReading& one) {
        const PublishedDevice* known = s.published(device);
        if (known == nullptr || known->memory_bytes <= 0 || !one.total_bytes) {
            return std::string();
        }
        ++compared;
        return std::abs(*one.total_bytes / known->memory_bytes - 1) <= as_published
                   ? std::string()
                   : fmt::format("{:.0f} bytes, published are {:.0f}", *one.total_bytes,
                                 known->memory_bytes);
    };
    const std::string wrong = first_of(*told.value, not_as_published);
    if (compared == 0) {
        return s.not_applicable(memory_is_as_published,
                                exporters.device_is_uuid()
                                    ? "nothing publishes the memory of these accelerators by uuid"
                                    : "the exporter does not name accelerators by uuid");
    }
    s.expect(memory_is_as_published, told,
             satisfies<Told>("within 10 %" + (wrong.empty() ? wrong : ": not so " + wrong),
                             [&](const Told&) { return wrong.empty(); }));
}

void told_and_true(Scenario& s) {
    const Exporters exporters = exporters_of(s);
    const Observed<Told> told = told_of_all(s, exporters);
    s.require(every_accelerator_has_series, told,
              satisfies<Told>("of every accelerator, once",
                              [](const Told& all) { return all.faults.empty(); }));
    judge_values(s, exporters, told);
    ask_by_load(s, exporters, told.value->by_node);
}

constexpr std::array rights = {
    claim_rights[0],
    claim_rights[1],
    claim_rights[2],
    claim_rights[3],
    Right{.group = "resource.k8s.io",
          .resource = "resourceclaims",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "know which accelerators are free"},
    Right{.group = "",
          .resource = "pods",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "find the exporters, and know which accelerators are free"},
    Right{.group = "",
          .resource = "pods/proxy",
          .verb = "get",
          .reach = Reach::cluster,
          .why = "read what the exporters say"}};

constexpr std::array made{PlannedObjects{.kind = "Pod", .count = 1}};

}  // namespace

constinit const Check accelerator_metrics{
    .id = "accelerator_metrics",
    .title = "What is told of each accelerator is true, of that accelerator and of its pod",
    .breaks =
        "Nobody sees which accelerators are idle, who fills their memory, and what a tenant owes; "
        "what scales on these numbers scales wrongly.",
    .assertions = table,
    .needs = {.accelerators = 1, .component = "exporter", .rights = rights},
    .cost = {.nodes = 1,
             .objects = made,
             .asking = std::chrono::seconds{12},
             .clearing = std::chrono::seconds{7}},
    .timeout = std::chrono::minutes{8},
    .run = told_and_true,
};

}  // namespace assay
