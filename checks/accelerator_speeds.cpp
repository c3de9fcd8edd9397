// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "checks/accelerator_speeds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

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

const AcceleratorSpeeds::Accelerator& AcceleratorSpeeds::accelerator_of(const Speed& speed) const {
    return accelerators_[speed.accelerator];
}

const Provenance& AcceleratorSpeeds::provenance_of(const Speed& speed) const {
    return provenances_[accelerator_of(speed).node];
}

std::string AcceleratorSpeeds::target_of(Scenario& s, const Speed& speed) const {
    const AcceleratorRow& row = s.table().rows.at(accelerator_of(speed).row);
    ExaminedAccelerator accelerator;
    accelerator.index = row.index;
    accelerator.uuid = row.uuid;
    return fmt::format("node {}, {}", provenance_of(speed).node, accelerator.describe());
}

std::size_t AcceleratorSpeeds::index_of(const Kind& kind) {
    const auto found = std::ranges::find(kinds_, kind);
    const auto index = static_cast<std::size_t>(found - kinds_.begin());
    if (found == kinds_.end()) {
        kinds_.push_back(kind);
    }
    return index;
}

void AcceleratorSpeeds::add(const NodeReport& node, std::size_t first_row) {
    if (!node.examination.value) {
        return;
    }
    const Examination& seen = *node.examination.value;
    on_processors_ = on_processors_ || seen.backend == "cpu";
    if (seen.backend == "cpu") {
        return;  // how fast a processor is says nothing of the accelerator it stands in for
    }
    provenances_.push_back(node.examination.provenance);
    for (const ExaminedAccelerator& one : seen.accelerators) {
        accelerators_.push_back({.node = static_cast<std::uint32_t>(provenances_.size() - 1),
                                 .row = static_cast<std::uint32_t>(first_row++),
                                 .others = one.others});
        for (std::size_t i = 0; i < seen.measures.size(); ++i) {
            if (!one.samples[i].empty()) {
                const ExaminedMeasure& measure = seen.measures[i];
                const std::size_t kind =
                    index_of({.model = one.name, .measure = measure.name + "_" + measure.unit});
                speeds_.push_back(
                    {.accelerator = static_cast<std::uint32_t>(accelerators_.size() - 1),
                     .kind = static_cast<std::uint32_t>(kind),
                     .samples = static_cast<std::uint32_t>(one.samples[i].size()),
                     .median = median_of(one.samples[i])});
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

// Of one that is too slow: at once, and in the table.
void AcceleratorSpeeds::tell(Scenario& s, const Speed& speed, const std::string& words) const {
    AcceleratorRow& row = s.table().rows.at(accelerator_of(speed).row);
    row.outcome = Outcome::failed;
    row.words += row.words.empty() ? words : "; " + words;
    s.notice(fmt::format("{} is {}; kubectl cordon {}", target_of(s, speed), words,
                         provenance_of(speed).node));
}

// One that is below its floor, or of which that cannot be told.
void AcceleratorSpeeds::hold_to_floor(Scenario& s, const Speed& speed, const Floor& floor) const {
    auto seen = observed(
        provenance_of(speed), target_of(s, speed),
        fmt::format("{}: {:.4g}, the median of {} samples; {:.0f} % of the peak", floor.measure,
                    speed.median, speed.samples, 100 * speed.median / floor.peak));
    const int others = accelerator_of(speed).others;
    if (speed.samples < least_samples) {
        seen.value = std::unexpected(NoAnswer{
            .closed = false, .reason = fmt::format("{} samples are too few", speed.samples)});
    } else if (others > 0) {
        seen.value = std::unexpected(NoAnswer{
            .closed = false, .reason = fmt::format("{} other process(es) computed on it", others)});
    }
    if (seen.value) {
        tell(s, speed,
             fmt::format("below its floor: {} {:.4g}, at least {}", floor.measure, speed.median,
                         floor.at_least));
    }
    s.expect(no_slower_than_its_floor, seen,
             is(false, fmt::format("{}: at least {}, {} % of the peak ({}, {})", floor.measure,
                                   floor.at_least, 100 * floor.at_least / floor.peak, floor.source,
                                   floor.date)));
}

void AcceleratorSpeeds::hold_to_floors(Scenario& s) const {
    std::vector<std::optional<Floor>> floors(kinds_.size());
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
        for (const Floor* one : s.floors_of(kinds_[i].model)) {
            if (one->measure == kinds_[i].measure) {
                floors[i] = *one;
            }
        }
    }
    std::map<std::size_t, std::size_t> right;  // by node, told of together
    bool asked = false;
    for (const Speed& speed : speeds_) {
        const std::optional<Floor>& floor = floors[speed.kind];
        if (!floor) {
            continue;
        }
        asked = true;
        const bool told = speed.samples >= least_samples && accelerator_of(speed).others == 0;
        if (told && speed.median >= floor->at_least) {
            ++right[accelerator_of(speed).node];
        } else {
            hold_to_floor(s, speed, *floor);
        }
    }
    for (const auto& [node, count] : right) {
        s.expect(no_slower_than_its_floor,
                 observed(provenances_[node], "node " + provenances_[node].node,
                          fmt::format("{} measures, all of them", count)),
                 is(true, "each at or above its floor"));
    }
    if (!asked) {
        s.not_applicable(no_slower_than_its_floor,
                         fmt::format("the profile has no floor for {}", kinds_.front().model));
    }
}

std::vector<const AcceleratorSpeeds::Speed*> AcceleratorSpeeds::comparable(std::size_t kind) const {
    std::vector<const Speed*> result;
    for (const Speed& speed : speeds_) {
        if (speed.kind == kind && speed.samples >= least_samples &&
            accelerator_of(speed).others == 0) {
            result.push_back(&speed);
        }
    }
    return result;
}

void AcceleratorSpeeds::hold_to_peers(Scenario& s) const {
    bool asked = false;
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
        if (const auto alike = comparable(kind); alike.size() >= least_peers) {
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
    const Kind& kind = kinds_[alike.front()->kind];
    const std::string expected =
        fmt::format("{}: at least {:.4g}, where the median of the {} accelerators is {:.4g}",
                    kind.measure, limit, alike.size(), median_of(values));
    bool any = false;
    for (const Speed* one : alike) {
        if (one->median < limit) {
            any = true;
            s.expect(no_slower_than_its_peers,
                     observed(provenance_of(*one), target_of(s, *one),
                              fmt::format("{}: {:.4g}", kind.measure, one->median)),
                     is(false, expected));
            tell(s, *one,
                 fmt::format("slower than its peers: {} {:.4g}, the median is {:.4g}", kind.measure,
                             one->median, median_of(values)));
        }
    }
    if (!any) {
        Provenance provenance = provenance_of(*alike.front());
        provenance.node = {};
        s.expect(no_slower_than_its_peers,
                 observed(provenance, fmt::format("{}, {}", kind.model, kind.measure),
                          fmt::format("the slowest of {}: {:.4g}", alike.size(),
                                      *std::ranges::min_element(values))),
                 is(true, expected));
    }
}

}  // namespace assay
