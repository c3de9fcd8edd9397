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

TEST_F(ClientTest, WhenThePagesExpireTheListIsAskedForWhole) {
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        if (has(request, "continue=")) {  // as on a server that is slower than its history is long
            return Response{410, {}, R"({"kind":"Status","reason":"Expired","message":"too old"})"};
        }
        return has(request, "limit=") ? page({"a"}, "t") : page({"b", "c"}, "");
    });
    const auto list = client_.list(nodes, "", {.labels = "x=y", .fields = ""}, soon());
    ASSERT_TRUE(list) << list.error().message;
    EXPECT_EQ(list->items.size(), 2U);
    EXPECT_EQ(server_.requests().back().path, "/api/v1/nodes?labelSelector=x%3Dy");
}

TEST_F(ClientTest, AListThatExpiresAsAWholeIsAnError) {
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        return has(request, "limit=") && !has(request, "continue=") ? page({"a"}, "t")
                                                                    : Response{410, {}, ""};
    });
    EXPECT_EQ(client_.list(nodes, "", {}, soon()).error().kind, Error::Kind::gone);
    EXPECT_EQ(server_.requests().size(), 3U);
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
    EXPECT_EQ(created.error().message,
              "User \"tester\" cannot create resource \"/api/v1/namespaces\"");
}

TEST_F(ClientTest, RemoveWithAnotherUidTouchesNothing) {
    server_.update(namespaces, named("x"));
    EXPECT_EQ(client_.remove(namespaces, "", "x", "another", soon()).error().kind,
              Error::Kind::conflict);
    EXPECT_TRUE(client_.get(namespaces, "", "x", soon()));
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

// A log that breaks off time and again, as when a node's agent restarts.
class BrokenLog : public Transport {
public:
    explicit BrokenLog(std::vector<std::string> streams) : streams_(std::move(streams)) {}

    Result<Response> send(const Request& request, const Limit& /*limit*/) override {
        paths.push_back(request.path);
        request.on_chunk(streams_.at(paths.size() - 1));
        return std::unexpected(Error{Error::Kind::network, 0, "", "reset"});
    }

    std::vector<std::string> paths;

private:
    std::vector<std::string> streams_;
};

TEST_F(ClientTest, ALogGoesOnAfterTheLastLineSeenAndAsksAboutEachOnce) {
    BrokenLog broken(
        {"2026-01-01T00:00:01.6Z early\n2026-01-01T00:00:01.5Z one\n2026-01-01T00:00:01.7Z two\n"
         "2026-01-01T00:00:01.7Z twin\n2026-01-01T00:00:02Z cut o",
         "2026-01-01T00:00:01.6Z early\n2026-01-01T00:00:01.5Z one\n"
         "2026-01-01T00:00:01.7Z two\n"
         "2026-01-01T00:00:01.7Z twin\n2026-01-01T01:00:01.7+01:00 third of a time\n"
         "2026-01-01T00:00:02Z cut off\n2026-01-01T00:00:03Z wanted\n"});
    std::vector<std::string> seen;
    const auto line = Client(broken).follow_log_until(
        "ns", "p", "c", 1000,
        [&](std::string_view text) {
            seen.emplace_back(text);
            return text == "wanted";
        },
        soon());
    ASSERT_TRUE(line) << line.error().message;
    EXPECT_EQ(*line, "wanted");
    EXPECT_EQ(seen, (std::vector<std::string>{"early", "one", "two", "twin", "third of a time",
                                              "cut off", "wanted"}));
    EXPECT_EQ(broken.paths.at(0).find("sinceTime"), std::string::npos);
    EXPECT_NE(broken.paths.at(1).find("&sinceTime=2026-01-01T00:00:00Z"), std::string::npos);
}

TEST_F(ClientTest, AStopEndsThePauseBetweenTwoStreamsWithin100Milliseconds) {
    std::stop_source source;
    std::atomic<int> streams = 0;
    server_.on_request([&](const Request&) -> std::optional<Result<Response>> {
        ++streams;
        return Response{400, {}, "ContainerCreating"};
    });
    std::chrono::steady_clock::time_point asked;
    const std::jthread stopper([&] {
        while (streams < 3) {  // from then on it pauses for 800 ms
            std::this_thread::yield();
        }
        asked = std::chrono::steady_clock::now();
        source.request_stop();
    });
    const auto line = client_.follow_log_until(
        "ns", "p", "c", 1000, [](std::string_view) { return false; },
        Limit::of(seconds(60), source.get_token()));
    EXPECT_LT(std::chrono::steady_clock::now() - asked, milliseconds(100));
    EXPECT_EQ(line.error().kind, Error::Kind::cancelled);
}

TEST_F(ClientTest, ApplyAndPatchSayWhatTheyAre) {
    server_.on_request(
        [](const Request&) -> std::optional<Result<Response>> { return Response{200, {}, "{}"}; });
    ASSERT_TRUE(client_.apply(namespaces, "", named("x"), "assay run", soon()));
    ASSERT_TRUE(client_.patch(pods, "ns", "p", Patch::merge, {{"a", nullptr}}, soon()));
    ASSERT_TRUE(client_.patch(pods, "ns", "p", Patch::json, Json::array(), soon()));
    const auto requests = server_.requests();
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_EQ(requests[0].method, "PATCH");
    EXPECT_EQ(requests[0].path,
              "/api/v1/namespaces/x?fieldManager=assay%20run&force=true&fieldValidation=Strict");
    EXPECT_EQ(requests[0].headers.at("Content-Type"), "application/apply-patch+yaml");
    EXPECT_EQ(text(*parse(requests[0].body), {"kind"}), "Namespace");
    EXPECT_EQ(requests[1].path, "/api/v1/namespaces/ns/pods/p?fieldValidation=Strict");
    EXPECT_EQ(requests[1].headers.at("Content-Type"), "application/merge-patch+json");
    EXPECT_EQ(requests[1].body, R"({"a":null})");
    EXPECT_EQ(requests[2].headers.at("Content-Type"), "application/json-patch+json");
}

TEST_F(ClientTest, AnApplyMayBeSentTwiceAPatchMayNot) {
    server_.on_request(
        [](const Request&) -> std::optional<Result<Response>> { return Response{500, {}, ""}; });
    EXPECT_FALSE(client_.patch(pods, "ns", "p", Patch::json, Json::array(), soon()));
    EXPECT_EQ(server_.requests().size(), 1U);
    EXPECT_FALSE(client_.apply(namespaces, "", named("x"), "assay", soon()));
    EXPECT_EQ(server_.requests().size(), 6U);
}

TEST_F(ClientTest, WhatListensBehindAServiceAnswersForItself) {
    Response planned{503, {}, "overloaded"};
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        if (request.on_chunk && planned.status == 200) {
            request.on_chunk("data: 1\n");
            request.on_chunk("data: 2\n");
        }
        return planned;
    });
    Request request;
    request.path = "/v1/models?a=b";
    const ProxyTarget target{services, "ns", "svc", "http", "https"};
    const auto own = client_.proxied(target, request, soon());
    ASSERT_TRUE(own) << own.error().message;
    EXPECT_EQ(own->status, 503);
    EXPECT_EQ(server_.requests().back().path,
              "/api/v1/namespaces/ns/services/https%3Asvc%3Ahttp/proxy/v1/models?a=b");
    planned.body = R"({"kind":"Status","apiVersion":"v1","message":"no endpoints available"})";
    const auto servers = client_.proxied({pods, "ns", "p", "", ""}, request, soon());
    ASSERT_FALSE(servers);
    EXPECT_EQ(servers.error().message, "no endpoints available");
    EXPECT_EQ(server_.requests().back().path, "/api/v1/namespaces/ns/pods/p/proxy/v1/models?a=b");
    planned = {200, {}, ""};
    std::string streamed;
    request.on_chunk = [&](std::string_view chunk) {
        streamed += chunk;
        return true;
    };
    EXPECT_EQ(client_.proxied({pods, "ns", "p", "8080", ""}, request, soon())->status, 200);
    EXPECT_EQ(streamed, "data: 1\ndata: 2\n");
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
