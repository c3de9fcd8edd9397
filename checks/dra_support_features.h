// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The forms of Dynamic Resource Allocation beyond a plain claim: which of them this cluster offers,
// and whether those that it offers work. Not offered is not_applicable, with what was looked for.
// The matrix is beyond the requirement: no feature in it is GA in a minor whose profile has
// dra_support as a MUST (1.34, 1.35); prioritized lists are since 1.36, extended resources,
// device taints and device status since 1.37.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/assertion.h"
#include "engine/scenario.h"

namespace assay {

inline constexpr Assertion first_available{
    .id = "first_available",
    .sentence = "of a prioritized list the first choice that can be had is allocated",
    .next_step =
        "see whether the scheduler's feature gate DRAPrioritizedList is on as the API "
        "server's is"};

inline constexpr Assertion extended_resource_form{
    .id = "extended_resource_form",
    .sentence = "a pod that asks for the class's extended resource is given a device by a claim",
    .next_step =
        "see whether feature gate DRAExtendedResource is on in scheduler and kubelet, and "
        "no device plugin offers that resource too"};

constexpr Assertion feature(std::string_view id, std::string_view sentence) {
    return {.id = id, .basis = Basis::beyond, .sentence = sentence};
}

inline constexpr Assertion feature_prioritized_list =
    feature("feature_prioritized_list", "prioritized lists (firstAvailable) are offered and work");
inline constexpr Assertion feature_admin_access = feature(
    "feature_admin_access", "a claim with adminAccess is given a device that another claim holds");
inline constexpr Assertion feature_extended_resource =
    feature("feature_extended_resource", "extended resources of a class are offered and work");
inline constexpr Assertion feature_device_taints = feature(
    "feature_device_taints", "a tainted device is given to claims that tolerate it, and no other");
inline constexpr Assertion feature_partitions =
    feature("feature_partitions", "a partition that draws on shared counters can be had");
inline constexpr Assertion feature_consumable_capacity = feature(
    "feature_consumable_capacity", "one device serves two claims, each with a share of its own");
inline constexpr Assertion feature_device_status =
    feature("feature_device_status", "the driver reports on the device it allocated");
inline constexpr Assertion feature_binding_conditions =
    feature("feature_binding_conditions", "a pod is bound when its device's conditions are met");
inline constexpr Assertion feature_health =
    feature("feature_health", "the pod's status tells the health of its device");

// What becomes of a pod. That the scheduler leaves it pending tells nothing where others hold
// devices that it may have needed.
Satisfies<Started> becomes(std::string sentence, std::function<bool(const Started&)> is_so);

// Each is asked alone, by one or two devices at a time.
void ask_features(Scenario& s, const Slices& slices);
// The device the owner holds, if a selector can name it.
struct Named {
    SliceDevice device;
    std::string cel;
};

std::optional<Named> named_device(const Pod& owner, const Slices& slices);

// While that pod holds the device.
void ask_admin_access(Scenario& s, const Named& named);
// While the pod runs: what is told of its device.
void ask_what_is_told(Scenario& s, const Pod& owner);

}  // namespace assay
