// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

#include "tests/api/fake_api_server.h"

namespace assay::kube {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

Limit soon() {
    return Limit::of(seconds(10));
}

bool has(const Request& request, const std::string& text) {
    return request.path.find(text) != std::string::npos;
}

Response page(const std::string& items, const std::string& token) {
    return {200,
            {},
            R"({"kind":"PodList","metadata":{"continue":")" + token +
                R"(","resourceVersion":"7"},"items":[)" + items + "]}"};
}

std::string named(const std::string& name) {
    return R"({"metadata":{"name":")" + name + R"(","managedFields":[{"manager":"x"}]}})";
}

class PagesTest : public testing::Test {
protected:
    Result<void> visited() {
        return visit(
            client_, pods, "", {}, [&](Json&& one) { names_.push_back(name_of(one)); },
            [&] { names_.clear(); }, soon());
    }

    FakeApiServer server_;
    Client client_{server_};
    std::vector<std::string> names_;
};

TEST_F(PagesTest, ObjectsComeOneByOneWithKindAndWithoutManagedFields) {
    server_.on_request([](const Request&) -> std::optional<Result<Response>> {
        return page(R"({"metadata":{"name":"a","managedFields":[{}],"uid":"u"},)"
                    R"("spec":{"managedFields":1},"status":null})",
                    "");
    });
    std::vector<Json> seen;
    ASSERT_TRUE(visit(
        client_, pods, "", {}, [&](Json&& one) { seen.push_back(std::move(one)); }, [] {}, soon()));
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].dump(),
              R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","uid":"u"},)"
              R"("spec":{"managedFields":1},"status":null})");
}

TEST_F(PagesTest, TheNextPageIsAskedForWhileOneIsLookedAt) {
    std::promise<void> asked;
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        if (has(request, "continue=")) {
            asked.set_value();
            return page(named("b"), "");
        }
        return page(named("a"), "t");
    });
    auto next_is_under_way = asked.get_future();
    ASSERT_TRUE(visit(
        client_, pods, "", {},
        [&](Json&& one) {
            names_.push_back(name_of(one));
            EXPECT_EQ(next_is_under_way.wait_for(seconds(5)), std::future_status::ready);
        },
        [] {}, soon()));
    EXPECT_THAT(names_, ElementsAre("a", "b"));
}

TEST_F(PagesTest, WhatWasSeenIsVoidWhenThePagesExpire) {
    server_.on_request([](const Request& request) -> std::optional<Result<Response>> {
        if (has(request, "continue=")) {
            return Response{410, {}, R"({"kind":"Status","reason":"Expired","message":"old"})"};
        }
        return has(request, "limit=") ? page(named("a"), "t")
                                      : page(named("b") + "," + named("c"), "");
    });
    ASSERT_TRUE(visited());
    EXPECT_THAT(names_, ElementsAre("b", "c"));
}

TEST_F(PagesTest, AnErrorHalfWayEndsTheVisitWithIt) {
    server_.on_request([](const Request& request) -> std::optional<Result<Response>> {
        return has(request, "continue=") ? Response{403, {}, ""} : page(named("a"), "t");
    });
    const auto done = visited();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, Error::Kind::forbidden);
}

TEST_F(PagesTest, APageThatIsNoJsonIsAskedForAgain) {
    int asked = 0;
    server_.on_request([&](const Request&) -> std::optional<Result<Response>> {
        return ++asked == 1 ? Response{200, {}, R"({"items":[)"} : page(named("a"), "");
    });
    ASSERT_TRUE(visited());
    EXPECT_EQ(asked, 2);
}

TEST_F(PagesTest, AnItemThatIsNoObjectIsRefusedBeforeAnyIsSeen) {
    server_.on_request([](const Request&) -> std::optional<Result<Response>> {
        return page(named("a") + ",5", "");
    });
    const auto done = visited();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, Error::Kind::protocol);
    EXPECT_TRUE(names_.empty());
}

TEST_F(PagesTest, AStopEndsThePageThatIsUnderWay) {
    std::stop_source source;
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        if (has(request, "continue=")) {
            return Response{429, {{"retry-after", "9"}}, ""};
        }
        return page(named("a"), "t");
    });
    const auto begun = std::chrono::steady_clock::now();
    const auto done = visit(
        client_, pods, "", {}, [&](Json&&) { source.request_stop(); }, [] {},
        Limit::of(seconds(60), source.get_token()));
    EXPECT_FALSE(done);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(5));
}

}  // namespace
}  // namespace assay::kube
