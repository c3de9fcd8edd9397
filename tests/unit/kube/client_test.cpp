// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "kube/discovery.h"
#include "tests/api/fake_api_server.h"

namespace assay::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Limit soon() {
    return Limit::of(seconds(10));
}

Json named(const std::string& name) {
    Json object;
    object["metadata"]["name"] = name;
    return object;
}

Response page(const std::vector<std::string>& names, const std::string& token) {
    Json list{{"kind", "List"}, {"items", Json::array()}};
    for (const std::string& name : names) {
        list["items"].push_back(named(name));
    }
    list["metadata"]["resourceVersion"] = "7";
    list["metadata"]["continue"] = token;
    return {200, {}, list.dump()};
}

bool has(const Request& request, const std::string& text) {
    return request.path.find(text) != std::string::npos;
}

class ClientTest : public testing::Test {
protected:
    FakeApiServer server_;
    Client client_{server_};
};

TEST_F(ClientTest, PathsNameGroupNamespaceAndObject) {
    EXPECT_EQ(path_of(pods, "ns", "p"), "/api/v1/namespaces/ns/pods/p");
    EXPECT_EQ(path_of(pods, ""), "/api/v1/pods");
    EXPECT_EQ(path_of(nodes, "ignored", "n"), "/api/v1/nodes/n");
    const Resource claims{"resource.k8s.io", "v1", "resourceclaims", "ResourceClaim", true};
    EXPECT_EQ(path_of(claims, "ns"), "/apis/resource.k8s.io/v1/namespaces/ns/resourceclaims");
}

TEST_F(ClientTest, ListFollowsEveryPage) {
    server_.on_request([](const Request& request) -> std::optional<Result<Response>> {
        return has(request, "continue=t%2F1") ? page({"b"}, "") : page({"a"}, "t/1");
    });
    const auto list = client_.list(nodes, "", {}, soon());
    ASSERT_TRUE(list);
    EXPECT_EQ(list->items.size(), 2U);
    EXPECT_EQ(list->resource_version, "7");
    EXPECT_EQ(text(list->items[0], {"kind"}), "Node");
}

TEST_F(ClientTest, AnExpiredPageRestartsTheList) {
    int asked = 0;
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        if (has(request, "continue=") && ++asked == 1) {
            return Response{410, {}, R"({"kind":"Status","reason":"Expired","message":"too old"})"};
        }
        return has(request, "continue=") ? page({"b"}, "") : page({"a"}, "t");
    });
    const auto list = client_.list(nodes, "", {}, soon());
    ASSERT_TRUE(list);
    EXPECT_EQ(list->items.size(), 2U);
}

TEST_F(ClientTest, AnAnswerThatIsNoListIsAProtocolError) {
    server_.on_request(
        [](const Request&) -> std::optional<Result<Response>> { return Response{200, {}, "{}"}; });
    EXPECT_EQ(client_.list(nodes, "", {}, soon()).error().kind, Error::Kind::protocol);
}

TEST_F(ClientTest, GarbageIsAProtocolError) {
    server_.on_request([](const Request&) -> std::optional<Result<Response>> {
        return Response{200, {}, "<html>"};
    });
    EXPECT_EQ(client_.get(nodes, "", "n", soon()).error().kind, Error::Kind::protocol);
}

TEST_F(ClientTest, ErrorsKeepTheServersWords) {
    server_.deny("create", namespaces);
    const auto created = client_.create(namespaces, "", named("x"), soon());
    ASSERT_FALSE(created);
    EXPECT_EQ(created.error().kind, Error::Kind::forbidden);
    EXPECT_EQ(created.error().message, "cannot create /api/v1/namespaces");
}

TEST_F(ClientTest, RemoveWithAnotherUidTouchesNothing) {
    server_.update(namespaces, named("x"));
    EXPECT_EQ(client_.remove(namespaces, "", "x", "another", soon()).error().kind,
              Error::Kind::conflict);
    EXPECT_TRUE(client_.get(namespaces, "", "x", soon()));
}

TEST_F(ClientTest, AReadIsRepeatedAfterAPassingFailure) {
    std::atomic<int> asked = 0;
    server_.update(nodes, named("n"));
    server_.on_request([&](const Request&) -> std::optional<Result<Response>> {
        if (++asked < 3) {
            return Response{503, {}, "busy"};
        }
        return std::nullopt;
    });
    EXPECT_TRUE(client_.get(nodes, "", "n", soon()));
    EXPECT_EQ(asked, 3);
}

TEST_F(ClientTest, ACreateWhoseAnswerWasLostIsNotSentAgain) {
    int asked = 0;
    server_.on_request([&](const Request&) -> std::optional<Result<Response>> {
        ++asked;
        return std::unexpected(Error{Error::Kind::network, 0, "", "reset"});
    });
    EXPECT_FALSE(client_.create(namespaces, "", named("x"), soon()));
    EXPECT_EQ(asked, 1);
}

TEST_F(ClientTest, ATurnedAwayCreateIsSentAgainAfterTheTimeTold) {
    int asked = 0;
    server_.on_request([&](const Request&) -> std::optional<Result<Response>> {
        if (++asked == 1) {
            return Response{429, {{"retry-after", "0"}}, ""};
        }
        return std::nullopt;
    });
    EXPECT_TRUE(client_.create(namespaces, "", named("x"), soon()));
    EXPECT_EQ(asked, 2);
}

TEST_F(ClientTest, RetriesEndWithTheLimit) {
    server_.on_request([](const Request&) -> std::optional<Result<Response>> {
        return Response{429, {{"retry-after", "9"}}, ""};
    });
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(client_.get(nodes, "", "n", Limit::of(milliseconds(300))).error().kind,
              Error::Kind::throttled);
    EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(1));
}

TEST_F(ClientTest, FollowingALogFindsTheLine) {
    server_.set_log("ns", "p", "c", "noise\nwanted 1\nmore\n");
    const auto line = client_.follow_log_until(
        "ns", "p", "c", 1000, [](std::string_view text) { return text.starts_with("wanted"); },
        soon());
    ASSERT_TRUE(line);
    EXPECT_EQ(*line, "wanted 1");
}

TEST_F(ClientTest, ALogThatEndsWithoutTheLineIsNotFound) {
    server_.set_log("ns", "p", "c", "noise\n");
    const auto line = client_.follow_log_until(
        "ns", "p", "c", 1000, [](std::string_view) { return false; }, Limit::of(milliseconds(500)));
    EXPECT_EQ(line.error().kind, Error::Kind::not_found);
}

TEST_F(ClientTest, AnEndlessLineIsCut) {
    server_.set_log("ns", "p", "c", std::string(5000, 'x'));
    const auto line = client_.follow_log_until(
        "ns", "p", "c", 1000, [](std::string_view) { return false; }, soon());
    EXPECT_EQ(line.error().kind, Error::Kind::protocol);
}

TEST_F(ClientTest, MinorMayCarryAPlus) {
    const auto version = client_.version(soon());
    ASSERT_TRUE(version);
    EXPECT_EQ(version->minor, 37);
}

TEST_F(ClientTest, DiscoveryTakesTheFirstVersionWantedThatIsServed) {
    const auto discovery = Discovery::of(client_, soon());
    ASSERT_TRUE(discovery);
    EXPECT_EQ(discovery->served("resource.k8s.io", {"v2", "v1"}), "v1");
    EXPECT_EQ(discovery->served("resource.k8s.io", {"v1beta1"}), std::nullopt);
    EXPECT_EQ(discovery->served("no.such.group", {"v1"}), std::nullopt);
}

}  // namespace
}  // namespace assay::kube
