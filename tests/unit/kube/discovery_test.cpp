// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/discovery.h"

#include <gtest/gtest.h>

#include "tests/api/fake_api_server.h"

namespace assay::kube {
namespace {

Limit soon() {
    return Limit::of(std::chrono::seconds(10));
}

class DiscoveryTest : public testing::TestWithParam<bool> {
protected:
    void SetUp() override {
        if (!GetParam()) {
            server_.serve_plain_discovery_only();
        }
        server_.serve_group({"resource.k8s.io", {"v1", "v1beta2"}});
        server_.serve_group({"metrics.k8s.io", {"v1beta1"}, true});
    }
    FakeApiServer server_;
    Client client_{server_};
};

TEST_P(DiscoveryTest, VersionsAreInTheServersOrderAndTheFirstWantedIsTaken) {
    const auto discovery = Discovery::of(client_, soon());
    ASSERT_TRUE(discovery);
    ASSERT_EQ(discovery->groups().size(), 2U);
    EXPECT_EQ(discovery->groups()[0].versions, (std::vector<std::string>{"v1", "v1beta2"}));
    EXPECT_EQ(discovery->served("resource.k8s.io", {"v1beta2", "v1"}), "v1beta2");
    EXPECT_EQ(discovery->served("resource.k8s.io", {"v2"}), std::nullopt);
}

TEST_P(DiscoveryTest, ABrokenGroupDoesNotBreakTheOthers) {
    const auto discovery = Discovery::of(client_, soon());
    ASSERT_TRUE(discovery);
    EXPECT_FALSE(discovery->groups()[0].stale);
    EXPECT_EQ(discovery->groups()[1].stale, GetParam());  // older servers do not say so
}

INSTANTIATE_TEST_SUITE_P(AggregatedAndPlain, DiscoveryTest, testing::Bool());

TEST(Discovery, WhatIsNoGroupListIsAProtocolError) {
    FakeApiServer server;
    const Client client(server);
    server.on_request([](const Request&) -> std::optional<Result<Response>> {
        return Response{200, {}, R"({"message":"hello"})"};
    });
    EXPECT_EQ(Discovery::of(client, soon()).error().kind, Error::Kind::protocol);
}

TEST(Discovery, HostileGroupsAreRead) {
    FakeApiServer server;
    const Client client(server);
    server.on_request([](const Request&) -> std::optional<Result<Response>> {
        return Response{200, {}, R"({"groups":[5,{"name":7},{"name":"a","versions":"v1"}]})"};
    });
    EXPECT_EQ(Discovery::of(client, soon())->served("a", {"v1"}), std::nullopt);
}

TEST(Discovery, WhoKnowsPlainJsonOnlyIsAskedForIt) {
    FakeApiServer server;
    server.on_request([](const Request& request) -> std::optional<Result<Response>> {
        return request.headers.at("Accept") == "application/json"
                   ? std::nullopt
                   : std::optional<Result<Response>>(Response{406, {}, "not acceptable"});
    });
    const auto discovery = Discovery::of(Client(server), Limit::of(std::chrono::seconds(10)));
    ASSERT_TRUE(discovery) << discovery.error().message;
    EXPECT_EQ(discovery->served("resource.k8s.io", {"v1"}), "v1");
}

TEST(Discovery, RefusedCredentialsAreSaid) {
    FakeApiServer server;
    const Client client(server);
    server.refuse_credentials();
    EXPECT_EQ(Discovery::of(client, soon()).error().kind, Error::Kind::unauthorized);
}

}  // namespace
}  // namespace assay::kube
