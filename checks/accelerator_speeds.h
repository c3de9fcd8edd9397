// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// accelerator_compute: how fast the accelerators of a pool are, held against the profile's floors
// and against each other. Judged once all of them are known.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/assertion.h"
#include "engine/pool_run.h"

namespace assay {

struct Floor;
class Scenario;

constexpr Assertion no_slower_than_its_floor{
    .id = "no_slower_than_its_floor",
    .kind = Kind::measure,
    .basis = Basis::beyond,
    .sentence = "each accelerator is at least as fast as the profile's floors for its model",
    .next_step =
        "look at the clocks, the power limit and the temperature of the accelerator under load, "
        "and at the generation and width of its PCIe link"};
constexpr Assertion no_slower_than_its_peers{
    .id = "no_slower_than_its_peers",
    .kind = Kind::measure,
    .basis = Basis::beyond,
    .sentence =
        "no accelerator is much slower than the others of its model: by more than 5 % and more "
        "than four times their usual spread",
    .next_step =
        "compare the node with one that is as fast as the others: cooling, power limit, firmware, "
        "driver, PCIe link"};

// Collects what each node measured, and judges it in the end.
class AcceleratorSpeeds {
public:
    // Its accelerators are in the table from that row on.
    void add(const NodeReport& node, std::size_t first_row);
    void judge(Scenario& s);

private:
    // Of thousands of nodes there are hundreds of thousands of speeds: each holds numbers alone.
    struct Accelerator {
        std::uint32_t node = 0;  // of provenances_
        std::uint32_t row = 0;   // of the table
        int others = 0;          // processes that computed on it before
    };
    struct Kind {
        std::string model;
        std::string measure;  // with its unit

        bool operator==(const Kind&) const = default;
    };
    struct Speed {
        std::uint32_t accelerator = 0;  // of accelerators_
        std::uint32_t kind = 0;         // of kinds_
        std::uint32_t samples = 0;
        double median = 0;
    };

    std::size_t index_of(const Kind& kind);
    const Accelerator& accelerator_of(const Speed& speed) const;
    const Provenance& provenance_of(const Speed& speed) const;
    // "node a-1, accelerator 3 (GPU-…)"
    std::string target_of(Scenario& s, const Speed& speed) const;
    void tell(Scenario& s, const Speed& speed, const std::string& words) const;
    void hold_to_floors(Scenario& s) const;
    void hold_to_peers(Scenario& s) const;
    void hold_to_floor(Scenario& s, const Speed& speed, const Floor& floor) const;
    // Those of a kind that are told with enough samples by an accelerator that nobody else used.
    std::vector<const Speed*> comparable(std::size_t kind) const;
    void hold_to_peers(Scenario& s, const std::vector<const Speed*>& alike) const;

    std::vector<Provenance> provenances_;  // of each node
    std::vector<Accelerator> accelerators_;
    std::vector<Kind> kinds_;
    std::vector<Speed> speeds_;
    bool on_processors_ = false;
};

}  // namespace assay
