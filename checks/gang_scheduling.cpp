// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "checks/catalog.h"
#include "checks/gang_scheduling_quota.h"
#include "engine/scenario.h"
#include "engine/scheduler_adapter.h"

// schedulingOrchestration / gang_scheduling
//
//   Our words: the pods of one distributed job are placed all together or not at all, so that no
//   half of it holds accelerators and waits for the other half.
//
// All of it happens on one node, of which a blocker takes one accelerator: a gang of as many pods
// as were free then lacks exactly one. The same pods without a gang are bound but for one, which
// shows that the shortage is one of room for one pod and that pods can be bound here at all.

namespace assay {
namespace {

constexpr std::chrono::seconds spread_limit{10};

constexpr Assertion no_gang_is_bound_in_part{
    .id = "no_gang_is_bound_in_part",
    .kind = Kind::control,
    .sentence =
        "pods that are no gang, with an accelerator too few for all of them, are bound but for one",
    .next_step = "read the pods' events: the default scheduler did not place what had room"};

constexpr Assertion gang_short_of_capacity_binds_none{
    .id = "gang_short_of_capacity_binds_none",
    .kind = Kind::negative,
    .control = &no_gang_is_bound_in_part,
    .sentence = "of a gang that lacks one accelerator no pod is bound, in the scheduler's words",
    .next_step =
        "see whether the scheduler of the pods is the one that knows gangs, and has that turned on "
        "(Kubernetes' own: feature gate GenericWorkload, on the scheduler too)"};

constexpr Assertion gang_binds_once_there_is_room{
    .id = "gang_binds_once_there_is_room",
    .sentence =
        "once the accelerator is free all pods of the gang are bound, within 10 s of each other",
    .next_step = "read the events of the gang's object and of its pods"};

constexpr Assertion two_gangs_take_turns{
    .id = "two_gangs_take_turns",
    .sentence =
        "of two gangs that fit only one after the other one is bound whole, and then the other",
    .next_step =
        "look whether each of them holds a part: then neither will ever run; the scheduler must "
        "give back what it took for a gang that it cannot place"};

constexpr auto table =
    assertions({&no_gang_is_bound_in_part, &gang_short_of_capacity_binds_none,
                &gang_binds_once_there_is_room, &two_gangs_take_turns, &job_within_quota_starts,
                &gang_short_of_quota_starts_none, &gang_starts_once_there_is_quota});

constexpr std::array by_capacity{&no_gang_is_bound_in_part, &gang_short_of_capacity_binds_none,
                                 &gang_binds_once_there_is_room, &two_gangs_take_turns};

// The node that all of it happens on.
struct Room {
    std::string node;
    int free = 0;
    std::vector<std::string> others;  // who holds the rest
};

class Gangs {
public:
    Gangs(Scenario& s, GangScheduler scheduler, Room room)
        : s_(&s), scheduler_(std::move(scheduler)), room_(std::move(room)) {}

    void ask() const;

private:
    std::vector<Pod> start_plain() const;
    void make_group(const std::string& name, int size) const;
    Pod start_member(const std::string& group, int index) const;
    void ask_short(const std::vector<Pod>& gang) const;
    void ask_two() const;
    std::optional<std::string> disturbed() const;

    Scenario* s_;
    GangScheduler scheduler_;
    Room room_;
};

std::vector<Pod> Gangs::start_plain() const {
    std::vector<Pod> pods;
    for (int i = 0; i < room_.free; ++i) {
        pods.push_back(
            s_->start(s_->pod("member").named(fmt::format("plain-{}", i)).on(room_.node)));
    }
    return pods;
}

void Gangs::make_group(const std::string& name, int size) const {
    const auto kind = s_->served(scheduler_.group);
    ObjectManifest group(kube::Json{
        {"apiVersion", kind->api_version()}, {"kind", kind->kind}, {"metadata", {{"name", name}}}});
    group = group.with(scheduler_.minimum, size);
    for (const auto& [pointer, value] : scheduler_.group_sets) {
        group = group.with(pointer, value);
    }
    s_->make(group);
}

Pod Gangs::start_member(const std::string& group, int index) const {
    PodManifest pod = s_->pod("member")
                          .named(fmt::format("{}-{}", group, index))
                          .on(room_.node)
                          .with(scheduler_.member, group);
    if (!scheduler_.scheduler_name.empty()) {
        pod = pod.with("/spec/schedulerName", scheduler_.scheduler_name);
    }
    for (const auto& [pointer, value] : scheduler_.member_sets) {
        pod = pod.with(pointer, value);
    }
    return s_->start(pod);
}

// Somebody else took or gave back an accelerator of the node meanwhile.
std::optional<std::string> Gangs::disturbed() const {
    const Observed<FreeAccelerators> now = s_->free_accelerators();
    if (!now.value) {
        return "what others hold by now is not known: " + now.value.error().reason;
    }
    const auto held = now.value->held.find(room_.node);
    const std::vector<std::string> others =
        held == now.value->held.end() ? std::vector<std::string>{} : held->second;
    for (const std::string& one : others) {
        if (std::ranges::find(room_.others, one) == room_.others.end()) {
            return one + " took an accelerator of " + room_.node + " meanwhile";
        }
    }
    return others.size() == room_.others.size()
               ? std::nullopt
               : std::optional("somebody gave an accelerator of " + room_.node + " back meanwhile");
}

auto binds(std::string sentence, std::function<bool(const Bindings&)> is_so,
           std::function<std::optional<std::string>(const Bindings&)> unclear = nullptr) {
    return satisfies<Bindings>(std::move(sentence), std::move(is_so), std::move(unclear));
}

void Gangs::ask_short(const std::vector<Pod>& gang) const {
    const auto any_bound = [](const Bindings& one) { return one.bound() > 0; };
    const Observed<Bindings> watched = s_->bindings(gang, any_bound);
    s_->expect(gang_short_of_capacity_binds_none, watched,
               binds(
                   "none bound as long as it was watched",
                   [](const Bindings& one) { return one.bound() == 0; },
                   [&](const Bindings& one) -> std::optional<std::string> {
                       if (one.bound() == 0 && one.words().empty()) {
                           return "no scheduler has said a word about them";
                       }
                       return disturbed();
                   }));
}

void Gangs::ask_two() const {
    const int size = std::max(room_.free * 4 / 5, room_.free / 2 + 1);
    make_group("turn-a", size);
    make_group("turn-b", size);
    std::vector<Pod> a;
    std::vector<Pod> b;
    for (int i = 0; i < size; ++i) {
        a.push_back(start_member("turn-a", i));
        b.push_back(start_member("turn-b", i));
    }
    std::vector<Pod> both = a;
    both.insert(both.end(), b.begin(), b.end());
    const auto of = [size](const Bindings& all, bool second) {
        Bindings half;
        const auto from = all.pods.begin() + (second ? size : 0);
        half.pods.assign(from, from + size);
        return half;
    };
    const auto one_whole = [&](const Bindings& all) {
        return of(all, false).all_bound() || of(all, true).all_bound();
    };
    const Observed<Bindings> first = s_->bindings(both, one_whole);
    const auto unclear = [&](const Bindings& one) {
        return one_whole(one) ? std::nullopt : disturbed();
    };
    const Outcome outcome =
        s_->expect(two_gangs_take_turns, first,
                   binds(
                       fmt::format("one gang of {} bound whole, the other not at all", size),
                       [&](const Bindings& all) {
                           return one_whole(all) && static_cast<int>(all.bound()) == size;
                       },
                       unclear));
    if (outcome == Outcome::passed) {
        const bool a_was_first = of(*first.value, false).all_bound();
        s_->end(a_was_first ? a : b);
        s_->expect(
            two_gangs_take_turns, s_->bindings(a_was_first ? b : a, &Bindings::all_bound),
            binds("the other bound whole after it", &Bindings::all_bound, [&](const Bindings& one) {
                return one.all_bound() ? std::nullopt : disturbed();
            }));
        s_->end(a_was_first ? b : a);
    } else {
        s_->end(both);
    }
}

void Gangs::ask() const {
    const auto free = static_cast<std::size_t>(room_.free);
    const Pod blocker = s_->start(s_->pod("member").named("blocker").on(room_.node));
    const auto placed = s_->bindings({blocker}, &Bindings::all_bound);
    if (!placed.value || !placed.value->all_bound()) {
        s_->give_up("the pod that takes one accelerator was not placed: " +
                    (placed.value ? placed.value->describe() : placed.value.error().reason));
    }
    const std::vector<Pod> plain = start_plain();
    s_->require(no_gang_is_bound_in_part,
                s_->bindings(plain,
                             [&](const Bindings& one) {
                                 return one.bound() + 1 >= free && !one.words().empty();
                             }),
                binds(
                    fmt::format("{} of {} bound", free - 1, free),
                    [&](const Bindings& one) { return one.bound() + 1 == free; },
                    [&](const Bindings& one) {
                        return one.bound() + 1 == free ? std::nullopt : disturbed();
                    }));
    s_->end(plain);
    make_group("short", room_.free);
    std::vector<Pod> gang;
    for (int i = 0; i < room_.free; ++i) {
        gang.push_back(start_member("short", i));
    }
    ask_short(gang);
    s_->end(blocker);
    s_->expect(
        gang_binds_once_there_is_room, s_->bindings(gang, &Bindings::all_bound),
        binds(
            "all bound within 10 s of each other",
            [](const Bindings& one) { return one.all_bound() && one.spread() <= spread_limit; },
            [&](const Bindings& one) { return one.all_bound() ? std::nullopt : disturbed(); }));
    s_->end(gang);
    ask_two();
}

// The node with the fewest that are free, of those with at least two.
std::optional<Room> room_in(const FreeAccelerators& free) {
    std::optional<Room> room;
    for (const auto& [node, count] : free.by_node) {
        if (count >= 2 && (!room || count < room->free)) {
            const auto held = free.held.find(node);
            room =
                Room{.node = node,
                     .free = count,
                     .others = held == free.held.end() ? std::vector<std::string>{} : held->second};
        }
    }
    return room;
}

void ask_by_capacity(Scenario& s, const GangScheduler& scheduler) {
    const auto not_asked = [&](const std::string& why) {
        for (const Assertion* one : by_capacity) {
            s.not_asked(*one, why);
        }
    };
    const Observed<FreeAccelerators> free = s.free_accelerators();
    if (!free.value) {
        return not_asked("which accelerators are free is not known: " + free.value.error().reason);
    }
    const auto room = room_in(*free.value);
    if (!room) {
        return not_asked("no node has two accelerators free: " + free.value->describe());
    }
    if (2 * room->free > free.value->total() && !s.allowed(Change::exclusive_pool)) {
        return not_asked(fmt::format(
            "it would hold {} of the {} accelerators that are free; only with --allow {}",
            room->free, free.value->total(), to_string(Change::exclusive_pool)));
    }
    Gangs(s, scheduler, *room).ask();
}

void all_or_nothing(Scenario& s) {
    std::optional<GangScheduler> capacity;
    std::optional<GangScheduler> quota;
    for (const Component* one : s.components("scheduler")) {
        auto read = gang_scheduler_of(*one);
        if (!read) {
            s.give_up(read.error());
        }
        auto& first = read->by_quota ? quota : capacity;
        if (!first) {
            first = std::move(*read);
        }
    }
    if (quota) {
        ask_by_quota(s);
    } else {
        for (const Assertion* one : by_quota) {
            s.not_applicable(*one, "no scheduler that admits jobs by quota is installed");
        }
    }
    if (capacity) {
        ask_by_capacity(s, *capacity);
    } else {
        for (const Assertion* one : by_capacity) {
            s.not_applicable(*one, quota->name +
                                       " admits jobs by quota, and no other scheduler of "
                                       "gangs is installed");
        }
    }
}

constexpr std::string_view that_scheduler_only = "only where that scheduler is installed";

// A gang is one object of whichever scheduler there is.
constexpr std::array<Right, 4> of_groups(std::string_view group) {
    const Right makes{.group = group,
                      .resource = "podgroups",
                      .verb = "create",
                      .why = "say which pods are a gang",
                      .without = that_scheduler_only,
                      .unused_when = that_scheduler_only};
    std::array<Right, 4> all{makes, makes, makes, makes};
    constexpr std::array removing{"list", "watch", "delete"};
    for (std::size_t i = 0; i < removing.size(); ++i) {
        all[i + 1].verb = removing[i];
        all[i + 1].place = Place::given_namespace;
        all[i + 1].why = "remove what said so";
    }
    return all;
}

constexpr std::string_view plugin_only = "only where a device plugin hands out the accelerator";

constexpr std::array of_accelerators{claim_rights[0],
                                     claim_rights[1],
                                     claim_rights[2],
                                     claim_rights[3],
                                     Right{.group = "resource.k8s.io",
                                           .resource = "resourceclaims",
                                           .verb = "list",
                                           .reach = Reach::cluster,
                                           .why = "know which accelerators are free"},
                                     Right{.group = "",
                                           .resource = "pods",
                                           .verb = "list",
                                           .reach = Reach::cluster,
                                           .why = "know which accelerators are free",
                                           .without = plugin_only,
                                           .unused_when = plugin_only}};

constexpr std::array rights =
    joined(joined(of_accelerators, quota_rights),
           joined(joined(of_groups("scheduling.k8s.io"), of_groups("scheduling.volcano.sh")),
                  joined(of_groups("scheduling.run.ai"), of_groups("scheduling.x-k8s.io"))));

// On the node with the fewest free accelerators; counted for one of eight.
constexpr std::array made{
    PlannedObjects{.kind = "Pod", .count = 41},
    PlannedObjects{.kind = "PodGroup", .count = 3},
    PlannedObjects{.kind = "ResourceFlavor", .count = 1, .cluster_scoped = true},
    PlannedObjects{.kind = "ClusterQueue", .count = 1, .cluster_scoped = true},
    PlannedObjects{.kind = "LocalQueue", .count = 1},
    PlannedObjects{.kind = "Job", .count = 2}};

}  // namespace

constinit const Check gang_scheduling{
    .id = "gang_scheduling",
    .title = "The pods of a distributed job are placed all together or not at all",
    .breaks =
        "Jobs that need several accelerators at once hold a part of them and wait for the rest, "
        "for ever if another job does the same.",
    .assertions = table,
    .needs = {.accelerators = 2,
              .accelerators_on_node = 2,
              .component = "scheduler",
              .rights = rights},
    .cost = {.nodes = 1,
             .objects = made,
             .asking = std::chrono::seconds{90},
             .clearing = std::chrono::seconds{16}},
    .timeout = std::chrono::minutes{6},
    .run = all_or_nothing,
};

}  // namespace assay
