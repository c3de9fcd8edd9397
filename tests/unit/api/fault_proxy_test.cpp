// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <future>

#include "tests/unit/api/proxied_server.h"

namespace assay::kube {
namespace {

using std::chrono::milliseconds;

const Json any_node{{"resource", "nodes"}};

TEST_F(FaultProxyTest, WithoutRulesItChangesNothing) {
    plant({});
    ASSERT_TRUE(client_->create(nodes, "", node("a"), soon()));
    server_.update(nodes, node("b", "ready"));
    EXPECT_EQ(text(*client_->get(nodes, "", "b", soon()), {"status", "phase"}), "ready");
    EXPECT_EQ(client_->list(nodes, "", {}, soon())->items.size(), 2U);
    EXPECT_TRUE(client_->remove(nodes, "", "a", "", soon()));
    EXPECT_EQ(client_->get(nodes, "", "a", soon()).error().kind, Error::Kind::not_found);
    EXPECT_EQ(client_->list(nodes, "", {.labels = "is=b", .fields = {}}, soon())->items.size(), 1U);
    EXPECT_TRUE(log_.empty());
}

TEST_F(FaultProxyTest, EachStatusArrivesAsItsKindOfError) {
    const std::vector<std::pair<int, Error::Kind>> kinds{
        {401, Error::Kind::unauthorized}, {403, Error::Kind::forbidden},
        {404, Error::Kind::not_found},    {409, Error::Kind::conflict},
        {410, Error::Kind::gone},         {429, Error::Kind::throttled},
        {500, Error::Kind::server},       {502, Error::Kind::server},
        {503, Error::Kind::server},       {504, Error::Kind::server}};
    for (const auto& [status, kind] : kinds) {
        plant({{{"match", {{"method", "POST"}}}, {"answer", {{"status", status}}}}});
        const auto answer = client_->create(nodes, "", node("n"), Limit::of(milliseconds(900)));
        ASSERT_FALSE(answer) << status;
        // A server that only ever asks for patience is one the time runs out with.
        const bool patient = answer.error().kind == Error::Kind::timeout && status == 429;
        EXPECT_TRUE(answer.error().kind == kind || patient)
            << status << " " << answer.error().message;
        EXPECT_FALSE(server_.stored(nodes, "", "n")) << "the server was not asked";
        TearDown();
    }
    EXPECT_EQ(done().at(1), "answered 403");
}

TEST_F(FaultProxyTest, OnlyTheNthIsAnsweredAndRetryAfterIsHeeded) {
    server_.update(nodes, node("n"));
    plant({{{"match", any_node}, {"nth", {1}}, {"answer", {{"status", 429}, {"retry_after", 1}}}}});
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(client_->get(nodes, "", "n", soon()));
    EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(950));
    EXPECT_EQ(done(), std::vector<std::string>{"answered 429"});
}

TEST_F(FaultProxyTest, ABodyOfOnesOwn) {
    plant({{{"match", any_node}, {"answer", {{"status", 200}, {"body", {{"kind", "Odd"}}}}}}});
    EXPECT_EQ(asked("/api/v1/nodes/n")->body, R"({"kind":"Odd"})");
}

TEST_F(FaultProxyTest, Delay) {
    server_.update(nodes, node("n"));
    plant({{{"match", any_node}, {"delay_ms", 300}}});
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(client_->get(nodes, "", "n", soon()));
    EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(300));
    EXPECT_EQ(client_->get(nodes, "", "n", Limit::of(milliseconds(100))).error().kind,
              Error::Kind::timeout);
}

TEST_F(FaultProxyTest, ResetBeforeTheRequestHasNoEffectAndAfterItHas) {
    const Json creates{{"verb", "create"}};
    plant({{{"match", creates}, {"nth", {1}}, {"reset", "before"}},
           {{"match", creates}, {"nth", {2}}, {"reset", "after"}}});
    const auto first = posted("/api/v1/nodes", node("first"));
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().kind, Error::Kind::network) << first.error().message;
    EXPECT_FALSE(server_.stored(nodes, "", "first"));
    const auto second = posted("/api/v1/nodes", node("second"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, Error::Kind::network) << second.error().message;
    EXPECT_TRUE(server_.stored(nodes, "", "second"));
    EXPECT_TRUE(client_->create(nodes, "", node("third"), soon()));
    EXPECT_EQ(done(), (std::vector<std::string>{"reset the connection before the request",
                                                "reset the connection after the request"}));
}

TEST_F(FaultProxyTest, ATruncatedBodyIsNoAnswer) {
    server_.update(nodes, node("n"));
    plant({{{"match", any_node}, {"truncate", 20}}});
    const auto answer = client_->get(nodes, "", "n", Limit::of(milliseconds(700)));
    ASSERT_FALSE(answer);
    EXPECT_TRUE(answer.error().kind == Error::Kind::network ||
                answer.error().kind == Error::Kind::timeout)
        << answer.error().message;
}

TEST_F(FaultProxyTest, GarbageIsNoAnswer) {
    server_.update(nodes, node("n"));
    plant({{{"match", any_node}, {"garbage", 64}}});
    EXPECT_EQ(asked("/api/v1/nodes/n")->body.size(), 64U);
    EXPECT_EQ(client_->get(nodes, "", "n", Limit::of(milliseconds(700))).error().kind,
              Error::Kind::protocol);
}

TEST_F(FaultProxyTest, ASlowBodyComesWhole) {
    server_.update(nodes, node("n", "ready"));
    plant({{{"match", any_node}, {"slow", {{"bytes", 10}, {"every_ms", 20}}}}});
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(text(*client_->get(nodes, "", "n", soon()), {"status", "phase"}), "ready");
    EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(100));
}

TEST_F(FaultProxyTest, EditsReachObjectsAndListItemsAndOnlyThoseMeant) {
    server_.update(nodes, node("a", "old"));
    server_.update(nodes, node("b", "old"));
    plant({{{"match", any_node},
            {"object", {{"labels", {{"is", "a"}}}}},
            {"edit", Json::array({{{"at", "/status/phase"}, {"set", "new"}}})}}});
    EXPECT_EQ(text(*client_->get(nodes, "", "a", soon()), {"status", "phase"}), "new");
    EXPECT_EQ(text(*client_->get(nodes, "", "b", soon()), {"status", "phase"}), "old");
    const auto list = client_->list(nodes, "", {}, soon());
    EXPECT_EQ(text(list->items.at(0), {"status", "phase"}), "new");
    EXPECT_EQ(text(list->items.at(1), {"status", "phase"}), "old");
    EXPECT_EQ(done(), (std::vector<std::string>{"edited a", "edited a"}));
    EXPECT_EQ(text(*server_.stored(nodes, "", "a"), {"status", "phase"}), "old");
}

TEST_F(FaultProxyTest, DroppedItemsAreNotListed) {
    server_.update(nodes, node("a"));
    server_.update(nodes, node("b"));
    plant({{{"match", any_node}, {"object", {{"name", "a"}}}, {"drop", true}}});
    const auto list = client_->list(nodes, "", {}, soon());
    ASSERT_EQ(list->items.size(), 1U);
    EXPECT_EQ(name_of(list->items[0]), "b");
}

TEST_F(FaultProxyTest, TheLogSaysWhatWhenAndByWhichRule) {
    plant({{{"name", "no-nodes"}, {"match", any_node}, {"answer", {{"status", 404}}}}});
    ASSERT_TRUE(asked("/api/v1/nodes/n?x=1"));
    ASSERT_EQ(log_.size(), 1U);
    EXPECT_EQ(log_[0]["rule"], "no-nodes");
    EXPECT_EQ(log_[0]["method"], "GET");
    EXPECT_EQ(log_[0]["path"], "/api/v1/nodes/n?x=1");
    EXPECT_TRUE(log_[0]["time"].get<std::string>().ends_with("Z"));
}

TEST_F(FaultProxyTest, AServerThatIsAwayIsSaidToBe) {
    server_.on_request([](const Request&) {
        return std::unexpected(Error{Error::Kind::network, 0, "", "connection refused"});
    });
    plant({});
    const auto answer = asked("/api/v1/nodes/n");
    EXPECT_EQ(answer->status, 502);
    EXPECT_NE(answer->body.find("connection refused"), std::string::npos);
    EXPECT_EQ(log_.at(0)["error"], "connection refused");
}

TEST_F(FaultProxyTest, ManyConnectionsAtOnce) {
    server_.update(nodes, node("n"));
    plant({{{"match", any_node}, {"delay_ms", 300}}});
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::future<bool>> answers;
    for (int i = 0; i < 64; ++i) {
        answers.push_back(std::async(
            std::launch::async, [&] { return client_->get(nodes, "", "n", soon()).has_value(); }));
    }
    for (std::future<bool>& answer : answers) {
        EXPECT_TRUE(answer.get());
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, 32 * milliseconds(300));
}

}  // namespace
}  // namespace assay::kube
