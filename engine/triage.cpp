// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/triage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "engine/triage_chain.h"
#include "engine/triage_compare.h"
#include "engine/triage_offers.h"
#include "engine/triage_peers.h"

namespace assay::triage {

namespace {

constexpr int found_something = 1;
constexpr int cannot_tell = 4;
constexpr int nothing_selected = 5;

// One examined node and what it should have.
struct Case {
    const NodeFacts* node = nullptr;
    std::set<std::string> families;
    std::string group;     // of peers
    bool uniform = false;  // its peers are machines of one kind
    bool asked = true;     // false: a peer, looked at for comparison only
};

class Diagnosis {
public:
    Diagnosis(const Snapshot& snapshot, const std::vector<Adapter>& adapters, const Scope& scope)
        : snapshot_(&snapshot),
          adapters_(&adapters),
          scope_(&scope),
          offers_(snapshot, adapters),
          index_(snapshot, offers_) {}

    Report report();

private:
    bool in_scope(const NodeFacts& node) const;
    std::set<std::string> signs(const NodeFacts& node) const;
    std::set<std::string> expected_of_pool() const;
    std::set<std::string> expected_of_scope() const;
    std::set<std::string> families_of(const NodeFacts& node,
                                      const std::set<std::string>& of_scope) const;
    void choose_cases();
    NodeReport walked(const Case& one) const;
    void compare_pools(std::vector<NodeReport>& reports) const;
    Report ended(Report report) const;
    std::string scope_words() const;

    const Snapshot* snapshot_;
    const std::vector<Adapter>* adapters_;
    const Scope* scope_;
    Offers offers_;
    Index index_;
    std::vector<Case> cases_;
    std::size_t in_scope_count_ = 0;
};

std::string Diagnosis::scope_words() const {
    if (!scope_->node.empty()) {
        return "node " + scope_->node;
    }
    return scope_->pool_key.empty()
               ? "every node with a sign of an accelerator"
               : fmt::format("pool {}={}", scope_->pool_key, scope_->pool_value);
}

bool Diagnosis::in_scope(const NodeFacts& node) const {
    if (!scope_->node.empty()) {
        return node.name == scope_->node;
    }
    if (scope_->pool_key.empty()) {
        return true;
    }
    const auto label = node.labels.find(scope_->pool_key);
    return label != node.labels.end() && label->second == scope_->pool_value;
}

std::set<std::string> Diagnosis::signs(const NodeFacts& node) const {
    std::set<std::string> families = signs_on(node, *snapshot_, offers_, *adapters_);
    for (const DaemonSet& set : snapshot_->daemon_sets) {
        const PodFacts* pod = index_.pod_of(set, node.name);
        if (!set.family.empty() && pod != nullptr && pod->trouble) {
            families.insert(set.family);
        }
    }
    return families;
}

// What the nodes that the user calls one pool should all have: what any of them offers, or, where
// none offers anything, what any of them shows a sign of.
std::set<std::string> Diagnosis::expected_of_pool() const {
    std::set<std::string> offered;
    std::set<std::string> shown;
    std::string group;
    for (const NodeFacts& node : snapshot_->nodes) {
        group = node.name == scope_->node ? pool_of(node) : group;
    }
    for (const NodeFacts& node : snapshot_->nodes) {
        const bool peer = !group.empty() && pool_of(node) == group;
        if (!peer && !in_scope(node)) {
            continue;
        }
        for (const auto& [family, offer] : offers_.of(node.name)) {
            if (offer.devices() > 0) {
                offered.insert(family);
            }
        }
        shown.merge(signs(node));
    }
    return offered.empty() ? shown : offered;
}

std::set<std::string> Diagnosis::families_of(const NodeFacts& node,
                                             const std::set<std::string>& of_scope) const {
    std::set<std::string> families = signs(node);
    if (in_scope(node)) {
        families.insert(of_scope.begin(), of_scope.end());
    }
    if (!scope_->accelerator.empty()) {
        const std::string only = offers_.family_called(scope_->accelerator);
        std::erase_if(families, [&](const std::string& one) { return one != only; });
    }
    return families;
}

// What every node of a scope that the user names should have.
std::set<std::string> Diagnosis::expected_of_scope() const {
    if (scope_->pool_key.empty() && scope_->node.empty()) {
        return {};
    }
    return scope_->accelerator.empty()
               ? expected_of_pool()
               : std::set<std::string>{offers_.family_called(scope_->accelerator)};
}

void Diagnosis::choose_cases() {
    const bool pool = !scope_->pool_key.empty();
    const std::set<std::string> of_scope = expected_of_scope();
    for (const NodeFacts& node : snapshot_->nodes) {
        const bool asked = in_scope(node);
        in_scope_count_ += asked ? 1U : 0U;
        if (!asked && scope_->node.empty()) {
            continue;  // for a single node its peers are looked at as well
        }
        std::set<std::string> families = families_of(node, of_scope);
        if (!families.empty()) {
            const std::string own = pool_of(node);
            cases_.push_back({.node = &node,
                              .families = std::move(families),
                              .group = pool ? "" : own,
                              .uniform = pool || !own.empty(),
                              .asked = asked});
        }
    }
    std::ranges::sort(cases_, {}, [](const Case& one) { return one.node->name; });
}

NodeReport Diagnosis::walked(const Case& one) const {
    NodeReport report{.name = one.node->name,
                      .accelerators = {},
                      .findings = chain_of(*one.node, one.families, index_),
                      .holders = holders_on(*one.node, index_),
                      .warnings = warnings_of(*one.node, index_),
                      .versions = versions_of(*one.node, one.families, offers_)};
    for (const std::string& family : one.families) {
        report.accelerators[family] = offers_.devices(one.node->name, family);
    }
    return report;
}

void Diagnosis::compare_pools(std::vector<NodeReport>& reports) const {
    std::map<std::string, std::vector<Member>> pools;
    for (std::size_t i = 0; i < cases_.size(); ++i) {
        pools[cases_[i].group].push_back({.node = cases_[i].node,
                                          .families = cases_[i].families,
                                          .uniform = cases_[i].uniform,
                                          .report = &reports[i]});
    }
    for (const auto& [name, pool] : pools) {
        compare(pool, offers_, *adapters_);
    }
}

Report Diagnosis::ended(Report report) const {
    const bool found = report.broken() > 0;
    const bool blind = std::ranges::any_of(report.unseen, &Unseen::link);
    if (found) {
        report.exit_code = found_something;
    } else if (in_scope_count_ == 0) {
        report.none = fmt::format("no node is in {}", report.scope);
        report.exit_code = nothing_selected;
    } else if (report.nodes.empty()) {
        report.none = fmt::format(
            "none of {} node(s) has an accelerator, a label of one or a pod of its stack: they are "
            "for CPU work only, or nothing is installed yet",
            in_scope_count_);
        std::vector<std::string> names;
        for (const Adapter& one : *adapters_) {
            names.push_back(one.name);
        }
        report.looked_for = {
            fmt::format("ResourceSlices ({})", snapshot_->slices.size()),
            fmt::format("DaemonSets of a stack ({})", snapshot_->daemon_sets.size()),
            fmt::format("resources and labels of {}", fmt::join(names, ", "))};
        report.exit_code = cannot_tell;
    } else if (blind) {
        report.exit_code = cannot_tell;
    }
    return report;
}

Report Diagnosis::report() {
    Report report;
    report.scope = scope_words();
    report.unseen = snapshot_->unseen;
    choose_cases();
    if (!scope_->node.empty() && in_scope_count_ == 0) {
        report.nodes.push_back({.name = scope_->node,
                                .accelerators = {},
                                .findings = {{Link::node,
                                              "there is no Node object of this name: the machine "
                                              "has not joined, or was removed",
                                              "kubectl get nodes,csr"}},
                                .holders = {},
                                .warnings = {},
                                .versions = {}});
        return ended(std::move(report));
    }
    std::ranges::transform(cases_, std::back_inserter(report.nodes),
                           [&](const Case& one) { return walked(one); });
    compare_pools(report.nodes);
    std::vector<NodeReport> asked;
    for (std::size_t i = 0; i < cases_.size(); ++i) {
        if (cases_[i].asked) {
            std::ranges::stable_sort(report.nodes[i].findings, {}, &Finding::link);
            asked.push_back(std::move(report.nodes[i]));
        }
    }
    report.nodes = std::move(asked);
    report.others = in_scope_count_ - report.nodes.size();
    return ended(std::move(report));
}

}  // namespace

std::string_view to_string(Link link) {
    constexpr std::array names{"node",   "heartbeat", "ready",        "cordon",
                               "taint",  "label",     "pod",          "registration",
                               "slices", "devices",   "device_taint", "preparation",
                               "holder", "companion", "skew"};
    return names[static_cast<std::size_t>(link)];
}

std::size_t Report::broken() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        nodes, [](const NodeReport& node) { return !node.findings.empty(); }));
}

Report diagnose(const Snapshot& snapshot, const std::vector<Adapter>& adapters,
                const Scope& scope) {
    return Diagnosis(snapshot, adapters, scope).report();
}

}  // namespace assay::triage
