// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "checks/catalog.h"
#include "engine/scenario.h"

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

constexpr std::string_view close_the_toolkit =
    "NVIDIA: set accept-nvidia-visible-devices-envvar-when-unprivileged = false in the container "
    "toolkit's config.toml (GPU operator: toolkit.env "
    "ACCEPT_NVIDIA_VISIBLE_DEVICES_ENVVAR_WHEN_UNPRIVILEGED) "
    "and hand devices out by CDI; then run this check again";

constexpr Assertion owner_reaches_its_own{
    .id = "owner_reaches_its_own",
    .kind = Kind::control,
    .sentence = "a container reaches exactly the accelerator it was allocated",
    .next_step =
        "compare the claim's allocation with the CDI spec of the device on that node and the "
        "driver's log"};

constexpr Assertion second_container_reaches_none{
    .id = "second_container_reaches_none",
    .kind = Kind::negative,
    .control = &owner_reaches_its_own,
    .sentence = "a second container of the owner's pod, not named by the request, reaches none",
    .next_step =
        "look for a runtime hook or CDI annotation that acts on whole pods instead of containers"};

constexpr Assertion two_owners_share_none{
    .id = "two_owners_share_none",
    .kind = Kind::negative,
    .control = &owner_reaches_its_own,
    .sentence = "two owners on one node are handed disjoint accelerators",
    .next_step =
        "look for two allocators of the same devices, e.g. a device plugin beside the DRA driver"};

constexpr Assertion owner_cannot_open_anothers{
    .id = "owner_cannot_open_anothers",
    .kind = Kind::negative,
    .control = &owner_reaches_its_own,
    .forging = true,
    .sentence =
        "an owner cannot open another owner's accelerator by guessing its number or naming it",
    .next_step =
        "check the container's device cgroup rules: they must list the allocated devices only"};

constexpr Assertion stranger_reaches_none{
    .id = "stranger_reaches_none",
    .kind = Kind::negative,
    .control = &owner_reaches_its_own,
    .sentence = "a pod beside the owner that requested no accelerator reaches none",
    .next_step =
        "look for device nodes that the runtime's base spec or default handler injects everywhere"};

// Every way of asking is a negative beside the same control, and fails for the same reason.
constexpr Assertion asking(std::string_view id, std::string_view sentence) {
    return {.id = id,
            .kind = Kind::negative,
            .control = &owner_reaches_its_own,
            .forging = true,
            .sentence = sentence,
            .next_step = close_the_toolkit};
}

constexpr Assertion runtime_class_reaches_none =
    asking("runtime_class_reaches_none", "naming a RuntimeClass, without a request, reaches none");
constexpr Assertion env_all_reaches_none =
    asking("env_all_reaches_none",
           "asking the container runtime for all devices by environment reaches none");
constexpr Assertion env_index_reaches_none = asking(
    "env_index_reaches_none", "asking the container runtime for a device by index reaches none");
constexpr Assertion env_uuid_reaches_none =
    asking("env_uuid_reaches_none",
           "asking the container runtime for the owner's device by UUID reaches none");
constexpr Assertion env_cdi_name_reaches_none =
    asking("env_cdi_name_reaches_none",
           "asking the container runtime for devices by qualified CDI name reaches none");
constexpr Assertion image_variable_reaches_none =
    asking("image_variable_reaches_none", "an image that carries the variable reaches none");
constexpr Assertion legacy_image_reaches_none =
    asking("legacy_image_reaches_none",
           "an image that the runtime takes for a legacy CUDA image reaches none");

constexpr auto table = assertions(
    {&owner_reaches_its_own, &second_container_reaches_none, &two_owners_share_none,
     &owner_cannot_open_anothers, &stranger_reaches_none, &runtime_class_reaches_none,
     &env_all_reaches_none, &env_index_reaches_none, &env_uuid_reaches_none,
     &env_cdi_name_reaches_none, &image_variable_reaches_none, &legacy_image_reaches_none});

// A way of asking and the assertion it settles; the ids are those of the adapters' forge lists.
struct Attempt {
    std::string_view forge;
    const Assertion* assertion;
};
constexpr std::array attempts{
    Attempt{"env_all", &env_all_reaches_none},
    Attempt{"env_index", &env_index_reaches_none},
    Attempt{"env_uuid", &env_uuid_reaches_none},
    Attempt{"env_cdi_name", &env_cdi_name_reaches_none},
    Attempt{"image_variable", &image_variable_reaches_none},
    Attempt{"legacy_image", &legacy_image_reaches_none},
};

constexpr std::array<std::string_view, 2> asking_images{"visible", "legacy"};
constexpr std::size_t containers_per_pod = 3;  // more would halve their termination messages

// The owner: every image that will be used against it, in one pod that holds its accelerator.
struct Owner {
    Pod pod;
    Devices devices;
    std::string node;
};

Owner started_owner(Scenario& s) {
    PodManifest manifest = s.pod("owner");
    for (const std::string_view image : asking_images) {
        if (!s.has_image(image)) {
            manifest = manifest.without(image);
        }
    }
    const Pod pod = s.start(manifest);
    const Observed<Devices> granted = pod.report("granted").reachable();
    if (granted.value && granted.value->empty() && s.adapter() == nullptr) {
        s.give_up(
            "the driver is unknown to assay and its owner found no device node to look for; "
            "describe the device nodes in an adapter (--adapters)");
    }
    s.require(owner_reaches_its_own, granted, is_exactly(pod.allocated()));
    for (const std::string_view image : asking_images) {
        if (s.has_image(image)) {
            s.expect(owner_reaches_its_own, pod.report(image).reachable(),
                     is_exactly(pod.allocated()));
        }
    }
    return {pod, *granted.value, granted.provenance.node};
}

void ask_second_container(Scenario& s, const Owner& owner) {
    s.expect(second_container_reaches_none, owner.pod.report("bystander").reachable(), is_empty());
}

// --- a second owner beside the first ---

PodManifest neighbour_of(Scenario& s, const Owner& owner) {
    PodManifest manifest = s.pod("neighbour").on(owner.node);
    for (const ReachedDevice& device : owner.devices.reached) {
        manifest = manifest.arguments("granted", {"--number", device.number});
    }
    for (const Forge& forge : s.adapter() == nullptr ? std::vector<Forge>{} : s.adapter()->forge) {
        if (!forge.uuid_in.empty()) {
            manifest = manifest.env("asking", forge.uuid_in, owner.devices.reached.front().uuid);
        }
    }
    return s.intrusive() ? manifest : s.pod("neighbour").on(owner.node);
}

void ask_neighbour(Scenario& s, const Owner& owner, const Pod& neighbour) {
    const Report granted = neighbour.report("granted");
    s.expect(owner_reaches_its_own, granted.reachable(), is_exactly(neighbour.allocated()));
    s.expect(two_owners_share_none, granted.reachable(), shares_nothing_with(owner.devices));
    if (!s.intrusive()) {
        s.not_asked(owner_cannot_open_anothers, "left out by --no-intrusive");
        return;
    }
    s.expect(owner_cannot_open_anothers, granted.guessed(), shares_nothing_with(owner.devices));
    s.expect(owner_cannot_open_anothers, neighbour.report("asking").reachable(),
             shares_nothing_with(owner.devices));
}

// --- strangers beside the owner ---

// One container of a stranger and what it settles.
struct Question {
    const Assertion* assertion;
    std::string container;
    const Forge* forge;  // nullptr: it asks for nothing
};

// "env_cdi_name" -> "env-cdi-name"; an adapter may have several ways for one assertion.
std::string container_name(std::string_view id, std::size_t number) {
    std::string name(id);
    std::ranges::replace(name, '_', '-');
    return number == 0 ? name : fmt::format("{}-{}", name, number + 1);
}

std::vector<const Forge*> forges_of(const Scenario& s, std::string_view id) {
    std::vector<const Forge*> result;
    if (s.adapter() != nullptr) {
        for (const Forge& forge : s.adapter()->forge) {
            if (forge.id == id) {
                result.push_back(&forge);
            }
        }
    }
    return result;
}

// Why an attempt cannot be made here; "" if it can.
std::string obstacle(const Scenario& s, const Owner& owner, const Forge& forge) {
    if (!forge.image.empty() && !s.has_image(forge.image)) {
        return fmt::format(
            "the probe image's variant '{}' is not known; use the images of 'assay images export'",
            forge.image);
    }
    if (!forge.uuid_in.empty() && owner.devices.reached.front().uuid.empty()) {
        return "the owner's device has no UUID that could be named";
    }
    return {};
}

std::vector<Question> questions(Scenario& s, const Owner& owner, bool default_handler) {
    std::vector<Question> result;
    result.push_back(
        {default_handler ? &stranger_reaches_none : &runtime_class_reaches_none, "plain", nullptr});
    if (!s.intrusive()) {
        return result;
    }
    for (const Attempt& attempt : attempts) {
        const std::vector<const Forge*> forges = forges_of(s, attempt.forge);
        for (std::size_t i = 0; i < forges.size(); ++i) {
            if (obstacle(s, owner, *forges[i]).empty()) {
                result.push_back({attempt.assertion, container_name(attempt.forge, i), forges[i]});
            }
        }
    }
    return result;
}

PodManifest with_question(const PodManifest& stranger, const Question& question,
                          const Owner& owner) {
    if (question.forge == nullptr) {
        return stranger;
    }
    PodManifest manifest = stranger.copy("plain", question.container);
    for (const auto& [name, value] : question.forge->env) {
        manifest = manifest.env(question.container, name, value);
    }
    if (!question.forge->uuid_in.empty()) {
        manifest = manifest.env(question.container, question.forge->uuid_in,
                                owner.devices.reached.front().uuid);
    }
    return question.forge->image.empty()
               ? manifest
               : manifest.variant(question.container, question.forge->image);
}

struct Stranger {
    Pod pod;
    std::vector<Question> questions;
};

// As many pods as the questions need under one handler; "" is the node's default.
std::vector<Stranger> started_strangers(Scenario& s, const Owner& owner,
                                        const std::string& handler) {
    const std::vector<Question> all = questions(s, owner, handler.empty());
    std::vector<Stranger> result;
    for (std::size_t first = 0; first < all.size(); first += containers_per_pod) {
        const std::size_t last = std::min(first + containers_per_pod, all.size());
        const std::vector<Question> some(all.begin() + static_cast<std::ptrdiff_t>(first),
                                         all.begin() + static_cast<std::ptrdiff_t>(last));
        PodManifest manifest = s.pod("stranger").on(owner.node);
        for (const Question& question : some) {
            manifest = with_question(manifest, question, owner);
        }
        if (first > 0) {
            manifest = manifest.without("plain");
        }
        if (!handler.empty()) {
            manifest = manifest.runtime_class(handler);
        }
        const std::string name = handler.empty() ? "default" : handler;
        result.push_back(
            {s.start(manifest.named(fmt::format("{}-{}", name, result.size() + 1))), some});
    }
    return result;
}

void ask_strangers(Scenario& s, const std::vector<Stranger>& strangers) {
    for (const Stranger& stranger : strangers) {
        for (const Question& question : stranger.questions) {
            s.expect(*question.assertion, stranger.pod.report(question.container).reachable(),
                     is_empty());
        }
    }
}

// What could not be asked is said, attempt by attempt.
void note_obstacles(Scenario& s, const Owner& owner) {
    for (const Attempt& attempt : attempts) {
        const std::vector<const Forge*> forges = forges_of(s, attempt.forge);
        if (!s.intrusive()) {
            s.not_asked(*attempt.assertion, "left out by --no-intrusive");
        } else if (forges.empty()) {
            s.not_asked(*attempt.assertion,
                        "no adapter says how a tenant would ask the runtime of this vendor for it");
        }
        for (const Forge* forge : s.intrusive() ? forges : std::vector<const Forge*>{}) {
            if (auto why = obstacle(s, owner, *forge); !why.empty()) {
                s.not_asked(*attempt.assertion, std::move(why));
            }
        }
    }
    if (!s.intrusive()) {
        s.not_asked(runtime_class_reaches_none, "left out by --no-intrusive");
    } else if (s.runtime_classes().empty()) {
        s.not_applicable(runtime_class_reaches_none, "the cluster has no RuntimeClass to name");
    }
}

void only_through_the_framework(Scenario& s) {
    if (s.adapter() != nullptr && s.adapter()->hands_no_device_nodes) {
        s.give_up(
            fmt::format("the driver of adapter {} hands its owners no device node, so nothing "
                        "can be looked for",
                        s.adapter()->name));
    }
    const Owner owner = started_owner(s);
    std::vector<std::string> handlers{""};
    if (s.intrusive()) {
        handlers.insert(handlers.end(), s.runtime_classes().begin(), s.runtime_classes().end());
    }
    // All are started before any is asked: they start side by side.
    const bool room = s.accelerators_on(owner.node) >= 2;
    const std::optional<Pod> neighbour =
        room ? std::optional(s.start(neighbour_of(s, owner))) : std::nullopt;
    std::vector<Stranger> strangers;
    for (const std::string& handler : handlers) {
        const auto more = started_strangers(s, owner, handler);
        strangers.insert(strangers.end(), more.begin(), more.end());
    }
    ask_second_container(s, owner);
    if (neighbour) {
        ask_neighbour(s, owner, *neighbour);
    } else {
        for (const Assertion* one : {&two_owners_share_none, &owner_cannot_open_anothers}) {
            s.not_applicable(*one, fmt::format("node {} has a single accelerator", owner.node));
        }
    }
    ask_strangers(s, strangers);
    note_obstacles(s, owner);
}

// Owner and neighbour; the strangers under each handler.
constexpr std::array made{
    PlannedObjects{.kind = "Pod", .count = 2, .count_per_runtime_handler = 3}};

}  // namespace

constinit const Check secure_accelerator_access{
    .id = "secure_accelerator_access",
    .title = "Only a container that was allocated an accelerator can reach it",
    .breaks =
        "Any tenant of the node can use, read or disturb an accelerator that another workload "
        "was given, and no quota or claim will show it.",
    .assertions = table,
    .needs = {.accelerators = 1, .accelerators_on_node = 2, .rights = claim_rights},
    .cost = {.nodes = 1,
             .objects = made,
             .asking = std::chrono::seconds{5},
             .clearing = std::chrono::seconds{7}},
    .timeout = std::chrono::minutes{5},
    .run = only_through_the_framework,
};

}  // namespace assay
