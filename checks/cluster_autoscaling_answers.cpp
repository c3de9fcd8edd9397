// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "checks/cluster_autoscaling_answers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace assay {

namespace {

constexpr std::size_t shown_nodes = 5;

std::string names_of(const std::vector<ObjectState>& nodes) {
    std::vector<std::string> names;
    for (const ObjectState& node : nodes) {
        names.push_back(node.name());
    }
    names.resize(std::min(names.size(), shown_nodes));
    return fmt::format("{} new node(s) {}", nodes.size(), fmt::join(names, ", "));
}

// Where nobody has looked at a pod it waits for something else than a node.
std::optional<std::string> unseen(const Words& words) {
    return words.scheduler.empty()
               ? std::optional<std::string>("no scheduler has said a word about the pod")
               : std::nullopt;
}

std::string after(const std::string& words) {
    return words.empty() ? words : "; " + words;
}

}  // namespace

std::string Arrival::describe() const {
    if (!own) {
        const std::string what = nodes.empty() ? "no new node" : names_of(nodes);
        return fmt::format("{} after {:.1f} s{}", what, waited_s, after(words.describe()));
    }
    const std::string name =
        pool.empty() ? own->name() : fmt::format("{} of pool {}", own->name(), pool);
    return takes_pods ? fmt::format("node {} there after {:.1f} s, Ready after {:.1f} s", name,
                                    there_s, ready_s)
                      : fmt::format("node {} there after {:.1f} s, not Ready after {:.1f} s", name,
                                    there_s, waited_s);
}

std::optional<std::string> Arrival::unclear() const {
    if (own) {
        return std::nullopt;
    }
    if (!words.bound_to.empty()) {
        return fmt::format("the pod was placed on {}, which was there before", words.bound_to);
    }
    return takes_pods ? names_of(nodes) + ", and nothing tells which came for the pod"
                      : unseen(words);
}

std::string Offered::describe() const {
    return fmt::format("{} {}", count, of);
}

std::string PodOnNode::describe() const {
    return node.empty() ? fmt::format("bound to no node; {}", words)
                        : fmt::format("{} on {} {:.1f} s after it was made", phase, node, after_s);
}

std::string Idle::describe() const {
    return gone ? fmt::format("{} gone {:.1f} s after it was idle{}", node, after_s, after(pool))
                : fmt::format("{} still there {:.1f} s after it was idle{}", node, after_s,
                              after(keepers.describe()));
}

std::optional<std::string> Idle::unclear() const {
    if (!gone && !keepers.strangers.empty()) {
        return fmt::format("{} was not idle: {} used it", node, fmt::join(keepers.strangers, ", "));
    }
    if (gone && !others.empty()) {
        return fmt::format("{} in its pool by then, of whomever", names_of(others));
    }
    return std::nullopt;
}

std::string Impossible::describe() const {
    const std::string what = own             ? "node " + own->name()
                             : nodes.empty() ? std::string("no new node")
                                             : names_of(nodes);
    return fmt::format("{} in {:.1f} s{}", what, watched_s, after(words.describe()));
}

std::optional<std::string> Impossible::unclear() const {
    if (brought()) {
        return std::nullopt;
    }
    return nodes.empty() ? unseen(words)
                         : std::optional(names_of(nodes) + ", and nothing tells for whom");
}

}  // namespace assay
