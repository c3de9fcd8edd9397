// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "checks/catalog.h"
#include "checks/secure_access_questions.h"

// security / secure_accelerator_access (KAR-0049)
//
//   Our words: an accelerator is reached through the framework that allocates it and in no other
//   way, so a container that was not given one cannot reach one, however it asks.
//
// A probe that finds nothing proves isolation only if the same probe, from the same image, on the
// same node, has just found something. So the owner runs every image that a stranger will run,
// holds its accelerator until the end, and the strangers are placed beside it.

namespace assay {
namespace {

using namespace secure_access;

constexpr auto table = assertions({&owner_reaches_its_own,
                                   &second_container_reaches_none,
                                   &init_container_reaches_none,
                                   &debug_container_reaches_none,
                                   &admin_access_is_refused,
                                   &two_owners_share_none,
                                   &allocators_share_none,
                                   &owner_cannot_open_anothers,
                                   &owner_asking_for_more_gets_no_more,
                                   &stranger_reaches_none,
                                   &runtime_class_reaches_none,
                                   &env_all_reaches_none,
                                   &env_index_reaches_none,
                                   &env_uuid_reaches_none,
                                   &env_cdi_name_reaches_none,
                                   &image_variable_reaches_none,
                                   &legacy_image_reaches_none,
                                   &annotation_reaches_none,
                                   &after_owner_reaches_none,
                                   &volume_mount_reaches_none,
                                   &env_channel_reaches_none,
                                   &made_node_reaches_none,
                                   &ipc_handle_reaches_none,
                                   &memory_is_cleared});

// --- the owner ---

Owner started_owner(Scenario& s, const PodManifest& manifest,
                    const std::vector<std::string>& images) {
    const Pod pod = s.start(manifest);
    const auto container = [](const std::string& image) {
        return image == "core" ? std::string("granted") : image;
    };
    const Observed<Devices> granted = pod.report(container(images.front())).reachable();
    if (granted.value && granted.value->empty() && s.adapter() == nullptr) {
        s.give_up(
            "the driver is unknown to assay and its owner found no device node to look for; "
            "describe the device nodes in an adapter (--adapters)");
    }
    s.require(owner_reaches_its_own, granted, is_exactly(pod.allocated()));
    for (std::size_t i = 1; i < images.size(); ++i) {
        s.expect(owner_reaches_its_own, pod.report(container(images[i])).reachable(),
                 is_exactly(pod.allocated()));
    }
    return {pod, *granted.value, granted.provenance.node, images};
}

std::vector<std::string> known_images(const Scenario& s) {
    std::vector<std::string> images{"core"};
    for (const char* image : {"visible", "legacy"}) {
        if (s.has_image(image)) {
            images.emplace_back(image);
        }
    }
    return images;
}

// One claim serves all containers of a pod. A device plugin gives each container a device of its
// own, so there the images take turns.
Owner first_owner(Scenario& s) {
    PodManifest manifest = marking_memory(s, s.pod("owner"));
    const std::vector<std::string> images =
        s.by_plugin() ? std::vector<std::string>{"core"} : known_images(s);
    for (const char* image : {"visible", "legacy"}) {
        if (std::ranges::find(images, image) == images.end()) {
            manifest = manifest.without(image);
        }
    }
    return started_owner(s, manifest, images);
}

void ask_other_containers(Scenario& s, const Owner& owner) {
    s.expect(init_container_reaches_none, owner.pod.report("before").reachable(), is_empty());
    s.expect(second_container_reaches_none, owner.pod.report("bystander").reachable(), is_empty());
    s.expect(debug_container_reaches_none, owner.pod.report("debugger").reachable(), is_empty());
}

bool has_admin_access(const Answer& answer) {
    return answer.kept("/spec/devices/requests/0/exactly/adminAccess") ||
           answer.kept("/spec/devices/requests/0/adminAccess");  // v1beta1
}

void ask_admin_access(Scenario& s) {
    if (s.by_plugin()) {
        return s.not_applicable(admin_access_is_refused, "a device plugin has no admin access");
    }
    if (s.in_given_namespace()) {
        return s.not_asked(admin_access_is_refused,
                           "whether the namespace is to have admin access is its owner's to say");
    }
    // A claim that is refused as it is tells nothing of admin access.
    const Observed<Answer> plain = s.would_make(s.claim("direct"));
    if (!plain.value || !plain.value->accepted) {
        return s.not_asked(admin_access_is_refused,
                           plain.value ? plain.value->describe() : plain.value.error().reason);
    }
    s.expect(admin_access_is_refused, s.would_make(s.claim("direct").administering()),
             satisfies<Answer>("refused, or accepted without it", [](const Answer& one) {
                 return !one.accepted || !has_admin_access(one);
             }));
}

// --- owners beside the first ---

PodManifest neighbour_of(Scenario& s, const Owner& owner) {
    PodManifest manifest = s.pod("neighbour").on(owner.node);
    if (s.intrusive()) {
        for (const ReachedDevice& device : owner.devices.reached) {
            manifest = manifest.arguments("granted", {"--number", device.number});
        }
    }
    return opening_handle(s, manifest, owner);
}

void ask_neighbour(Scenario& s, const Owner& owner, const Pod& neighbour) {
    const Report granted = neighbour.report("granted");
    s.expect(owner_reaches_its_own, granted.reachable(), is_exactly(neighbour.allocated()));
    s.expect(two_owners_share_none, granted.reachable(), shares_nothing_with(owner.devices));
    if (s.intrusive()) {
        s.expect(owner_cannot_open_anothers, granted.guessed(), shares_nothing_with(owner.devices));
    } else {
        s.not_asked(owner_cannot_open_anothers, "left out by --no-intrusive");
    }
    ask_handle(s, owner, neighbour);
}

// Everybody who asks with an accelerator of its own; returns who is to be ended with the owner.
std::vector<Pod> ask_owners(Scenario& s, const Owner& owner) {
    if (s.accelerators_on(owner.node) < 2) {
        for (const Assertion* one :
             {&two_owners_share_none, &owner_cannot_open_anothers,
              &owner_asking_for_more_gets_no_more, &ipc_handle_reaches_none}) {
            s.not_applicable(*one, fmt::format("node {} has a single accelerator", owner.node));
        }
        return {};
    }
    std::vector<Pod> pods{s.start(neighbour_of(s, owner))};
    const std::vector<Stranger> askers =
        s.intrusive() ? started_askers(s, owner) : std::vector<Stranger>{};
    ask_neighbour(s, owner, pods.front());
    ask_askers(s, owner, askers);
    for (const Stranger& asker : askers) {
        pods.push_back(asker.pod);
    }
    if (askers.empty()) {
        s.not_asked(owner_asking_for_more_gets_no_more,
                    s.intrusive() ? "no adapter says how an owner would ask for more"
                                  : "left out by --no-intrusive");
    }
    return pods;
}

// A device plugin beside a DRA driver knows nothing of the other's allocations.
void ask_other_allocators(Scenario& s, const Owner& owner) {
    const std::vector<const AcceleratorKind*> others = s.other_ways(owner.node);
    if (others.empty()) {
        s.not_applicable(allocators_share_none,
                         "nothing else allocates this vendor's accelerators on the node");
    }
    for (const AcceleratorKind* other : others) {
        const auto pod = s.start_all_of(*other, owner.node, s.pod("other").on(owner.node));
        if (!pod) {
            s.not_asked(allocators_share_none,
                        fmt::format("asking needs all that {} offers on node {}, which is more "
                                    "than half of all it offers",
                                    other->name, owner.node));
            continue;
        }
        s.expect(allocators_share_none, pod->report("granted").reachable(),
                 shares_nothing_with(owner.devices));
        s.end(*pod);
    }
}

// --- after the owner ---

void ask_after(Scenario& s, const Owner& owner, const std::vector<Pod>& owners) {
    const std::optional<Successor> successor = heir_of(s, owner);
    for (const Pod& pod : owners) {
        s.end(pod);
    }
    s.end(owner.pod);
    const Pod stranger = s.start(s.pod("stranger").on(owner.node).named("after"));
    const std::optional<Pod> heir =
        successor ? std::optional(s.start(successor->manifest)) : std::nullopt;
    s.expect(after_owner_reaches_none, stranger.report("plain").reachable(), is_empty());
    if (heir) {
        ask_successor(s, *successor, *heir);
    }
}

void only_through_the_framework(Scenario& s) {
    if (s.adapter() != nullptr && s.adapter()->hands_no_device_nodes) {
        s.give_up(
            fmt::format("the driver of adapter {} hands its owners no device node, so nothing "
                        "can be looked for",
                        s.adapter()->name));
    }
    const Owner owner = first_owner(s);
    s.attach(owner.pod, "debugger");
    // Strangers are started before any is asked: they start side by side.
    const std::vector<Stranger> strangers = started_strangers(s, owner);
    const std::vector<Pod> owners = ask_owners(s, owner);
    ask_other_containers(s, owner);
    ask_admin_access(s);
    ask(s, strangers);
    ask_other_allocators(s, owner);
    note_obstacles(s, owner);
    ask_after(s, owner, owners);
    for (const std::string& image : known_images(s)) {
        if (std::ranges::find(owner.images, image) == owner.images.end()) {
            const Owner next =
                started_owner(s, s.pod("owner").only(image).named(image).on(owner.node), {image});
            ask(s, started_strangers(s, next));
            s.end(next.pod);
        }
    }
}

// Owners, the last stranger and, under each handler, the strangers: with a device plugin, where the
// images take turns, exactly so many, and by claims a few less.
constexpr std::array made{
    PlannedObjects{.kind = "Pod", .count = 12, .count_per_runtime_handler = 6}};

constexpr std::array rights{
    claim_rights[0],
    claim_rights[1],
    claim_rights[2],
    claim_rights[3],
    Right{.group = "",
          .resource = "pods/ephemeralcontainers",
          .verb = "patch",
          .why = "attach a container to the owner, as kubectl debug does",
          .without = "what such a container reaches is then not asked"},
    Right{.group = "resource.k8s.io",
          .resource = "resourceclaims",
          .verb = "create",
          .place = Place::own_namespace,
          .why = "see whether a claim for admin access is refused; none is stored",
          .without = "whether it is refused is then not asked"},
};

}  // namespace

constinit const Check secure_accelerator_access{
    .id = "secure_accelerator_access",
    .title = "Only a container that was allocated an accelerator can reach it",
    .breaks =
        "Any tenant of the node can use, read or disturb an accelerator that another workload "
        "was given, and no quota or claim will show it.",
    .assertions = table,
    .needs = {.accelerators = 1, .accelerators_on_node = 2, .rights = rights},
    .cost = {.nodes = 1,
             .objects = made,
             .asking = std::chrono::seconds{20},
             .clearing = std::chrono::seconds{6}},
    .timeout = std::chrono::minutes{5},
    .run = only_through_the_framework,
};

}  // namespace assay
