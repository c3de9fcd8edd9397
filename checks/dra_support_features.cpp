// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "checks/dra_support_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <string_view>

namespace assay {
namespace {

constexpr std::string_view impossible_cel = R"(device.driver == "no-such-driver.assay.invalid")";

using Settles = std::initializer_list<const Assertion*>;

void not_offered(Scenario& s, Settles assertions, const std::string& looked_for) {
    for (const Assertion* one : assertions) {
        s.not_applicable(*one, "not offered: " + looked_for);
    }
}

template <class T, class Matcher>
void expect_all(Scenario& s, Settles assertions, const Observed<T>& observed,
                const Matcher& matcher) {
    for (const Assertion* one : assertions) {
        s.expect(*one, observed, matcher);
    }
}

// Whether a claim of that form keeps its form; says itself what is settled when it does not.
bool is_kept(Scenario& s, Settles assertions, const Observed<Answer>& answer,
             std::string_view pointer) {
    if (!answer.value) {
        for (const Assertion* one : assertions) {
            s.not_asked(*one, answer.value.error().reason);
        }
        return false;
    }
    if (answer.value->kept(pointer)) {
        return true;
    }
    not_offered(s, assertions,
                fmt::format("a claim with {} was tried (dryRun), {}", pointer,
                            answer.value->accepted ? "and the member was dropped"
                                                   : answer.value->describe()));
    return false;
}

auto runs_with_one_device(const std::string& more = {},
                          const std::function<bool(const ClaimState&)>& is_so = nullptr) {
    return becomes("running, with one device" + more, [is_so](const Started& one) {
        return one.running && one.claim.devices.size() == 1 && (!is_so || is_so(one.claim));
    });
}

// A pod with a claim of its own.
Pod holder_of(Scenario& s, const ClaimManifest& manifest) {
    const Claim claim = s.make(manifest);
    return s.start(s.pod("holder").named(manifest.name()).claiming(claim.name()));
}

// What became of it; it is ended at once.
Observed<Started> tried_with(Scenario& s, const ClaimManifest& manifest) {
    const Pod pod = holder_of(s, manifest);
    Observed<Started> result = pod.started("granted");
    s.end(pod);
    return result;
}

// A device of that property that a selector can name; says itself what is settled if there is none.
const SliceDevice* device_with(Scenario& s, const Assertion& feature, const Slices& slices,
                               const std::function<bool(const SliceDevice&)>& property,
                               const std::string& words) {
    std::string unnamed;
    for (const SliceDevice& device : slices.devices) {
        if (property(device)) {
            if (!cel_naming(device, slices.devices).empty()) {
                return &device;
            }
            unnamed = device.describe();
        }
    }
    if (unnamed.empty()) {
        not_offered(s, {&feature}, "no published device " + words);
    } else {
        s.not_asked(feature, fmt::format("{} {}, and no attribute tells it from the others",
                                         unnamed, words));
    }
    return nullptr;
}

// A claim for this device alone.
ClaimManifest claim_of(Scenario& s, std::string_view name, const SliceDevice& device,
                       const Slices& slices) {
    return s.claim("accelerator").named(name).selecting(cel_naming(device, slices.devices));
}

// The least share of each capacity.
ClaimManifest share_of(Scenario& s, std::string_view name, const SliceDevice& device,
                       const Slices& slices) {
    ClaimManifest manifest = claim_of(s, name, device, slices);
    for (const auto& [capacity, least] : device.least_shares) {
        manifest = manifest.consuming(capacity, least);
    }
    return manifest;
}

void ask_prioritized_list(Scenario& s) {
    const Settles settled{&first_available, &feature_prioritized_list};
    const ClaimManifest manifest =
        s.claim("accelerator").named("first").first_available({std::string(impossible_cel), ""});
    if (is_kept(s, settled, s.would_make(manifest), "/spec/devices/requests/0/firstAvailable/1")) {
        expect_all(s, settled, tried_with(s, manifest),
                   runs_with_one_device(" of the second choice", [](const ClaimState& claim) {
                       return claim.requests.front().ends_with("/" + choice_name(1));
                   }));
    }
}

void ask_extended_resource(Scenario& s) {
    const Settles settled{&extended_resource_form, &feature_extended_resource};
    const std::string resource = s.extended_resource();
    if (resource.empty()) {
        not_offered(s, settled, "the DeviceClass has no extendedResourceName");
        return;
    }
    const Pod pod = s.start(s.pod("plain").named("extended").limit("granted", resource, 1));
    expect_all(s, settled, pod.started("granted"), runs_with_one_device());
    s.end(pod);
}

void ask_taints(Scenario& s, const Slices& slices) {
    const SliceDevice* device = device_with(
        s, feature_device_taints, slices, [](const auto& one) { return !one.taints.empty(); },
        slices.rules_unread.empty()
            ? "has a taint"
            : "has a taint in its slice (those of DeviceTaintRules could not be read: " +
                  slices.rules_unread + ")");
    if (device == nullptr) {
        return;
    }
    const ClaimManifest manifest = claim_of(s, "tainted", *device, slices);
    const Claim claim = s.make(manifest);
    const Pod pod = s.start(s.pod("holder").named("tainted").claiming(claim.name()));
    const auto stays_away = satisfies<Scheduling>(
        "pending, without a toleration", [](const Scheduling& one) { return !one.bound(); });
    const Observed<Scheduling> at_first = pod.scheduling();
    const bool waits = at_first.value && !at_first.value->bound();
    if (!waits) {
        s.expect(feature_device_taints, at_first, stays_away);
        s.end(pod);
    }
    const Observed<Started> tolerating = tried_with(s, manifest.named("tolerating").tolerating());
    if (waits) {  // still, while another could have the device: it was not merely taken
        s.expect(feature_device_taints, pod.scheduling(), stays_away);
        s.end(pod);
    }
    s.expect(feature_device_taints, tolerating, runs_with_one_device(", tolerating its taint"));
}

void ask_partitions(Scenario& s, const Slices& slices) {
    const SliceDevice* device = device_with(
        s, feature_partitions, slices, [](const auto& one) { return !one.counter_sets.empty(); },
        "draws on shared counters");
    if (device == nullptr) {
        return;
    }
    s.expect(feature_partitions, tried_with(s, claim_of(s, "partition", *device, slices)),
             runs_with_one_device(" " + device->name, [&](const ClaimState& claim) {
                 return claim.devices.front().name == device->name;
             }));
}

void ask_consumable_capacity(Scenario& s, const Slices& slices) {
    const SliceDevice* device = device_with(
        s, feature_consumable_capacity, slices, [](const auto& one) { return one.allows_multiple; },
        "has allowMultipleAllocations");
    if (device == nullptr) {
        return;
    }
    if (device->least_shares.empty()) {
        s.not_asked(feature_consumable_capacity,
                    device->describe() +
                        " has no capacity with a range of requests, so the first "
                        "claim takes all of it");
        return;
    }
    const auto has_share = [](const ClaimState& claim) { return !claim.share_ids.front().empty(); };
    const Pod first = holder_of(s, share_of(s, "share-1", *device, slices));
    const Observed<Started> one = first.started("granted");
    const auto by_a_share = runs_with_one_device(", by a share", has_share);
    if (s.expect(feature_consumable_capacity, one, by_a_share) == Outcome::passed) {
        s.expect(feature_consumable_capacity,
                 tried_with(s, share_of(s, "share-2", *device, slices)),
                 runs_with_one_device(", by another share", [&](const ClaimState& claim) {
                     return has_share(claim) && !claim.overlaps(one.value->claim);
                 }));
    }
    s.end(first);
}

void ask_binding_conditions(Scenario& s, const Slices& slices) {
    const SliceDevice* device = device_with(
        s, feature_binding_conditions, slices,
        [](const auto& one) { return !one.binding_conditions.empty(); }, "has bindingConditions");
    if (device == nullptr) {
        return;
    }
    s.expect(feature_binding_conditions, tried_with(s, claim_of(s, "binding", *device, slices)),
             runs_with_one_device(", its conditions met", [&](const ClaimState& claim) {
                 return std::ranges::all_of(
                     device->binding_conditions, [&](const std::string& condition) {
                         return std::ranges::find(claim.conditions, condition + "=True") !=
                                claim.conditions.end();
                     });
             }));
}

}  // namespace

Satisfies<Started> becomes(std::string sentence, std::function<bool(const Started&)> is_so) {
    return satisfies<Started>(std::move(sentence), std::move(is_so), [](const Started& one) {
        return one.excuse.empty() ? std::nullopt
                                  : std::optional(fmt::format("{}; {}", one.words, one.excuse));
    });
}

std::optional<Named> named_device(const Pod& owner, const Slices& slices) {
    const Allocation held = owner.allocated();
    const SliceDevice* device =
        held.devices.empty() ? nullptr
                             : slices.device(held.devices.front().pool, held.devices.front().name);
    if (device == nullptr) {
        return std::nullopt;
    }
    const std::string cel = cel_naming(*device, slices.devices);
    return cel.empty() ? std::nullopt : std::optional(Named{*device, cel});
}

void ask_admin_access(Scenario& s, const Named& named) {
    const SliceDevice& device = named.device;
    const ClaimManifest manifest =
        s.claim("accelerator").named("admin").selecting(named.cel).administering();
    const Observed<Answer> answer = s.would_make(manifest);
    if (answer.value && !answer.value->accepted) {
        // The label that lets a namespace do so is the run's own only where the namespace is.
        s.not_asked(feature_admin_access, answer.value->describe());
        return;
    }
    const std::string request = "/spec/devices/requests/0";
    const bool flat = answer.value && !answer.value->kept(request + "/exactly");  // v1beta1
    if (is_kept(s, {&feature_admin_access}, answer,
                request + (flat ? "/adminAccess" : "/exactly/adminAccess"))) {
        s.expect(feature_admin_access, tried_with(s, manifest),
                 runs_with_one_device(", " + device.describe(), [&](const ClaimState& claim) {
                     return claim.devices.front().name == device.name &&
                            claim.devices.front().pool == device.pool;
                 }));
    }
}

void ask_what_is_told(Scenario& s, const Pod& owner) {
    const Observed<ClaimState> claim =
        owner.claim().when([](const ClaimState& one) { return one.exists; });
    if (claim.value && claim.value->device_statuses.empty()) {
        not_offered(s, {&feature_device_status}, "the claim's status has no devices");
    } else {
        s.expect(feature_device_status, claim,
                 satisfies<ClaimState>("a status of the allocated device", [](const auto& one) {
                     return std::ranges::all_of(one.devices, [&](const AllocatedDevice& device) {
                         return std::ranges::find(one.device_statuses, device.name) !=
                                one.device_statuses.end();
                     });
                 }));
    }
    const Observed<std::string> health = owner.device_health();
    if (health.value && (health.value->empty() || *health.value == "Unknown")) {
        not_offered(s, {&feature_health},
                    "no container status has an allocatedResourcesStatus with a known health");
    } else {
        s.expect(feature_health, health,
                 satisfies<std::string>("Healthy",
                                        [](const std::string& one) { return one == "Healthy"; }));
    }
}

void ask_features(Scenario& s, const Slices& slices) {
    ask_prioritized_list(s);
    ask_extended_resource(s);
    ask_taints(s, slices);
    ask_partitions(s, slices);
    ask_consumable_capacity(s, slices);
    ask_binding_conditions(s, slices);
}

}  // namespace assay
