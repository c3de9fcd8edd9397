// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What whoever follows a collection is told, also where a watch of it does not last.

#include <gtest/gtest.h>

#include <algorithm>

#include "kube/watch.h"
#include "tests/unit/kube/watched_nodes.h"

namespace assay::kube {
namespace {

using std::chrono::seconds;

// Writes down what it is told, and ends when n is ready.
class Noting : public Follower {
public:
    void listing() override { told.emplace_back("listing"); }
    void seen(const std::string& key, Json&& object) override {
        ready_ = text(object, {"status", "phase"}) == "ready";
        told.push_back("seen " + key);
    }
    void gone(const std::string& key) override { told.push_back("gone " + key); }
    Verdict verdict() override { return ready_ ? Verdict::met() : Verdict::waiting("not ready"); }

    std::vector<std::string> told;

private:
    bool ready_ = false;
};

using FollowTest = WatchedNodes;

TEST_F(FollowTest, TellsOfEachObjectAndOfEachChange) {
    server_.update(nodes, node("a"));
    server_.update(nodes, node("b"));
    const auto changer = later([&] {
        server_.erase(nodes, "", "a");
        server_.update(nodes, node("b", "ready"));
    });
    Noting follower;
    const auto verdict = follow(client_, nodes, "", {}, follower, Limit::of(seconds(10)));
    ASSERT_TRUE(verdict) << verdict.error().message;
    EXPECT_EQ(verdict->progress, Progress::met);
    EXPECT_EQ(follower.told,
              (std::vector<std::string>{"listing", "seen a", "seen b", "gone a", "seen b"}));
}

TEST_F(FollowTest, TellsThatTheListBeginsAnew) {
    server_.update(nodes, node("b"));
    bool ended = false;
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        if (request.path.find("watch=true") == std::string::npos || ended) {
            return std::nullopt;
        }
        ended = true;
        server_.update(nodes, node("b", "ready"));
        server_.expire_history();
        return Response{200, {}, ""};
    });
    Noting follower;
    ASSERT_TRUE(follow(client_, nodes, "", {}, follower, Limit::of(seconds(10))));
    EXPECT_EQ(follower.told, (std::vector<std::string>{"listing", "seen b", "listing", "seen b"}));
}

// What came and went while nobody watched is in no list.
TEST_F(FollowTest, WhatEndsWithoutAWordIsTakenUpWhereItWas) {
    const Result<Response> broken =
        std::unexpected(Error{Error::Kind::network, 0, "", "connection reset"});
    for (const Result<Response>& end : {broken, Result<Response>(Response{200, {}, ""})}) {
        FakeApiServer server;
        bool cut = false;
        server.on_request([&](const Request& request) -> std::optional<Result<Response>> {
            if (request.path.find("watch=true") == std::string::npos || cut) {
                return std::nullopt;
            }
            cut = true;
            server.update(nodes, node("brief"));
            server.erase(nodes, "", "brief");
            server.update(nodes, node("n", "ready"));
            return end;
        });
        Noting follower;
        ASSERT_TRUE(follow(Client(server), nodes, "", {}, follower, Limit::of(seconds(10))));
        EXPECT_EQ(follower.told,
                  (std::vector<std::string>{"listing", "seen brief", "gone brief", "seen n"}));
    }
}

TEST_F(FollowTest, WhatIsCutOffTimeAndAgainIsListedAnew) {
    int watches = 0;
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        if (request.path.find("watch=true") != std::string::npos && ++watches < 6) {
            return std::unexpected(Error{Error::Kind::network, 0, "", "connection reset"});
        }
        return std::nullopt;
    });
    const auto changer = later([&] { server_.update(nodes, node("n", "ready")); });
    Noting follower;
    ASSERT_TRUE(follow(client_, nodes, "", {}, follower, Limit::of(seconds(20))));
    EXPECT_GE(std::ranges::count(follower.told, "listing"), 2);
}

}  // namespace
}  // namespace assay::kube
