// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/triage_reach.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace assay::triage {

namespace {

// What the DaemonSet controller makes every pod of a DaemonSet tolerate.
constexpr std::array always_tolerated{
    "node.kubernetes.io/not-ready",          "node.kubernetes.io/unreachable",
    "node.kubernetes.io/disk-pressure",      "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/pid-pressure",       "node.kubernetes.io/unschedulable",
    "node.kubernetes.io/network-unavailable"};

bool holds(const Expression& wanted, const std::map<std::string, std::string>& values) {
    const auto found = values.find(wanted.key);
    const bool there = found != values.end();
    const bool listed =
        there && std::ranges::find(wanted.values, found->second) != wanted.values.end();
    if (wanted.op == "In") {
        return listed;
    }
    if (wanted.op == "NotIn") {
        return !listed;
    }
    if (wanted.op == "Exists" || wanted.op == "DoesNotExist") {
        return there == (wanted.op == "Exists");
    }
    if (!there || wanted.values.empty()) {
        return false;
    }
    const long long has = std::atoll(found->second.c_str());
    const long long bound = std::atoll(wanted.values.front().c_str());
    return wanted.op == "Gt" ? has > bound : has < bound;
}

bool holds(const Term& term, const NodeFacts& node) {
    const std::map<std::string, std::string> fields{{"metadata.name", node.name}};
    const bool empty = term.labels.empty() && term.fields.empty();  // selects nothing
    return !empty && std::ranges::all_of(term.labels, [&](const Expression& one) {
        return holds(one, node.labels);
    }) && std::ranges::all_of(term.fields, [&](const Expression& one) {
        return holds(one, fields);
    });
}

std::string text_of(const Expression& one) {
    return one.values.empty()
               ? fmt::format("{} {}", one.key, one.op)
               : fmt::format("{} {} ({})", one.key, one.op, fmt::join(one.values, ", "));
}

std::string has_words(const NodeFacts& node, const std::string& key) {
    const auto found = node.labels.find(key);
    return found == node.labels.end() ? fmt::format("the node has no label {}", key)
                                      : fmt::format("the node has {}={}", key, found->second);
}

std::string label_remedy(const NodeFacts& node, const std::string& key, const std::string& value) {
    return fmt::format("label node {} {}={} --overwrite", node.name, key, value);
}

Exclusion by_selector(const DaemonSet& set, const NodeFacts& node) {
    for (const auto& [key, value] : set.node_selector) {
        const auto found = node.labels.find(key);
        if (found == node.labels.end() || found->second != value) {
            return {.by = Exclusion::By::label,
                    .words = fmt::format("its node selector wants {}={}, {}", key, value,
                                         has_words(node, key)),
                    .remedy = label_remedy(node, key, value)};
        }
    }
    return {};
}

Exclusion by_affinity(const DaemonSet& set, const NodeFacts& node) {
    if (set.affinity.empty() ||
        std::ranges::any_of(set.affinity, [&](const Term& one) { return holds(one, node); })) {
        return {};
    }
    std::vector<const Expression*> unmet;
    for (const Term& term : set.affinity) {
        for (const Expression& one : term.labels) {
            if (!holds(one, node.labels)) {
                unmet.push_back(&one);
            }
        }
    }
    std::vector<std::string> wanted;
    std::ranges::transform(unmet, std::back_inserter(wanted),
                           [](const Expression* one) { return text_of(*one); });
    Exclusion result{.by = Exclusion::By::label,
                     .words = fmt::format("its node affinity wants {}, which the node's labels do "
                                          "not meet",
                                          fmt::join(wanted, ", or ")),
                     .remedy = {}};
    const auto one = std::ranges::find_if(unmet, [](const Expression* expression) {
        return expression->op == "In" && !expression->values.empty();
    });
    if (one != unmet.end()) {
        result.remedy = label_remedy(node, (*one)->key, (*one)->values.front());
    }
    return result;
}

}  // namespace

std::string text_of(const Taint& taint) {
    return fmt::format("{}{}{}:{}", taint.key, taint.value.empty() ? "" : "=", taint.value,
                       taint.effect);
}

bool tolerates(const std::vector<Tolerated>& tolerations, const Taint& taint) {
    return std::ranges::any_of(tolerations, [&](const Tolerated& one) {
        const bool key = one.key == taint.key || (one.key.empty() && one.op == "Exists");
        const bool effect = one.effect.empty() || one.effect == taint.effect;
        return key && effect && (one.op == "Exists" || one.value == taint.value);
    });
}

Exclusion exclusion_of(const DaemonSet& set, const NodeFacts& node) {
    if (Exclusion found = by_selector(set, node); found.by != Exclusion::By::nothing) {
        return found;
    }
    if (Exclusion found = by_affinity(set, node); found.by != Exclusion::By::nothing) {
        return found;
    }
    for (const Taint& taint : node.taints) {
        const bool keeps_out = taint.effect == "NoSchedule" || taint.effect == "NoExecute";
        const bool always =
            std::ranges::find(always_tolerated, taint.key) != always_tolerated.end();
        if (keeps_out && !always && !tolerates(set.tolerations, taint)) {
            return {
                .by = Exclusion::By::taint,
                .words = "it does not tolerate the node's taint " + text_of(taint),
                .remedy = fmt::format("taint nodes {} {}:{}-", node.name, taint.key, taint.effect)};
        }
    }
    return {};
}

}  // namespace assay::triage
