// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "checks/catalog.h"
#include "checks/robust_controller_rights.h"
#include "engine/operator_adapter.h"
#include "kube/request_facts.h"
#include "tests/unit/checks/played_cluster.h"
#include "tests/unit/checks/played_operator.h"

namespace assay {
namespace {

using Wrong = PlayedOperator::Wrong;
using Ids = std::vector<std::string>;

Ids with_outcome(const RunResult& run, Outcome outcome) {
    Ids ids;
    for (const Assertion* one : robust_controller.assertions) {
        if (outcome_of(run, std::string(one->id)) == outcome) {
            ids.emplace_back(one->id);
        }
    }
    return ids;
}

TEST(RobustController, PassesWhereTheOperatorDoesWhatItMust) {
    PlayedOperator cluster(Wrong{});
    const RunResult run = cluster.run({Change::restart_controllers});
    EXPECT_EQ(with_outcome(run, Outcome::failed), Ids{});
    EXPECT_EQ(with_outcome(run, Outcome::inconclusive), Ids{});
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_TRUE(run.leftovers.empty());
    EXPECT_NE(findings_of(run, "scale_followed").find("jobset: "), std::string::npos)
        << findings_of(run, "scale_followed");
}

TEST(RobustController, RestartsNoControllerUnlessItIsAllowed) {
    PlayedOperator cluster(Wrong{});
    const RunResult run = cluster.run();
    EXPECT_EQ(with_outcome(run, Outcome::inconclusive), Ids{"converges_after_restart"});
    for (const kube::Request& one : cluster.server().requests()) {
        EXPECT_FALSE(one.method == "DELETE" && one.path.find("jobset-system") != std::string::npos)
            << one.path;
    }
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

class WrongOperators : public testing::TestWithParam<Planted> {};

TEST_P(WrongOperators, AreFoundByTheirAssertionAndByNoOther) {
    PlayedOperator cluster(GetParam().wrong);
    const RunResult run = cluster.run({Change::restart_controllers});
    EXPECT_EQ(with_outcome(run, Outcome::failed), GetParam().failed);
    EXPECT_EQ(with_outcome(run, Outcome::inconclusive), GetParam().inconclusive);
    EXPECT_TRUE(run.leftovers.empty());
}

const Ids never_there{"webhook_registered",      "webhook_fails_closed",
                      "valid_object_accepted",   "invalid_object_denied_by_webhook",
                      "valid_object_reconciles", "deleted_child_comes_back",
                      "scale_followed",          "children_collected",
                      "converges_after_restart"};

INSTANTIATE_TEST_SUITE_P(
    RobustController, WrongOperators,
    testing::Values(
        Planted{"not established", {.not_established = true}, {"definitions_established"}, {}},
        Planted{"no replica", {.no_replica = true}, {"controller_pods_ready"}, never_there},
        Planted{"not registered",
                {.not_registered = true},
                {"webhook_registered", "invalid_object_denied_by_webhook"},
                {"webhook_fails_closed"}},
        Planted{"fails open", {.fails_open = true}, {"webhook_fails_closed"}, {}},
        Planted{"unreachable",
                {.unreachable = true},
                {"valid_object_accepted"},
                {"invalid_object_denied_by_webhook", "valid_object_reconciles",
                 "deleted_child_comes_back", "scale_followed", "children_collected",
                 "converges_after_restart"}},
        Planted{
            "accepts invalid", {.accepts_invalid = true}, {"invalid_object_denied_by_webhook"}, {}},
        Planted{"only the schema refuses",
                {.only_schema = true},
                {"invalid_object_denied_by_webhook"},
                {}},
        Planted{"denied by another",
                {.denied_by_another = true},
                {},
                {"invalid_object_denied_by_webhook"}},
        Planted{"makes one child",
                {.makes_one_child = true},
                {"valid_object_reconciles"},
                {"deleted_child_comes_back", "scale_followed"}},
        Planted{"never heals",
                {.never_heals = true},
                {"deleted_child_comes_back", "scale_followed"},
                {}},
        Planted{"ignores the scale", {.ignores_scale = true}, {"scale_followed"}, {}},
        Planted{"leaves orphans", {.leaves_orphans = true}, {"children_collected"}, {}}));

TEST(RobustController, CannotTellWhereNoDeploymentIsTheControllers) {
    PlayedOperator cluster(Wrong{.not_labelled = true});
    const RunResult run = cluster.run();
    EXPECT_EQ(outcome_of(run, "controller_pods_ready"), Outcome::inconclusive);
    EXPECT_EQ(with_outcome(run, Outcome::failed), Ids{});
}

// JobSet's data, as if it had no webhook.
Component without_webhook(const std::vector<Component>& all) {
    Component one = *std::ranges::find(all, "jobset", &Component::name);
    one.name = "bare";
    one.details.erase("invalid");
    return one;
}

const Ids of_webhooks{"webhook_registered", "webhook_fails_closed",
                      "invalid_object_denied_by_webhook"};

TEST(RobustController, CannotTellOfWebhooksWhereNoOperatorHasOne) {
    const RunResult run = PlayedOperator(Wrong{}).run({Change::restart_controllers},
                                                      {without_webhook(*load_components())});
    EXPECT_EQ(with_outcome(run, Outcome::inconclusive), of_webhooks);
    EXPECT_EQ(run.exit_code, 4);
}

TEST(RobustController, AsksTheOperatorThatHasAWebhookForItAlone) {
    const std::vector<Component> all = *load_components();
    const std::vector<Component> two{*std::ranges::find(all, "jobset", &Component::name),
                                     without_webhook(all)};
    const RunResult run = PlayedOperator(Wrong{}).run({Change::restart_controllers}, two);
    EXPECT_EQ(with_outcome(run, Outcome::inconclusive), Ids{});
    EXPECT_EQ(run.exit_code, 0);
    const RunResult open =
        PlayedOperator(Wrong{.accepts_invalid = true}).run({Change::restart_controllers}, two);
    EXPECT_EQ(with_outcome(open, Outcome::failed), Ids{"invalid_object_denied_by_webhook"});
}

TEST(RobustController, HasARightForEveryRequest) {
    PlayedOperator cluster(Wrong{});
    cluster.run({Change::restart_controllers});
    const std::vector<const Check*> checks{&robust_controller};
    const auto rights = rights_for(checks, {});
    for (const kube::Request& one : cluster.server().requests()) {
        const kube::RequestFacts facts = kube::facts_of(one);
        const bool everybodys = facts.verb == "get" && facts.resource.empty();
        EXPECT_TRUE(everybodys || std::ranges::any_of(rights,
                                                      [&](const Right* right) {
                                                          return right->verb == facts.verb &&
                                                                 right->group == facts.group &&
                                                                 right->resource == facts.resource;
                                                      }))
            << facts.verb << " " << facts.resource << " " << facts.path;
    }
}

// --- the data of operators ---

bool has_rights(const kube::Json& tree) {
    std::string resource = kube::text(tree, {"kind"}) + "s";
    std::ranges::transform(resource, resource.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::string version = kube::text(tree, {"apiVersion"});
    if (version == "v1" && resource == "pods") {
        return true;  // every check may follow and end those of its namespace
    }
    return std::ranges::any_of(operator_kinds, [&](const OperatorKind& one) {
        return one.resource == resource && version.starts_with(std::string(one.group) + "/");
    });
}

TEST(OperatorData, OfEveryEmbeddedOneIsReadAndWhatItMakesHasRights) {
    int count = 0;
    const std::vector<Component> components = *load_components();
    for (const Component& one : components) {
        if (one.role != "operator") {
            continue;
        }
        ++count;
        const auto data = operator_data(one);
        ASSERT_TRUE(data) << data.error();
        EXPECT_TRUE(has_rights(data->object.tree())) << one.name;
        EXPECT_TRUE(
            has_rights({{"kind", data->children.kind}, {"apiVersion", data->children.api_version}}))
            << one.name;
        for (const ObjectManifest& beside : data->beside) {
            EXPECT_TRUE(has_rights(beside.tree())) << one.name << " " << beside.kind();
        }
        if (data->invalid) {
            EXPECT_NE(data->refused().tree(), data->accepted().tree()) << one.name;
            EXPECT_EQ(data->refused().name(), data->accepted().name()) << one.name;
        }
    }
    EXPECT_EQ(count, 6);
}

Component with_details(const std::string& yaml) {
    return *parse_component(
        "apiVersion: assay/v1alpha1\nkind: Adapter\nrole: operator\nname: x\n"
        "tried: no\nserves: [X.x.io]\noperator:\n" +
            yaml,
        "x.yaml");
}

const std::string whole =
    "  definitions: [xs.x.io]\n"
    "  controller: app=x\n"
    "  object: {apiVersion: x.io/v1, kind: X, metadata: {name: a}}\n"
    "  ready: {/status/ready: 1}\n"
    "  children: {apiVersion: v1, kind: Pod}\n";

TEST(OperatorData, SaysWhatIsWrongWithIt) {
    EXPECT_TRUE(operator_data(with_details(whole)));
    const auto said = [](const std::string& more) {
        const auto data = operator_data(with_details(whole + more));
        return data ? std::string("nothing") : data.error();
    };
    EXPECT_NE(said("  scales: {}\n").find("scales"), std::string::npos);
    EXPECT_NE(said("  scale: {change: {a: 1}}\n").find("count or child"), std::string::npos);
    EXPECT_NE(said("  invalid: {of: Y, change: {a: 1}}\n").find("there is no Y"),
              std::string::npos);
    EXPECT_NE(said("  beside: [{kind: Z}]\n").find("metadata.name"), std::string::npos);
}

}  // namespace
}  // namespace assay
