// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/triage_collect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>

#include "engine/run_id.h"
#include "kube/discovery.h"
#include "kube/pages.h"

namespace assay::triage {

namespace {

using kube::Json;

constexpr std::string_view dra = "resource.k8s.io";
constexpr std::size_t logs_read = 24;  // of pods that do not run; the others' are told without
constexpr std::size_t lanes = 8;
constexpr std::chrono::seconds for_logs{3};  // a kubelet that hangs must not hold up the rest
constexpr std::size_t log_bytes = 4096;
constexpr int log_lines = 5;

constexpr std::array rights{
    Right{.group = "",
          .resource = "nodes",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "see their conditions, taints, labels, versions and device counts"},
    Right{.group = "coordination.k8s.io",
          .resource = "leases",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "see whether kubelets report, by the cluster's own clock"},
    Right{.group = "apps",
          .resource = "daemonsets",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "find drivers, device plugins and toolkits, and the nodes they select"},
    Right{.group = "",
          .resource = "pods",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "see whether their pods run, and who holds devices"},
    Right{.group = "",
          .resource = "pods/log",
          .verb = "get",
          .reach = Reach::cluster,
          .why = "quote the last line of those that do not run",
          .without = "their last line is not quoted"},
    Right{.group = dra,
          .resource = "resourceslices",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "see which devices drivers publish"},
    Right{.group = dra,
          .resource = "resourceclaims",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "see who holds them"},
    Right{.group = "",
          .resource = "events",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "quote recent warnings"},
};

const kube::Resource leases{"coordination.k8s.io", "v1", "leases", "Lease", true};
const kube::Resource daemon_sets{"apps", "v1", "daemonsets", "DaemonSet", true};

// Fills a snapshot; each list on a thread of its own, and each member of the snapshot by one list.
class Look {
public:
    Look(const kube::Client& client, const std::vector<Adapter>& adapters, const kube::Limit& limit)
        : client_(&client), adapters_(&adapters), limit_(&limit) {}

    kube::Result<Snapshot> taken();

private:
    // into: a vector of the snapshot. then: what is not known if the list cannot be read.
    template <class Facts>
    kube::Result<void> list(const kube::Resource& resource, std::string_view ns,
                            const kube::Selection& selection, std::vector<Facts>& into,
                            const std::function<void(const Json&)>& take) {
        return kube::visit(*client_, resource, ns, selection, take, [&] { into.clear(); }, *limit_);
    }
    void note(const kube::Result<void>& done, const std::string& what, const std::string& then,
              bool link = true);
    void read_leases();
    void read_daemon_sets();
    void read_slices(const std::string& version);
    void read_claims(const std::string& version);
    void read_pods();
    void read_events();
    std::vector<PodFacts*> fallen();
    void read_log(PodFacts& pod, const kube::Limit& limit);
    void read_logs();
    void keep_relevant();
    std::string dra_version();

    const kube::Client* client_;
    const std::vector<Adapter>* adapters_;
    const kube::Limit* limit_;
    Snapshot snapshot_;
    std::mutex unseen_;
};

void Look::note(const kube::Result<void>& done, const std::string& what, const std::string& then,
                bool link) {
    if (!done) {
        const std::scoped_lock lock(unseen_);
        snapshot_.unseen.push_back(
            {.what = what, .why = done.error().message, .then = then, .link = link});
    }
}

// The kubelets' own, and those by which control planes renew their leadership: the newest of all is
// the cluster's clock, whatever the clock here says.
void Look::read_leases() {
    std::vector<LeaseFacts> others;
    note(list(leases, "kube-node-lease", {}, snapshot_.leases,
              [&](const Json& one) { snapshot_.leases.push_back(lease_facts(one)); }),
         "leases", "a kubelet that stopped in the last minute is not seen");
    static_cast<void>(list(leases, "kube-system", {}, others,
                           [&](const Json& one) { others.push_back(lease_facts(one)); }));
    for (const auto* list : {&snapshot_.leases, &others}) {
        for (const LeaseFacts& one : *list) {
            snapshot_.now = std::max(snapshot_.now, one.renewed);
        }
    }
    if (snapshot_.now < 0) {
        snapshot_.now = seconds_of(now_rfc3339());
    }
}

void Look::read_daemon_sets() {
    note(list(daemon_sets, "", {}, snapshot_.daemon_sets,
              [&](const Json& one) {
                  if (auto facts = daemon_set_facts(one, *adapters_)) {
                      snapshot_.daemon_sets.push_back(std::move(*facts));
                  }
              }),
         "daemonsets",
         "drivers, device plugins and toolkits, and which nodes they select, are not "
         "seen");
    std::ranges::stable_sort(snapshot_.daemon_sets, {}, [](const DaemonSet& one) {
        constexpr std::array order{"driver",     "toolkit",  "device-plugin",
                                   "dra-driver", "labeller", "exporter"};
        return std::ranges::find(order, one.part) - order.begin();
    });
}

void Look::read_slices(const std::string& version) {
    const kube::Resource slices{std::string(dra), version, "resourceslices", "ResourceSlice",
                                false};
    note(list(slices, "", {}, snapshot_.slices,
              [&](const Json& one) { snapshot_.slices.push_back(slice_facts(one)); }),
         "resourceslices", "which devices DRA drivers publish is not seen");
}

void Look::read_claims(const std::string& version) {
    const kube::Resource claims{std::string(dra), version, "resourceclaims", "ResourceClaim", true};
    note(list(claims, "", {}, snapshot_.claims,
              [&](const Json& one) {
                  if (ClaimFacts facts = claim_facts(one); !facts.devices.empty()) {
                      snapshot_.claims.push_back(std::move(facts));
                  }
              }),
         "resourceclaims", "who holds devices by claims is not seen");
}

void Look::read_pods() {
    const auto take = [&](const Json& one) {
        snapshot_.pod_uids.insert(kube::uid_of(one));
        PodFacts facts = pod_facts(one, snapshot_.now);
        if (!facts.daemon_set.empty() || facts.claims || !facts.requests.empty()) {
            snapshot_.pods.push_back(std::move(facts));
        }
    };
    const auto done = kube::visit(
        *client_, kube::pods, "", {}, take,
        [&] {
            snapshot_.pods.clear();
            snapshot_.pod_uids.clear();
        },
        *limit_);
    if (!done) {
        snapshot_.pods.clear();
        snapshot_.pod_uids.clear();
    }
    note(done, "pods", "whether the stack's pods run, and who holds devices, is not seen");
}

void Look::read_events() {
    note(list(kube::events, "", {.labels = {}, .fields = "type=Warning"}, snapshot_.events,
              [&](const Json& one) { snapshot_.events.push_back(event_facts(one)); }),
         "events", "warnings are not quoted", false);
}

// Pods of DaemonSets that have nothing to do with accelerators go.
void Look::keep_relevant() {
    std::set<std::pair<std::string, std::string>> sets;
    for (const DaemonSet& set : snapshot_.daemon_sets) {
        sets.insert({set.space, set.name});
    }
    std::erase_if(snapshot_.pods, [&](const PodFacts& pod) {
        return !pod.claims && pod.requests.empty() && !sets.contains({pod.space, pod.daemon_set});
    });
}

// The pods of the stack that do not run and have, or had, a container that ran.
std::vector<PodFacts*> Look::fallen() {
    std::vector<PodFacts*> silent;
    for (PodFacts& pod : snapshot_.pods) {
        const bool ran = pod.trouble && !pod.trouble->container.empty() &&
                         pod.trouble->kind != Trouble::Kind::pull &&
                         pod.trouble->kind != Trouble::Kind::config;
        if (ran && !pod.daemon_set.empty() && silent.size() < logs_read) {
            silent.push_back(&pod);
        }
    }
    return silent;
}

void Look::read_log(PodFacts& pod, const kube::Limit& limit) {
    if (!pod.trouble) {
        return;
    }
    const auto tail = kube::log_tail(*client_, pod.space, pod.name, pod.trouble->container,
                                     log_lines, log_bytes, limit);
    note(tail ? kube::Result<void>{} : std::unexpected(tail.error()),
         fmt::format("log of pod {}/{}", pod.space, pod.name), "its last line is not quoted",
         false);
    pod.trouble->last_line = tail ? last_line_of(*tail) : "";
}

void Look::read_logs() {
    const std::vector<PodFacts*> silent = fallen();
    const kube::Limit own = kube::Limit::of(for_logs, limit_->stop);
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> reading;
    for (std::size_t lane = 0; lane < std::min(lanes, silent.size()); ++lane) {
        reading.emplace_back([&] {
            for (std::size_t i = next++; i < silent.size(); i = next++) {
                read_log(*silent[i], own);
            }
        });
    }
}

std::string Look::dra_version() {
    const auto discovery = kube::Discovery::of(*client_, *limit_);
    note(discovery ? kube::Result<void>{} : std::unexpected(discovery.error()), "the API groups",
         "whether the cluster has Dynamic Resource Allocation is not known");
    return discovery ? discovery->served(dra, {"v1", "v1beta2", "v1beta1"}).value_or(std::string{})
                     : std::string{};
}

kube::Result<Snapshot> Look::taken() {
    const auto nodes = list(kube::nodes, "", {}, snapshot_.nodes,
                            [&](const Json& one) { snapshot_.nodes.push_back(node_facts(one)); });
    if (!nodes) {
        return std::unexpected(nodes.error());
    }
    const std::string version = dra_version();
    {
        const std::jthread first([&] { read_leases(); });
        const std::jthread second([&] { read_daemon_sets(); });
        if (!version.empty()) {
            read_slices(version);
        }
    }
    {
        const std::jthread first([&] { read_events(); });
        read_pods();
    }
    keep_relevant();
    {
        const std::jthread first([&] { read_logs(); });
        if (!version.empty()) {
            read_claims(version);  // after the pods: none of them can name one that was gone before
        }
    }
    std::ranges::sort(snapshot_.unseen, {}, &Unseen::what);
    return std::move(snapshot_);
}

}  // namespace

std::span<const Right> triage_rights() {
    return rights;
}

kube::Result<Snapshot> look(const kube::Client& client, const std::vector<Adapter>& adapters,
                            const kube::Limit& limit) {
    return Look(client, adapters, limit).taken();
}

}  // namespace assay::triage
