// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// accelerator_compute: how fast the accelerators of a pool are, held against the profile's floors
// and against each other. Judged once all of them are known.
#pragma once

#include <string>
#include <vector>

#include "engine/assertion.h"
#include "engine/pool_run.h"

namespace assay {

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
    void add(const NodeReport& node);
    void judge(Scenario& s);

private:
    struct Speed {
        std::string node;
        std::string accelerator;  // "accelerator 3 (GPU-…)"
        std::string model;
        std::string measure;  // with its unit
        double median = 0;
        std::size_t samples = 0;
        int others = 0;  // processes that computed on it before
        Provenance provenance;
    };

    void hold_to_floors(Scenario& s) const;
    void hold_to_peers(Scenario& s) const;
    void hold_to_peers(Scenario& s, const std::vector<const Speed*>& alike) const;
    static std::string target_of(const Speed& speed);

    std::vector<Speed> speeds_;
    bool on_processors_ = false;
};

}  // namespace assay
