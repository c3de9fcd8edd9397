// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a scenario does with every node of a pool at once.

#include <fmt/format.h>

#include <algorithm>

#include "engine/pool_run.h"
#include "engine/scenario.h"
#include "engine/scenario_state.h"

namespace assay {

namespace {

struct Most {
    std::optional<int> accelerators;  // nullopt: not limited
    std::string words;                // why a node that has more is not examined
};

Most most_at_a_time(const ScenarioState::Setting& setting, const std::vector<NodeShare>& shares) {
    Most result;
    if (!setting.allowed.contains(Change::exclusive_pool)) {
        int all = 0;
        for (const NodeShare& share : shares) {
            all += share.accelerators;
        }
        result.accelerators = all / 2;
        result.words = fmt::format(
            "examining it takes more than half of the {} accelerators that are free; only with "
            "--allow exclusive-pool",
            all);
    }
    if (setting.most_accelerators &&
        (!result.accelerators || *setting.most_accelerators < *result.accelerators)) {
        result.accelerators = setting.most_accelerators;
        result.words = fmt::format("budget: there may be {} accelerators at a time",
                                   *setting.most_accelerators);
    }
    return result;
}

}  // namespace

void Scenario::examine(const PodManifest& manifest, const std::vector<NodeShare>& shares,
                       const ToldOfNode& told) {
    const Most most = most_at_a_time(state_->setting(), shares);
    examine_nodes(*state_, manifest, shares, most.accelerators, most.words, told);
}

void Scenario::notice(const std::string& words) const {
    state_->setting().notice(words);
}

AcceleratorTable& Scenario::table() const {
    return state_->table;
}

std::vector<const Floor*> Scenario::floors_of(std::string_view model) const {
    std::vector<const Floor*> result;
    for (const Floor& floor : *state_->setting().floors) {
        if (floor.model == model) {
            result.push_back(&floor);
        }
    }
    return result;
}

}  // namespace assay
