// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/component.h"

#include <gtest/gtest.h>

#include "engine/object.h"
#include "engine/served_kinds.h"

namespace assay {
namespace {

constexpr const char* kueue = R"(
apiVersion: assay/v1alpha1
kind: Adapter
role: scheduler
name: kueue
tried: real
triedWith: v0.19.2
serves: [ClusterQueue.kueue.x-k8s.io, LocalQueue.kueue.x-k8s.io]
scheduler: {queueLabel: kueue.x-k8s.io/queue-name}
)";

kube::ApiGroup group_of(const std::string& name, const std::vector<std::string>& kinds) {
    kube::ApiGroup group{.name = name, .versions = {"v1beta2", "v1beta1"}};
    for (const std::string& version : group.versions) {
        for (const std::string& kind : kinds) {
            group.kinds.push_back({name, version, kind + "s", kind, true});
        }
    }
    return group;
}

TEST(Component, IsReadWithItsRolesOwnMapping) {
    const auto component = parse_component(kueue, "it");
    ASSERT_TRUE(component) << component.error();
    EXPECT_EQ(component->tried_with, "v0.19.2");
    EXPECT_EQ(kube::text(component->details, {"queueLabel"}), "kueue.x-k8s.io/queue-name");
}

TEST(Component, AnUnknownKeyOrAVersionOfWhatWasNotTriedIsAnError) {
    EXPECT_FALSE(parse_component(std::string(kueue) + "mystery: 1\n", "it"));
    std::string untried = kueue;
    untried.replace(untried.find("tried: real"), 11, "tried: no");
    EXPECT_FALSE(parse_component(untried, "it"));
}

TEST(Component, IsInstalledWhereAllItsKindsAreServed) {
    const std::vector<Component> all{*parse_component(kueue, "it")};
    EXPECT_TRUE(installed_of(all, "scheduler", {}).empty());
    EXPECT_TRUE(
        installed_of(all, "scheduler", {group_of("kueue.x-k8s.io", {"ClusterQueue"})}).empty());
    const std::vector whole{group_of("kueue.x-k8s.io", {"ClusterQueue", "LocalQueue"})};
    EXPECT_EQ(installed_of(all, "scheduler", whole).size(), 1U);
    EXPECT_TRUE(installed_of(all, "gateway", whole).empty());
    EXPECT_EQ(none_installed(all, "scheduler"),
              "not installed: no scheduler found; looked for kueue (tried with v0.19.2)");
}

TEST(Component, EveryEmbeddedOneIsRead) {
    const auto all = load_components();
    ASSERT_TRUE(all) << all.error();
}

TEST(ServedKind, IsFoundInTheVersionAskedForOrThePreferredOne) {
    const std::vector groups{group_of("kueue.x-k8s.io", {"ClusterQueue"})};
    EXPECT_EQ(served_kind(groups, "kueue.x-k8s.io/v1beta1", "ClusterQueue")->version, "v1beta1");
    EXPECT_EQ(served_kind(groups, "ClusterQueue.kueue.x-k8s.io")->version, "v1beta2");
    EXPECT_FALSE(served_kind(groups, "kueue.x-k8s.io/v1", "ClusterQueue"));
    EXPECT_EQ(served_kind({}, "v1", "Service"), kube::services);
}

TEST(ObjectState, TellsMembersAndConditions) {
    const ObjectState state{true,
                            {{"kind", "Gateway"},
                             {"metadata", {{"name", "g"}}},
                             {"status",
                              {{"replicas", 2},
                               {"conditions",
                                {{{"type", "Accepted"}, {"status", "True"}},
                                 {{"type", "Programmed"},
                                  {"status", "False"},
                                  {"reason", "AddressNotAssigned"},
                                  {"message", "none yet"}}}}}}}};
    EXPECT_EQ(state.number("/status/replicas"), 2);
    EXPECT_EQ(state.text("/status/replicas"), "");
    EXPECT_EQ(state.number("/status/nothing/there"), 0);
    EXPECT_EQ(state.condition("Programmed").reason, "AddressNotAssigned");
    EXPECT_EQ(state.condition("Ready").status, "");
    EXPECT_EQ(state.describe(),
              "Gateway g: Accepted=True, Programmed=False (AddressNotAssigned: none yet)");
    EXPECT_EQ(ObjectState{}.describe(), "not there");
}

TEST(Components, OneOfARoleCanBeChosenAndTheOthersGo) {
    const auto all = *load_components();
    const auto chosen = chosen_of(all, {"scheduler=kueue", "metrics=prometheus-operator"});
    ASSERT_TRUE(chosen) << chosen.error();
    const auto of = [&](const char* role) {
        return std::ranges::count(*chosen, role, &Component::role);
    };
    EXPECT_EQ(of("scheduler"), 1);
    EXPECT_EQ(of("metrics"), 1);
    EXPECT_EQ(of("gateway"), std::ranges::count(all, "gateway", &Component::role));
    const auto none = chosen_of(all, {"scheduler=no-such"});
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().find("no component is called scheduler=no-such; there are"),
              std::string::npos);
}

}  // namespace
}  // namespace assay
