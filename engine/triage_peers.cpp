// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/triage_peers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace assay::triage {

namespace {

constexpr std::array pool_labels{
    "cloud.google.com/gke-nodepool", "eks.amazonaws.com/nodegroup",
    "karpenter.sh/nodepool",         "kubernetes.azure.com/agentpool",
    "oci.oraclecloud.com/node.pool", "doks.digitalocean.com/node-pool",
    "apps.openyurt.io/nodepool",     "node.kubernetes.io/instance-type"};

// The numbers in a version, each without leading zeros. Compared as text by length first: they may
// be longer than any integer.
std::vector<std::string> numbers_in(const std::string& version) {
    std::vector<std::string> result;
    bool inside = false;
    for (const char c : version) {
        const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
        if (digit && !inside) {
            result.emplace_back();
        }
        if (digit && result.back() == "0") {
            result.back().clear();
        }
        if (digit) {
            result.back() += c;
        }
        inside = digit;
    }
    return result;
}

bool smaller(const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace

std::string pool_of(const NodeFacts& node) {
    for (const char* label : pool_labels) {
        if (const auto found = node.labels.find(label); found != node.labels.end()) {
            return fmt::format("{}={}", label, found->second);
        }
    }
    return {};
}

bool older(const std::string& a, const std::string& b) {
    return std::ranges::lexicographical_compare(numbers_in(a), numbers_in(b), smaller);
}

std::map<std::string, Odd> odd_ones(const std::map<std::string, std::string>& values) {
    std::map<std::string, std::size_t> counts;
    std::size_t all = 0;
    for (const auto& [name, value] : values) {
        if (!value.empty()) {
            ++counts[value];
            ++all;
        }
    }
    std::map<std::string, Odd> result;
    if (counts.size() < 2) {
        return result;
    }
    const auto most =
        std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; });
    const bool majority = 2 * most->second > all;
    const std::string should =
        majority ? most->first : std::ranges::max_element(counts, [](const auto& a, const auto& b) {
                                     return older(a.first, b.first);
                                 })->first;
    for (const auto& [name, value] : values) {
        if (!value.empty() && value != should && (majority || older(value, should))) {
            result[name] = {.should = should, .peers = counts[should], .of = all};
        }
    }
    return result;
}

}  // namespace assay::triage
