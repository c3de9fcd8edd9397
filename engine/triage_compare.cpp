// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/triage_compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/triage_peers.h"
#include "engine/triage_reach.h"

namespace assay::triage {

namespace {

// Taints that say what is wrong, whatever the peers have.
constexpr std::array bad_taints{"node.cloudprovider.kubernetes.io/uninitialized",
                                "node.kubernetes.io/out-of-service",
                                "ToBeDeletedByClusterAutoscaler", "karpenter.sh/disrupted"};
// Taints that other links of the chain speak of, or that say what the node is for.
constexpr std::array plain_taints{"node.kubernetes.io/", "node-role.kubernetes.io/"};

std::string domain_of(const std::string& name) {
    return name.substr(0, name.find('/'));
}

// A pool's own taint keeps others away from its accelerators.
bool is_of_vendor(const Taint& taint, const std::vector<Adapter>& adapters) {
    return std::ranges::any_of(adapters, [&](const Adapter& adapter) {
        return std::ranges::any_of(adapter.resource_names, [&](const std::string& resource) {
            return domain_of(resource) == domain_of(taint.key);
        });
    });
}

bool is_plain(const Taint& taint) {
    return std::ranges::any_of(plain_taints,
                               [&](const char* prefix) { return taint.key.starts_with(prefix); });
}

Finding taint_finding(const NodeFacts& node, const Taint& taint, const std::string& peers) {
    return {Link::taint, fmt::format("the node is tainted {}{}", text_of(taint), peers),
            fmt::format("kubectl taint nodes {} {}:{}-", node.name, taint.key, taint.effect)};
}

std::map<Taint, std::size_t> taints_in(const std::vector<Member>& pool) {
    std::map<Taint, std::size_t> counts;
    for (const Member& member : pool) {
        for (const Taint& taint : member.node->taints) {
            ++counts[taint];
        }
    }
    return counts;
}

void add_taints(const std::vector<Member>& pool, const std::vector<Adapter>& adapters) {
    for (const auto& [taint, count] : taints_in(pool)) {
        const bool bad = std::ranges::find(bad_taints, taint.key) != bad_taints.end();
        const bool meant = is_plain(taint) || is_of_vendor(taint, adapters);
        const bool odd = pool.size() > 1 && 2 * count <= pool.size() && !meant;
        if (taint.effect == "PreferNoSchedule" || (!bad && !odd)) {
            continue;
        }
        const std::string peers =
            bad ? "" : fmt::format(", as {} of the {} nodes of its pool", count, pool.size());
        for (const Member& member : pool) {
            if (std::ranges::find(member.node->taints, taint) != member.node->taints.end()) {
                member.report->findings.push_back(taint_finding(*member.node, taint, peers));
            }
        }
    }
}

void add_missing_devices(const std::string& family, const std::vector<Member>& pool,
                         const Offers& offers) {
    std::map<std::string, std::string> counts;
    for (const Member& member : pool) {
        const std::int64_t devices = offers.devices(member.node->name, family);
        if (member.uniform && devices > 0 && member.families.contains(family)) {
            counts[member.node->name] = std::to_string(devices);
        }
    }
    const auto odd = odd_ones(counts);
    for (const Member& member : pool) {
        const std::string& name = member.node->name;
        const auto found = odd.find(name);
        if (found != odd.end() && older(counts.at(name), found->second.should)) {
            member.report->findings.push_back(
                {Link::devices,
                 fmt::format("{} device(s) of {}, where {} of its {} peers have {}",
                             counts.at(name), family, found->second.peers, found->second.of - 1,
                             found->second.should),
                 "kubectl describe node " + name});
        }
    }
}

void add_skew(const std::string& what, const std::vector<Member>& pool) {
    std::map<std::string, std::string> values;
    for (const Member& member : pool) {
        const auto found = member.report->versions.find(what);
        values[member.node->name] = found == member.report->versions.end() ? "" : found->second;
    }
    const auto odd = odd_ones(values);
    for (const Member& member : pool) {
        const std::string& name = member.node->name;
        const auto found = odd.find(name);
        if (found == odd.end()) {
            continue;
        }
        const std::string look =
            what.ends_with(" driver")
                ? fmt::format(
                      "kubectl get resourceslices --field-selector spec.nodeName={} -o yaml", name)
                : fmt::format("kubectl get node {} -o wide", name);
        member.report->findings.push_back(
            {Link::skew,
             fmt::format("its {} is {}, where {} of its {} peers have {}", what, values.at(name),
                         found->second.peers, found->second.of - 1, found->second.should),
             look});
    }
}

std::string driver_version(const NodeFacts& node, const std::string& family, const Offers& offers) {
    const auto& all = offers.of(node.name);
    const auto offer = all.find(family);
    std::string version = offer == all.end() ? "" : offer->second.driver_version();
    const Adapter* adapter = offers.adapter(family);
    if (!version.empty() || adapter == nullptr) {
        return version;
    }
    for (const std::string& label : adapter->stack.driver_version_labels) {
        if (const auto found = node.labels.find(label); found != node.labels.end()) {
            return found->second;
        }
    }
    return {};
}

}  // namespace

std::map<std::string, std::string> versions_of(const NodeFacts& node,
                                               const std::set<std::string>& families,
                                               const Offers& offers) {
    std::map<std::string, std::string> versions = node.versions;
    for (const std::string& family : families) {
        if (std::string version = driver_version(node, family, offers); !version.empty()) {
            versions[family + " driver"] = std::move(version);
        }
    }
    return versions;
}

void compare(const std::vector<Member>& pool, const Offers& offers,
             const std::vector<Adapter>& adapters) {
    add_taints(pool, adapters);
    std::set<std::string> families;
    std::set<std::string> versions;
    for (const Member& member : pool) {
        families.insert(member.families.begin(), member.families.end());
        for (const auto& [what, version] : member.report->versions) {
            versions.insert(what);
        }
    }
    for (const std::string& family : families) {
        add_missing_devices(family, pool, offers);
    }
    for (const std::string& what : versions) {
        add_skew(what, pool);
    }
}

}  // namespace assay::triage
