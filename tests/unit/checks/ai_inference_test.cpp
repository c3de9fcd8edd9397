// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "checks/catalog.h"
#include "checks/inference_requests.h"
#include "engine/gateway_adapter.h"
#include "engine/scenario_state.h"
#include "engine/yaml_reader.h"
#include "tests/unit/checks/played_cluster.h"
#include "tests/unit/checks/played_gateway.h"

namespace assay {
namespace {

using Wrong = PlayedGateway::Wrong;
using Ids = std::vector<std::string>;

Ids with_outcome(const RunResult& run, Outcome outcome) {
    Ids ids;
    for (const Assertion* one : ai_inference.assertions) {
        if (outcome_of(run, std::string(one->id)) == outcome) {
            ids.emplace_back(one->id);
        }
    }
    return ids;
}

// What fails where that is wrong.
Ids failed(const Wrong& wrong) {
    PlayedGateway cluster(wrong);
    return with_outcome(cluster.run(), Outcome::failed);
}

TEST(AiInference, PassesWhereRoutesAreServedAsTheySay) {
    PlayedGateway cluster(Wrong{});
    const RunResult run = cluster.run();
    EXPECT_EQ(with_outcome(run, Outcome::failed), Ids{});
    EXPECT_EQ(with_outcome(run, Outcome::inconclusive), Ids{});
    EXPECT_EQ(with_outcome(run, Outcome::not_applicable), Ids{});
    EXPECT_TRUE(run.leftovers.empty());
}

int seconds_waited_at_most(const Arguments& plan) {
    int seconds = 0;
    for (const kube::Json& phase : kube::Json::parse(plan.at(1))) {
        seconds += phase.value("within_s", 0);
    }
    return seconds;
}

// Of a gateway that follows nothing its clients tell in time, and what else they do takes less than
// the rest.
TEST(AiInference, ClientsWaitNoLongerThanTheyAreWaitedFor) {
    for (const auto& plan : {routes_plan, refusals_plan, chat_plan, rpc_plan}) {
        const int seconds = seconds_waited_at_most(plan({}));
        EXPECT_GE(seconds, 60);
        EXPECT_LE(seconds + 10, start_limit.count());
    }
}

TEST(AiInference, FindsASplitThatIsAnother) {
    EXPECT_EQ(failed(Wrong{.weight_of_a = 60}),
              (Ids{"weights_are_kept", "weight_change_is_followed"}));
    EXPECT_EQ(failed(Wrong{.weight_of_a = 69}), (Ids{"weight_change_is_followed"}));
}

TEST(AiInference, FindsAReplicaThatDoesNotKnowTheHeader) {
    EXPECT_EQ(failed(Wrong{.of_two_replicas_know = 1}),
              (Ids{"header_decides", "more_specific_rule_wins", "openai_requests_pass",
                   "completions_stream"}));
}

TEST(AiInference, FindsTheWrongOrderOfRules) {
    EXPECT_EQ(failed(Wrong{.one_header_only = true}), (Ids{"more_specific_rule_wins"}));
    EXPECT_EQ(failed(Wrong{.first_rule_wins = true}), (Ids{"more_specific_rule_wins"}));
}

TEST(AiInference, FindsAnOldConfigurationThatIsServed) {
    EXPECT_EQ(failed(Wrong{.keeps_old_routes = true}),
              (Ids{"weight_change_is_followed", "weight_change_time"}));
}

TEST(AiInference, FindsWhatIsServedThoughNoRouteSaysSo) {
    EXPECT_EQ(failed(Wrong{.serves_by_default = true}),
              (Ids{"unmatched_header_goes_nowhere", "unmatched_host_goes_nowhere"}));
    EXPECT_EQ(failed(Wrong{.ignores_grants = true}),
              (Ids{"foreign_backend_reported", "foreign_backend_is_refused"}));
    EXPECT_EQ(failed(Wrong{.status_without_backend = 503}),
              (Ids{"unknown_backend_gets_500", "foreign_backend_is_refused"}));
    EXPECT_EQ(failed(Wrong{.hides_unknown = true}), (Ids{"unknown_backend_reported"}));
}

TEST(AiInference, FindsStreamsThatAreNone) {
    EXPECT_EQ(failed(Wrong{.buffers = true}),
              (Ids{"completions_stream", "events_arrive_unbuffered", "grpc_streams"}));
    EXPECT_EQ(failed(Wrong{.ends_silence = true}), (Ids{"idle_stream_survives"}));
    EXPECT_EQ(failed(Wrong{.no_http2 = true}), (Ids{"grpc_method_decides", "grpc_streams"}));
    EXPECT_EQ(failed(Wrong{.cuts_bodies = true}),
              (Ids{"openai_requests_pass", "completions_stream"}));
}

TEST(AiInference, OneRequestThatIsLostIsNotTriedAgain) {
    const Ids ids = failed(Wrong{.lost = 1});
    EXPECT_NE(std::ranges::find(ids, "header_decides"), ids.end());
    EXPECT_NE(std::ranges::find(ids, "weights_are_kept"), ids.end());
}

TEST(AiInference, NothingIsCountedBeforeTheConfigurationIsInForce) {
    PlayedGateway cluster(Wrong{.never_live = true});
    const RunResult run = cluster.run();
    EXPECT_EQ(with_outcome(run, Outcome::failed), (Ids{"configuration_is_live"}));
    EXPECT_EQ(outcome_of(run, "weights_are_kept"), Outcome::inconclusive);
    EXPECT_EQ(outcome_of(run, "unmatched_host_goes_nowhere"), Outcome::inconclusive);
}

// A rule in force says nothing of the next one, nor of another backend.
TEST(AiInference, NothingIsCountedOfARuleThatIsNotInForceYet) {
    PlayedGateway cluster(Wrong{.rules_of_b_never_live = true, .lost = 1});
    const RunResult run = cluster.run();
    for (const char* id : {"header_decides", "grpc_method_decides", "grpc_streams",
                           "openai_requests_pass", "completions_stream"}) {
        EXPECT_NE(findings_of(run, id).find("its route was never in force"), std::string::npos)
            << findings_of(run, id);
    }
    EXPECT_EQ(outcome_of(run, "header_decides"), Outcome::inconclusive);
    EXPECT_EQ(outcome_of(run, "grpc_streams"), Outcome::inconclusive);
}

TEST(AiInference, AGatewayWithoutAnAddressIsReachedByItsService) {
    PlayedGateway cluster(Wrong{.no_address = true});
    const RunResult run = cluster.run();
    EXPECT_EQ(with_outcome(run, Outcome::failed), (Ids{"gateway_programmed"}));
    EXPECT_EQ(outcome_of(run, "weights_are_kept"), Outcome::passed);
}

TEST(AiInference, ConditionsAreRead) {
    EXPECT_EQ(failed(Wrong{.not_accepted = true}), (Ids{"gateway_accepted"}));
    EXPECT_EQ(failed(Wrong{.not_resolved = true}), (Ids{"routes_resolved"}));
}

TEST(AiInference, WithoutAClassNothingIsAsked) {
    PlayedGateway cluster(Wrong{.no_class = true});
    const RunResult run = cluster.run();
    EXPECT_EQ(with_outcome(run, Outcome::inconclusive).size(), ai_inference.assertions.size());
    EXPECT_NE(findings_of(run, "gateway_accepted").find("no GatewayClass is accepted"),
              std::string::npos);
}

TEST(AiInference, WithoutGrpcRoutesTheyAreNotAsked) {
    PlayedGateway cluster(Wrong{.no_grpc = true});
    const RunResult run = cluster.run();
    EXPECT_EQ(with_outcome(run, Outcome::not_applicable),
              (Ids{"grpc_method_decides", "grpc_streams"}));
    EXPECT_EQ(with_outcome(run, Outcome::failed), Ids{});
}

TEST(AiInference, AClientThatSaysNothingIsNoAnswer) {
    PlayedGateway cluster(Wrong{.silent = "streams"});
    const RunResult run = cluster.run();
    EXPECT_EQ(with_outcome(run, Outcome::failed), Ids{});
    EXPECT_EQ(outcome_of(run, "idle_stream_survives"), Outcome::inconclusive);
    EXPECT_EQ(outcome_of(run, "weights_are_kept"), Outcome::passed);
}

TEST(AiInference, EachGatewayAdapterNamesAControllerOfItsOwn) {
    const auto components = load_components();
    ASSERT_TRUE(components) << components.error();
    std::set<std::string> controllers;
    for (const Component& one : *components) {
        if (one.role == "gateway") {
            const GatewayAdapter adapter = gateway_adapter_of(one);
            EXPECT_NE(adapter.controller.find('/'), std::string::npos) << one.name;
            EXPECT_TRUE(controllers.insert(adapter.controller).second) << one.name;
        }
    }
    EXPECT_TRUE(controllers.contains("gateway.envoyproxy.io/gatewayclass-controller"));
    Component odd;
    odd.details = {{"controller", "a/b"}, {"port", 1}};
    EXPECT_THROW(gateway_adapter_of(odd), DataError);
}

}  // namespace
}  // namespace assay
