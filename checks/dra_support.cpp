// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "checks/catalog.h"
#include "checks/dra_support_features.h"
#include "engine/scenario.h"

// accelerators / dra_support
//
//   Our words: accelerators are requested and allocated through Dynamic Resource Allocation: the
//   API is served, drivers publish whole pools, a claim gets a device that its pod and no other
//   container then has, selectors choose, and what cannot be had is refused or waits.
//
// One device does: an owner holds it, a rival asks for exactly that one and must wait, the owner
// goes and the rival must get it. That the rival runs in the end shows that it waited for the
// device and for nothing else.

namespace assay {
namespace {

constexpr Assertion resource_api_served{
    .id = "resource_api_served",
    .sentence = "the API server serves resource.k8s.io in version v1, v1beta2 or v1beta1",
    .next_step =
        "serve resource.k8s.io/v1 (Kubernetes 1.34 does unless it is turned off with "
        "--runtime-config)"};

constexpr Assertion slices_complete{
    .id = "slices_complete",
    .sentence = "each pool has all the slices of its newest generation",
    .next_step =
        "look at the driver's log on the nodes of the pools named: the scheduler allocates "
        "nothing from an incomplete pool"};

constexpr Assertion claim_allocated_and_pod_runs{
    .id = "claim_allocated_and_pod_runs",
    .kind = Kind::control,
    .sentence =
        "a claim is allocated a published device and reserved for its pod, and the pod runs",
    .next_step = "read the pod's events and the driver's log on its node"};

constexpr Assertion container_sees_its_device{
    .id = "container_sees_its_device",
    .kind = Kind::control,
    .sentence = "the container named by the claim sees exactly the allocated device",
    .next_step =
        "compare the claim's allocation with the CDI spec the driver wrote for it on that "
        "node"};

constexpr Assertion container_without_claim_sees_nothing{
    .id = "container_without_claim_sees_nothing",
    .kind = Kind::negative,
    .control = &container_sees_its_device,
    .sentence = "a container of the same pod, not named by the claim, sees none",
    .next_step =
        "look for a runtime hook or CDI annotation that acts on whole pods instead of containers"};

constexpr Assertion claims_have_devices_of_their_own{
    .id = "claims_have_devices_of_their_own",
    .sentence = "two claims that name no device are allocated different ones",
    .next_step =
        "look for a webhook, a policy or a second scheduler that writes the allocations of claims"};

constexpr Assertion claim_freed_after_pod{
    .id = "claim_freed_after_pod",
    .sentence = "when its pods are gone a claim is freed, and its device can be allocated again",
    .next_step =
        "see whether kube-controller-manager's resource claim controller runs, and what "
        "finalizers hold the claim"};

constexpr Assertion cel_selector_on_published_attribute{
    .id = "cel_selector_on_published_attribute",
    .kind = Kind::control,
    .sentence = "a CEL selector on a published attribute gets exactly the device it names",
    .next_step = "evaluate the expression in the evidence against the device's slice by hand"};

constexpr Assertion exclusive_claims_on_one_device_leave_one_pending{
    .id = "exclusive_claims_on_one_device_leave_one_pending",
    .kind = Kind::negative,
    .control = &cel_selector_on_published_attribute,
    .sentence =
        "a claim on a device that another claim holds stays pending, in the scheduler's "
        "words",
    .next_step = "look for a second scheduler or for a controller that writes allocations"};

constexpr Assertion impossible_selector_stays_pending{
    .id = "impossible_selector_stays_pending",
    .kind = Kind::negative,
    .control = &cel_selector_on_published_attribute,
    .sentence = "a selector that no device meets leaves its pod pending, in the scheduler's words",
    .next_step =
        "see which scheduler placed the pod, and whether its DynamicResources plugin is on"};

constexpr Assertion invalid_cel_refused_at_create{
    .id = "invalid_cel_refused_at_create",
    .kind = Kind::negative,
    .control = &cel_selector_on_published_attribute,
    .sentence = "a claim whose selector is no valid CEL is refused when it is created",
    .next_step =
        "ask the API server's maintainers: it validates selectors since resource.k8s.io "
        "has them"};

constexpr Assertion claim_shared_by_two_pods{
    .id = "claim_shared_by_two_pods",
    .sentence = "two pods that name one claim run with the same device",
    .next_step = "read the second pod's events: the driver prepares a claim once for all its pods"};

constexpr auto table = assertions({&resource_api_served,
                                   &slices_complete,
                                   &claim_allocated_and_pod_runs,
                                   &container_sees_its_device,
                                   &container_without_claim_sees_nothing,
                                   &claims_have_devices_of_their_own,
                                   &claim_freed_after_pod,
                                   &cel_selector_on_published_attribute,
                                   &exclusive_claims_on_one_device_leave_one_pending,
                                   &impossible_selector_stays_pending,
                                   &invalid_cel_refused_at_create,
                                   &claim_shared_by_two_pods,
                                   &first_available,
                                   &extended_resource_form,
                                   &feature_prioritized_list,
                                   &feature_admin_access,
                                   &feature_extended_resource,
                                   &feature_device_taints,
                                   &feature_partitions,
                                   &feature_consumable_capacity,
                                   &feature_device_status,
                                   &feature_binding_conditions,
                                   &feature_health});

constexpr std::string_view impossible_cel = R"(device.driver == "no-such-driver.assay.invalid")";
constexpr std::string_view invalid_cel = "device.attributes[";

bool is_published(const Slices& slices, const AllocatedDevice& device) {
    return slices.device(device.pool, device.name) != nullptr;
}

bool is_exactly_device(const ClaimState& claim, const SliceDevice& device) {
    return claim.devices.size() == 1 && claim.devices.front().driver == device.driver &&
           claim.devices.front().pool == device.pool && claim.devices.front().name == device.name;
}

// Pending for another reason than a claim tells nothing about claims.
auto stays_pending() {
    return satisfies<Scheduling>(
        "pending, because of its claim", [](const Scheduling& one) { return !one.bound(); },
        [](const Scheduling& one) {
            return one.bound() || one.names_claims()
                       ? std::nullopt
                       : std::optional("it is pending for a reason that names no claim: " +
                                       one.words);
        });
}

auto is_freed() {
    return satisfies<ClaimState>("not allocated and reserved for nobody", &ClaimState::free);
}

void not_asked(Scenario& s, std::initializer_list<const Assertion*> assertions,
               const std::string& why) {
    for (const Assertion* one : assertions) {
        s.not_asked(*one, why);
    }
}

void ask_api(Scenario& s) {
    s.require(resource_api_served, s.dra_version(),
              satisfies<std::string>("a served version",
                                     [](const std::string& one) { return !one.empty(); }));
}

// --- the owner: a claim of a template, one container named by it and one not ---

void ask_owner(Scenario& s, const Pod& owner, const Slices& slices) {
    s.require(claim_allocated_and_pod_runs, owner.started("granted"),
              becomes("running, with one published device", [&](const Started& one) {
                  return one.running && one.claim.devices.size() == 1 &&
                         !one.claim.reserved_for.empty() &&
                         is_published(slices, one.claim.devices.front());
              }));
}

void ask_what_is_seen(Scenario& s, const Pod& owner) {
    const Observed<Devices> granted = owner.report("granted").seen();
    if (granted.value && granted.value->empty() && !s.devices_are_shown()) {
        not_asked(s, {&container_sees_its_device, &container_without_claim_sees_nothing},
                  "nothing is known by which a container would see a device of this driver; "
                  "describe its device nodes or variables in an adapter (--adapters)");
        return;
    }
    s.expect(container_sees_its_device, granted, is_exactly(owner.allocated()));
    s.expect(container_without_claim_sees_nothing, owner.report("bystander").seen(), is_empty());
}

// --- a second claim for any device, where only the owner's node can serve it ---

void ask_second(Scenario& s, const Pod& owner) {
    const Observed<ClaimState> first =
        owner.claim().when([](const auto& one) { return one.exists; });
    const std::string node = owner.report("granted").provenance().node;
    if (!first.value || node.empty()) {
        s.not_asked(claims_have_devices_of_their_own, "the owner's claim or node is not known");
    } else if (s.accelerators_on(node) < 2) {
        s.not_applicable(claims_have_devices_of_their_own, node + " has one accelerator");
    } else {
        const Claim any = s.make(s.claim("accelerator").named("second"));
        const Pod second = s.start(s.pod("holder").named("second").claiming(any.name()).on(node));
        s.expect(claims_have_devices_of_their_own, second.placed(),
                 becomes("another device, or another share of it", [&](const Started& one) {
                     return !one.claim.devices.empty() && !one.claim.overlaps(*first.value);
                 }));
        s.end(second);
    }
}

// --- a rival for the owner's device, and a second pod that shares the rival's claim ---

void ask_shared(Scenario& s, const Claim& claim, const SliceDevice& device) {
    const Pod sharer = s.start(s.pod("holder").named("sharer").claiming(claim.name()));
    s.expect(
        claim_shared_by_two_pods, sharer.started("granted"),
        becomes("running, with the same device reserved for two pods", [&](const Started& one) {
            return one.running && is_exactly_device(one.claim, device) &&
                   one.claim.reserved_for.size() == 2;
        }));
    s.end(sharer);
}

// The owner goes, and its claim, made for it from a template, goes with it. True if the device is
// free then.
bool owner_frees(Scenario& s, const Pod& owner) {
    const Claim claim = owner.claim();
    s.end(owner);
    const Observed<ClaimState> after =
        claim.when([](const ClaimState& one) { return !one.exists; });
    s.expect(claim_freed_after_pod, after,
             satisfies<ClaimState>("gone with its pod",
                                   [](const ClaimState& one) { return !one.exists; }));
    return after.value && after.value->free();
}

// The rival alone: it got what it named, and what the owner had.
void ask_rival_alone(Scenario& s, const Pod& rival, const Claim& claim, const Named& named) {
    const Observed<Started> alone = rival.started("granted");
    const auto gets_it =
        becomes(fmt::format("running, with {}", named.device.describe()), [&](const Started& one) {
            return one.running && is_exactly_device(one.claim, named.device);
        });
    if (s.expect(cel_selector_on_published_attribute, alone, gets_it) == Outcome::passed) {
        s.expect(claim_freed_after_pod, alone, gets_it);
        ask_shared(s, claim, named.device);
    } else {
        s.not_asked(claim_shared_by_two_pods, "there was no pod with the claim to share it");
    }
}

void ask_rival(Scenario& s, const Pod& owner, const Named& named) {
    const Claim claim = s.make(s.claim("accelerator").named("rival").selecting(named.cel));
    const Pod rival = s.start(s.pod("holder").named("rival").claiming(claim.name()));
    const Observed<Scheduling> beside_the_owner = rival.scheduling();
    if (owner_frees(s, owner)) {
        ask_rival_alone(s, rival, claim, named);
    } else {
        not_asked(s, {&cel_selector_on_published_attribute, &claim_shared_by_two_pods},
                  "the device it would have asked for was never freed");
    }
    s.expect(exclusive_claims_on_one_device_leave_one_pending, beside_the_owner, stays_pending());
    s.end(rival);
    s.expect(claim_freed_after_pod, claim.when_free(), is_freed());
}

void allocated_and_freed(Scenario& s) {
    ask_api(s);
    if (s.by_plugin()) {
        s.give_up(
            "a device plugin hands out this accelerator, and not one DRA driver alone publishes "
            "others; "
            "name one of a driver's with --accelerator");
    }
    const Observed<Slices> slices = s.slices();
    s.require(slices_complete, slices,
              satisfies<Slices>("every pool complete", [](const Slices& all) {
                  return !all.pools.empty() && std::ranges::all_of(all.pools, &SlicePool::complete);
              }));
    const Observed<Answer> invalid =
        s.try_to_make(s.claim("accelerator").named("invalid").selecting(invalid_cel));
    const Claim never =
        s.make(s.claim("accelerator").named("impossible").selecting(impossible_cel));
    // It waits from the beginning to the end of the check.
    const Pod waiting =
        s.start_for_none(s.pod("holder").named("impossible").claiming(never.name()));
    const Pod owner = s.start(s.pod("owner"));
    ask_owner(s, owner, *slices.value);
    ask_what_is_seen(s, owner);
    ask_second(s, owner);
    if (const auto named = named_device(owner, *slices.value)) {
        ask_admin_access(s, *named);
        ask_what_is_told(s, owner);
        ask_rival(s, owner, *named);
    } else {
        ask_what_is_told(s, owner);
        owner_frees(s, owner);
        not_asked(s,
                  {&feature_admin_access, &cel_selector_on_published_attribute,
                   &exclusive_claims_on_one_device_leave_one_pending, &claim_shared_by_two_pods},
                  "no published attribute tells the owner's device from the others");
    }
    ask_features(s, *slices.value);
    s.expect(impossible_selector_stays_pending, waiting.scheduling(), stays_pending());
    s.expect(invalid_cel_refused_at_create, invalid,
             satisfies<Answer>("refused", [](const Answer& one) { return !one.accepted; }));
    s.end(waiting);
}

constexpr std::string_view dra = "resource.k8s.io";

constexpr std::array rights{
    claim_rights[0],
    claim_rights[1],
    Right{.group = dra,
          .resource = "resourceclaims",
          .verb = "create",
          .why = "ask for devices by name, and for what cannot be had"},
    Right{.group = dra,
          .resource = "resourceclaims",
          .verb = "list",
          .why = "see what became of the claims"},
    Right{.group = dra,
          .resource = "resourceclaims",
          .verb = "watch",
          .why = "see when they are allocated and freed",
          .unused_when = "a claim that is as it must be is not waited for"},
    Right{.group = dra,
          .resource = "resourceclaims",
          .verb = "delete",
          .place = Place::given_namespace,
          .why = "remove the claims"},
    Right{.group = dra,
          .resource = "resourceclaims",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "see whether others hold the devices, where a claim gets none",
          .without = "a claim that gets no device is then inconclusive, not failed",
          .unused_when = "asked only where a claim gets no device"},
    Right{.group = dra,
          .resource = "resourceslices",
          .verb = "watch",
          .reach = Reach::cluster,
          .why = "see when the drivers' pools are whole",
          .unused_when = "pools that are whole are not waited for"},
    Right{.group = dra,
          .resource = "devicetaintrules",
          .verb = "list",
          .reach = Reach::cluster,
          .why = "know which devices are tainted",
          .without = "device taints are then known only from the drivers' slices"},
    Right{.group = "",
          .resource = "pods",
          .verb = "delete",
          .why = "see what becomes of a claim when its pods are gone"},
};

constexpr std::array made{PlannedObjects{.kind = "Pod", .count = 14},
                          PlannedObjects{.kind = "ResourceClaim", .count = 13}};

}  // namespace

constinit const Check dra_support{
    .id = "dra_support",
    .title = "Accelerators are requested and allocated through Dynamic Resource Allocation",
    .breaks =
        "Workloads that claim devices do not start, start with another device than the one "
        "allocated, or keep devices after they are gone.",
    .assertions = table,
    .needs = {.accelerators = 1,
              .accelerators_on_node = 2,
              .claims = true,
              .judges_pools = true,
              .admin_access = true,
              .rights = rights},
    .cost = {.nodes = 1,
             .objects = made,
             .asking = std::chrono::seconds{13},
             .clearing = std::chrono::seconds{6}},
    .timeout = std::chrono::minutes{5},
    .run = allocated_and_freed,
    .api_served = &resource_api_served,
};

}  // namespace assay
