// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The sentences that secure_accelerator_access settles, and how the many ways of asking become
// pods. Only for checks/secure_accelerator_access*.cpp. One check's thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/scenario.h"

namespace assay::secure_access {

inline constexpr std::string_view close_the_toolkit =
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

constexpr Assertion init_container_reaches_none{
    .id = "init_container_reaches_none",
    .kind = Kind::negative,
    .control = &owner_reaches_its_own,
    .sentence = "an init container of the owner's pod, not named by the request, reaches none",
    .next_step =
        "look for a runtime hook or CDI annotation that acts on whole pods instead of containers"};

// Beyond: attaching needs a right that the roles made for tenants do not have.
constexpr Assertion debug_container_reaches_none{
    .id = "debug_container_reaches_none",
    .kind = Kind::negative,
    .basis = Basis::beyond,
    .control = &owner_reaches_its_own,
    .sentence = "a container attached to the owner's running pod (kubectl debug) reaches none",
    .next_step =
        "look for a runtime hook or CDI annotation that acts on whole pods instead of containers"};

constexpr Assertion admin_access_is_refused{
    .id = "admin_access_is_refused",
    .kind = Kind::negative,
    .basis = Basis::beyond,
    .control = &owner_reaches_its_own,
    .sentence =
        "a claim for admin access, which reaches accelerators that others hold, is refused in a "
        "namespace without the label for it",
    .next_step =
        "see what changes or admits ResourceClaims there: the API server itself refuses "
        "adminAccess without the label resource.kubernetes.io/admin-access on the namespace"};

constexpr Assertion allocators_share_none{
    .id = "allocators_share_none",
    .kind = Kind::negative,
    .control = &owner_reaches_its_own,
    .sentence =
        "what another way of allocation hands out on the node is none of the owner's accelerators",
    .next_step =
        "offer each node's accelerators by the DRA driver or by the device plugin: "
        "switch one of the two off there"};

constexpr Assertion owner_asking_for_more_gets_no_more{
    .id = "owner_asking_for_more_gets_no_more",
    .kind = Kind::negative,
    .control = &owner_reaches_its_own,
    .forging = true,
    .sentence = "an owner that asks the container runtime for all devices reaches only its own",
    .next_step = close_the_toolkit};

constexpr Assertion after_owner_reaches_none{
    .id = "after_owner_reaches_none",
    .kind = Kind::negative,
    .control = &owner_reaches_its_own,
    .after_owner = true,
    .sentence = "once the owner is gone, a pod that requested none does not find its accelerator",
    .next_step =
        "look for CDI specs or injected nodes that the driver leaves behind when it "
        "unprepares a claim"};

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

constexpr Assertion annotation_reaches_none = asking(
    "annotation_reaches_none", "asking by an annotation that the runtime passes on reaches none");

// Beyond what any tenant may do everywhere: admission or a lesser set of capabilities closes these
// on many clusters, and then they are closed by policy.
constexpr Assertion beyond(std::string_view id, std::string_view sentence) {
    Assertion result = asking(id, sentence);
    result.basis = Basis::beyond;
    return result;
}

constexpr Assertion volume_mount_reaches_none =
    beyond("volume_mount_reaches_none",
           "asking the container runtime by a volume mounted where it looks reaches none");
constexpr Assertion env_channel_reaches_none = beyond(
    "env_channel_reaches_none",
    "asking by environment for channels or peer memory reaches no device node of the vendor");
constexpr Assertion made_node_reaches_none =
    beyond("made_node_reaches_none",
           "a device node that a stranger makes from the owner's number cannot be opened");
constexpr Assertion ipc_handle_reaches_none{
    .id = "ipc_handle_reaches_none",
    .kind = Kind::negative,
    .basis = Basis::beyond,
    .control = &owner_reaches_its_own,
    .forging = true,
    .sentence = "a memory handle that the owner passes on cannot be opened by another owner",
    .next_step =
        "see which accelerators the other owner can open, and whether both are under one MPS "
        "daemon or share an IPC namespace"};
constexpr Assertion memory_is_cleared{
    .id = "memory_is_cleared",
    .kind = Kind::negative,
    .basis = Basis::beyond,
    .control = &owner_reaches_its_own,
    .forging = true,
    .after_owner = true,
    .sentence = "an owner finds nothing of its predecessor in device memory",
    .next_step =
        "look whether the accelerator is shared or partitioned (time slices, MPS, MIG, a virtual "
        "GPU): its driver lends memory that it has not cleared"};

// The owner: every image that will be used against it, in one pod that holds its accelerator.
struct Owner {
    Pod pod;
    Devices devices;
    std::string node;
    std::vector<std::string> images;  // it runs: "core", "visible", "legacy"
};

// One container of a stranger and what it settles.
struct Question {
    const Assertion* assertion;
    std::string container;
    const Forge* forge;  // nullptr: it asks the runtime for nothing
};

struct Stranger {
    Pod pod;
    std::vector<Question> questions;
};

// The adapter's ways of asking that have this id.
std::vector<const Forge*> forges_of(const Scenario& s, std::string_view id);

// Starts as many pods beside the owner as its images' questions need, under each handler.
std::vector<Stranger> started_strangers(Scenario& s, const Owner& owner);
void ask(Scenario& s, const std::vector<Stranger>& strangers);

// Owners that ask for more than they were allocated; none where the node has one accelerator.
std::vector<Stranger> started_askers(Scenario& s, const Owner& owner);
void ask_askers(Scenario& s, const Owner& owner, const std::vector<Stranger>& askers);

// What could not be asked is said, attempt by attempt.
void note_obstacles(Scenario& s, const Owner& owner);

// Memory: the first owner marks some and tells of a handle to it, the neighbour tries the handle,
// and whoever has the accelerator next looks for the marks. Unchanged where nothing can be asked.
PodManifest marking_memory(const Scenario& s, const PodManifest& owner);
PodManifest opening_handle(const Scenario& s, const PodManifest& neighbour, const Owner& owner);
void ask_handle(Scenario& s, const Owner& owner, const Pod& neighbour);

struct Successor {
    PodManifest manifest;
    SharedMemory memory;  // what its predecessor left
};
// While the owner is there; nullopt, and said why, where nothing can be asked.
std::optional<Successor> heir_of(Scenario& s, const Owner& owner);
void ask_successor(Scenario& s, const Successor& successor, const Pod& pod);

}  // namespace assay::secure_access
