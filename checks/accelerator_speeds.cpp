// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "checks/accelerator_speeds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "engine/scenario.h"

namespace assay {
namespace {

constexpr std::size_t least_samples = 5;  // of a measure, as the probe itself holds it
constexpr std::size_t least_peers = 5;    // of a model: fewer have no usual spread
// value < median - max(5 %, 4 x 1.4826 x MAD): 1.4826 makes of the median of the deviations what
// the standard deviation is where values are spread normally.
constexpr double least_effect = 0.05;
constexpr double most_deviations = 4;
constexpr double of_normal = 1.4826;

double median_of(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    if (values.size() % 2 == 1) {
        return *middle;
    }
    return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

// What an accelerator below it is an outlier.
double limit_of(const std::vector<double>& values) {
    const double median = median_of(values);
    std::vector<double> deviations(values.size());
    std::ranges::transform(values, deviations.begin(),
                           [&](double one) { return std::abs(one - median); });
    return median -
           std::max(least_effect * median, most_deviations * of_normal * median_of(deviations));
}

Observed<std::string> observed(Provenance provenance, std::string target, std::string words) {
    provenance.target = std::move(target);
    return {.value = std::move(words), .provenance = std::move(provenance), .testimony = {}};
}

auto is(bool so, std::string expected) {
    return satisfies<std::string>(std::move(expected), [so](const std::string&) { return so; });
}

}  // namespace

std::string AcceleratorSpeeds::target_of(const Speed& speed) {
    return fmt::format("node {}, {}", speed.node, speed.accelerator);
}

void AcceleratorSpeeds::add(const NodeReport& node) {
    if (!node.examination.value) {
        return;
    }
    const Examination& seen = *node.examination.value;
    on_processors_ = on_processors_ || seen.backend == "cpu";
    if (seen.backend == "cpu") {
        return;  // how fast a processor is says nothing of the accelerator it stands in for
    }
    for (const ExaminedAccelerator& one : seen.accelerators) {
        for (std::size_t i = 0; i < seen.measures.size(); ++i) {
            if (!one.samples[i].empty()) {
                speeds_.push_back(
                    {.node = node.asked.node,
                     .accelerator = one.describe(),
                     .model = one.name,
                     .measure = fmt::format("{}_{}", seen.measures[i].name, seen.measures[i].unit),
                     .median = median_of(one.samples[i]),
                     .samples = one.samples[i].size(),
                     .others = one.others,
                     .provenance = node.examination.provenance});
            }
        }
    }
}

void AcceleratorSpeeds::judge(Scenario& s) {
    if (speeds_.empty()) {
        const std::string why = on_processors_
                                    ? "simulated: processors computed in the accelerators' place"
                                    : "no accelerator told how fast it is";
        for (const Assertion* one : {&no_slower_than_its_floor, &no_slower_than_its_peers}) {
            on_processors_ ? s.not_applicable(*one, why) : s.not_asked(*one, why);
        }
        return;
    }
    hold_to_floors(s);
    hold_to_peers(s);
}

void AcceleratorSpeeds::hold_to_floors(Scenario& s) const {
    std::set<std::string> without;
    std::size_t asked = 0;
    std::map<std::string, std::size_t> right;  // by node
    for (const Speed& speed : speeds_) {
        const auto floors = s.floors_of(speed.model);
        if (floors.empty()) {
            without.insert(speed.model);
        }
        for (const Floor* floor : floors) {
            if (floor->measure != speed.measure) {
                continue;
            }
            ++asked;
            auto seen =
                observed(speed.provenance, target_of(speed),
                         fmt::format("{}: {:.4g}, the median of {} samples; {:.0f} % of the peak",
                                     speed.measure, speed.median, speed.samples,
                                     100 * speed.median / floor->peak));
            const std::string expected = fmt::format(
                "{}: at least {}, {} % of the peak ({}, {})", speed.measure, floor->at_least,
                100 * floor->at_least / floor->peak, floor->source, floor->date);
            if (speed.samples < least_samples) {
                seen.value = std::unexpected(
                    NoAnswer{.closed = false,
                             .reason = fmt::format("{} samples are too few", speed.samples)});
            } else if (speed.others > 0) {
                seen.value = std::unexpected(NoAnswer{
                    .closed = false,
                    .reason = fmt::format("{} other process(es) computed on it", speed.others)});
            } else if (speed.median >= floor->at_least) {
                ++right[speed.node];
                continue;  // told of together
            }
            s.expect(no_slower_than_its_floor, seen, is(false, expected));
        }
    }
    for (const auto& [node, count] : right) {
        const auto of_node = std::ranges::find(speeds_, node, &Speed::node);
        s.expect(no_slower_than_its_floor,
                 observed(of_node->provenance, "node " + node,
                          fmt::format("{} measures, all of them", count)),
                 is(true, "each at or above its floor"));
    }
    if (asked == 0) {
        s.not_applicable(no_slower_than_its_floor,
                         fmt::format("the profile has no floor for {}", *without.begin()));
    }
}

void AcceleratorSpeeds::hold_to_peers(Scenario& s) const {
    std::map<std::pair<std::string, std::string>, std::vector<const Speed*>> by_kind;
    for (const Speed& speed : speeds_) {
        if (speed.samples >= least_samples && speed.others == 0) {
            by_kind[{speed.model, speed.measure}].push_back(&speed);
        }
    }
    bool asked = false;
    for (const auto& [kind, alike] : by_kind) {
        if (alike.size() >= least_peers) {
            hold_to_peers(s, alike);
            asked = true;
        }
    }
    if (!asked) {
        s.not_applicable(
            no_slower_than_its_peers,
            fmt::format("fewer than {} accelerators of one model were measured", least_peers));
    }
}

void AcceleratorSpeeds::hold_to_peers(Scenario& s, const std::vector<const Speed*>& alike) const {
    std::vector<double> values(alike.size());
    std::ranges::transform(alike, values.begin(), &Speed::median);
    const double limit = limit_of(values);
    const Speed& first = *alike.front();
    const std::string expected =
        fmt::format("{}: at least {:.4g}, where the median of the {} accelerators is {:.4g}",
                    first.measure, limit, alike.size(), median_of(values));
    bool any = false;
    for (const Speed* one : alike) {
        if (one->median < limit) {
            any = true;
            s.expect(no_slower_than_its_peers,
                     observed(one->provenance, target_of(*one),
                              fmt::format("{}: {:.4g}", one->measure, one->median)),
                     is(false, expected));
            s.notice(fmt::format(
                "{} is slower than its peers: {} {:.4g}, the median is {:.4g}; "
                "kubectl cordon {}",
                target_of(*one), one->measure, one->median, median_of(values), one->node));
        }
    }
    if (!any) {
        Provenance provenance = first.provenance;
        provenance.node = {};
        s.expect(no_slower_than_its_peers,
                 observed(provenance, fmt::format("{}, {}", first.model, first.measure),
                          fmt::format("the slowest of {}: {:.4g}", alike.size(),
                                      *std::ranges::min_element(values))),
                 is(true, expected));
    }
}

}  // namespace assay
