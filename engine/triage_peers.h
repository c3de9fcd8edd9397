// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a node of a pool should be like, by what its peers are like. Pure, any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/triage_facts.h"

namespace assay::triage {

// "KEY=VALUE" of the label by which the node's provider names its pool or type of machine; "" if it
// has none of the known ones.
std::string pool_of(const NodeFacts& node);

// Which of two versions is older, number by number: "580.95.5" before "580.126.1".
bool older(const std::string& a, const std::string& b);

// One value that differs from what it should be.
struct Odd {
    std::string should;     // what the peers have
    std::size_t peers = 0;  // how many of them
    std::size_t of = 0;     // of so many
};

// By name, those whose value is not that of more than half; where no value is, those whose value is
// older than the newest. Values "" are not compared.
std::map<std::string, Odd> odd_ones(const std::map<std::string, std::string>& values);

}  // namespace assay::triage
