// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "checks/catalog.h"
#include "tests/unit/checks/played_cluster.h"
#include "tests/unit/checks/played_dra.h"

namespace assay {
namespace {

using Wrong = PlayedDra::Wrong;
using Ids = std::vector<std::string>;

Ids with_outcome(const RunResult& run, Outcome outcome) {
    Ids ids;
    for (const Assertion* one : dra_support.assertions) {
        if (outcome_of(run, std::string(one->id)) == outcome) {
            ids.emplace_back(one->id);
        }
    }
    return ids;
}

TEST(DraSupport, PassesWhereClaimsAreAllocatedExclusiveAndFreed) {
    PlayedDra cluster(Wrong{});
    const RunResult run = cluster.run();
    EXPECT_EQ(with_outcome(run, Outcome::failed), Ids{});
    EXPECT_EQ(with_outcome(run, Outcome::inconclusive), Ids{});
    // What the played cluster does not offer.
    EXPECT_EQ(with_outcome(run, Outcome::not_applicable),
              (Ids{"extended_resource_form", "feature_extended_resource", "feature_device_taints",
                   "feature_partitions", "feature_consumable_capacity", "feature_device_status",
                   "feature_binding_conditions", "feature_health"}));
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_TRUE(run.leftovers.empty());
}

TEST(DraSupport, TellsWhoHoldsTheDevicesWhereNoneIsFree) {
    PlayedDra cluster(Wrong{.others_hold_all = true});
    const RunResult run = cluster.run();
    for (const AssertionResult& one : run.requirements.at(0).assertions) {
        if (one.id == "claim_allocated_and_pod_runs") {
            EXPECT_NE(one.findings.at(0).reason.find("claim tenant/theirs-0 holds"),
                      std::string::npos)
                << one.findings.at(0).reason;
        }
    }
}

// --- the forms that a driver offers of a device ---

kube::Json promised() {
    kube::Json device;
    device["taints"] = kube::Json::array({{{"key", "a"}, {"effect", "NoSchedule"}}});
    device["consumesCounters"] = kube::Json::array({{{"counterSet", "a"}}});
    device["bindingConditions"] = kube::Json::array({"ready"});
    device["allowMultipleAllocations"] = true;
    device["capacity"]["memory"]["requestPolicy"]["validRange"]["min"] = "1Gi";
    return device;
}

TEST(DraSupport, FindsFormsThatAreOfferedAndBroken) {
    PlayedDra cluster(Wrong{.promises = promised()});
    const RunResult run = cluster.run();
    EXPECT_EQ(with_outcome(run, Outcome::failed),
              (Ids{"feature_device_taints", "feature_consumable_capacity",
                   "feature_binding_conditions"}));
    EXPECT_EQ(outcome_of(run, "feature_partitions"), Outcome::passed);
    EXPECT_EQ(run.exit_code, 0);  // beyond the requirement
}

TEST(DraSupport, TriesADeviceThatARuleTaints) {
    PlayedDra cluster(Wrong{});  // which knows nothing of taints
    kube::Json rule;
    rule["metadata"]["name"] = "broken-ones";
    rule["spec"]["deviceSelector"] = kube::Json::object();
    rule["spec"]["taint"] = {{"key", "a"}, {"effect", "NoExecute"}};
    cluster.server().update(
        {"resource.k8s.io", "v1beta2", "devicetaintrules", "DeviceTaintRule", false}, rule);
    EXPECT_EQ(with_outcome(cluster.run(), Outcome::failed), Ids{"feature_device_taints"});
}

TEST(DraSupport, DoesNotCallAFormThatItCannotTryNotOffered) {
    PlayedDra cluster(Wrong{.same_attributes = true, .promises = promised()});
    const RunResult run = cluster.run();
    for (const char* one : {"feature_device_taints", "feature_partitions",
                            "feature_consumable_capacity", "feature_binding_conditions"}) {
        EXPECT_EQ(outcome_of(run, one), Outcome::inconclusive) << one;
    }
}

TEST(DraSupport, CannotTellOfAdminAccessWhereTheGivenNamespaceDoesNotLetItAsk) {
    PlayedDra cluster(Wrong{});
    cluster.namespace_name = "tenant";
    cluster.make_given_namespace();
    const RunResult run = cluster.run();
    EXPECT_EQ(with_outcome(run, Outcome::inconclusive), Ids{"feature_admin_access"});
    EXPECT_EQ(with_outcome(run, Outcome::failed), Ids{});
    EXPECT_TRUE(run.leftovers.empty());
}

TEST(DraSupport, IsAskedOfTheDriverWhereADevicePluginHandsOutTheChosenAccelerator) {
    PlayedDra cluster({});
    cluster.beside_a_plugin = true;
    cluster.accelerator = "nvidia.com/gpu";
    const RunResult run = cluster.run();
    EXPECT_EQ(with_outcome(run, Outcome::failed), Ids{});
    EXPECT_EQ(with_outcome(run, Outcome::inconclusive), Ids{});
    EXPECT_EQ(run.exit_code, 0);
    for (const auto& pool : run.cluster.accelerators) {
        EXPECT_EQ(pool.examined, pool.allocation == "dra") << pool.accelerator;
    }
    for (const auto& kind : run.inventory.accelerators) {
        EXPECT_EQ(kind.examined, kind.allocation == "dra") << kind.accelerator;
    }
    ASSERT_EQ(run.warnings.size(), 1U);
    EXPECT_TRUE(run.warnings.front().starts_with("dra_support is asked of "))
        << run.warnings.front();
}

// One wrong component, what must fail for it and what may not be answered because of it.
struct Planted {
    const char* name;
    Wrong wrong;
    Ids failed;
    Ids inconclusive;
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest calls it by this name
void PrintTo(const Planted& planted, std::ostream* stream) {
    *stream << planted.name;
}

class Wrongs : public testing::TestWithParam<Planted> {};

TEST_P(Wrongs, AreFoundByTheirAssertionAndNoOther) {
    PlayedDra cluster(GetParam().wrong);
    const RunResult run = cluster.run();
    EXPECT_EQ(with_outcome(run, Outcome::failed), GetParam().failed);
    EXPECT_EQ(with_outcome(run, Outcome::inconclusive), GetParam().inconclusive);
    EXPECT_EQ(run.exit_code, GetParam().failed.empty() ? 4 : 1);
}

const Ids all_after_the_owner{"container_sees_its_device",
                              "container_without_claim_sees_nothing",
                              "claims_have_devices_of_their_own",
                              "claim_freed_after_pod",
                              "cel_selector_on_published_attribute",
                              "exclusive_claims_on_one_device_leave_one_pending",
                              "impossible_selector_stays_pending",
                              "invalid_cel_refused_at_create",
                              "claim_shared_by_two_pods",
                              "first_available",
                              "extended_resource_form",
                              "feature_prioritized_list",
                              "feature_admin_access",
                              "feature_extended_resource",
                              "feature_device_taints",
                              "feature_partitions",
                              "feature_consumable_capacity",
                              "feature_device_status",
                              "feature_binding_conditions",
                              "feature_health"};

Ids all_after_the_slices() {
    Ids ids = all_after_the_owner;
    ids.insert(ids.begin(), "claim_allocated_and_pod_runs");
    return ids;
}

Ids all_after_the_api() {
    Ids ids = all_after_the_slices();
    ids.insert(ids.begin(), "slices_complete");
    return ids;
}

INSTANTIATE_TEST_SUITE_P(
    DraSupport, Wrongs,
    testing::Values(
        Planted{"driver_never_prepares",
                {.never_prepares = true},
                {"claim_allocated_and_pod_runs"},
                all_after_the_owner},
        Planted{"second_pod_is_not_prepared",
                {.prepares_once = true},
                {"claim_shared_by_two_pods"},
                {}},
        Planted{"claims_are_never_freed",
                {.never_frees = true},
                {"claim_freed_after_pod"},
                {"cel_selector_on_published_attribute",
                 "exclusive_claims_on_one_device_leave_one_pending",
                 "impossible_selector_stays_pending", "invalid_cel_refused_at_create",
                 "claim_shared_by_two_pods"}},
        Planted{"claims_of_templates_are_kept",
                {.keeps_claims_of_templates = true},
                {"claim_freed_after_pod"},
                {}},
        Planted{"one_device_for_two_claims",
                {.allocates_twice = true},
                {"claims_have_devices_of_their_own",
                 "exclusive_claims_on_one_device_leave_one_pending"},
                {}},
        Planted{"selectors_are_ignored",
                {.ignores_selectors = true},
                {"cel_selector_on_published_attribute", "first_available",
                 "feature_prioritized_list", "feature_admin_access"},
                {"exclusive_claims_on_one_device_leave_one_pending",
                 "impossible_selector_stays_pending", "invalid_cel_refused_at_create",
                 "claim_shared_by_two_pods"}},
        Planted{"bystander_sees_the_device",
                {.shows_bystanders = true},
                {"container_without_claim_sees_nothing"},
                {}},
        Planted{"container_sees_another_device",
                {.shows_another = true},
                {"container_sees_its_device"},
                {"container_without_claim_sees_nothing"}},
        Planted{"container_sees_none",
                {.shows_nothing = true},
                {"container_sees_its_device"},
                {"container_without_claim_sees_nothing"}},
        Planted{"any_cel_is_accepted",
                {.accepts_any_cel = true},
                {"invalid_cel_refused_at_create"},
                {}},
        Planted{"api_is_not_served",
                {.serves_no_dra = true},
                {"resource_api_served"},
                all_after_the_api()},
        Planted{"a_slice_is_missing",
                {.missing_slices = 1},
                {"slices_complete"},
                all_after_the_slices()},
        Planted{"scheduler_is_silent",
                {.says_nothing = true},
                {},
                {"exclusive_claims_on_one_device_leave_one_pending",
                 "impossible_selector_stays_pending"}},
        Planted{"scheduler_names_another_reason",
                {.names_no_claim = true},
                {},
                {"exclusive_claims_on_one_device_leave_one_pending",
                 "impossible_selector_stays_pending"}},
        Planted{"granted_says_nothing",
                {.silent = "granted"},
                {},
                {"container_sees_its_device", "container_without_claim_sees_nothing"}},
        Planted{"bystander_says_nothing",
                {.silent = "bystander"},
                {},
                {"container_without_claim_sees_nothing"}},
        Planted{"devices_cannot_be_told_apart",
                {.same_attributes = true},
                {},
                {"cel_selector_on_published_attribute",
                 "exclusive_claims_on_one_device_leave_one_pending",
                 "impossible_selector_stays_pending", "invalid_cel_refused_at_create",
                 "claim_shared_by_two_pods", "feature_admin_access"}},
        Planted{"nothing_is_allocated_though_devices_are_free",
                {.never_allocates = true},
                {"claim_allocated_and_pod_runs"},
                all_after_the_owner},
        Planted{"others_hold_every_device", {.others_hold_all = true}, {}, all_after_the_slices()}),
    [](const testing::TestParamInfo<Planted>& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace assay
