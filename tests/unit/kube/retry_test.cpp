// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What is asked again, when, and that a write takes effect once whatever becomes of its answer.
#include "kube/retry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/api/fake_api_server.h"

namespace assay::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using Planted = std::optional<Result<Response>>;

Limit soon() {
    return Limit::of(seconds(20));
}

Json named(const std::string& name) {
    Json object;
    object["metadata"]["name"] = name;
    return object;
}

Result<Response> reset() {
    return std::unexpected(Error{Error::Kind::network, 0, "", "reset"});
}

class RetryTest : public testing::Test {
protected:
    // What comes of the first requests of that method, one entry each; the rest is answered.
    void first(const std::string& method,
               const std::vector<std::function<Planted(const Request&)>>& plan) {
        server_.on_request([this, method, plan](const Request& request) -> Planted {
            if (request.method != method || asked_ >= plan.size()) {
                return std::nullopt;
            }
            return plan[asked_++](request);
        });
    }
    // The request takes effect, and the answer is another.
    std::function<Planted(const Request&)> done_but(Result<Response> answer) {
        return [this, answer](const Request& request) -> Planted {
            Json object = *parse(request.body);
            if (request.method == "DELETE") {
                server_.erase(namespaces, "", "x");
            } else {
                server_.update(namespaces, std::move(object));
            }
            return answer;
        };
    }
    static std::function<Planted(const Request&)> not_done(Result<Response> answer) {
        return [answer](const Request&) -> Planted { return answer; };
    }
    std::ptrdiff_t sent(const std::string& method) const {
        return std::ranges::count(server_.requests(), method, &Request::method);
    }

    FakeApiServer server_;
    Client client_{server_};
    std::size_t asked_ = 0;
};

TEST_F(RetryTest, AReadIsRepeatedAfterAPassingFailure) {
    server_.update(nodes, named("n"));
    first("GET", {not_done(Response{503, {}, "busy"}), not_done(reset())});
    EXPECT_TRUE(client_.get(nodes, "", "n", soon()));
    EXPECT_EQ(sent("GET"), 3);
}

TEST_F(RetryTest, AnAnswerThatCannotBeReadSaysAsLittleAsNone) {
    server_.update(nodes, named("n"));
    server_.update(namespaces, named("x"));
    const std::string uid = uid_of(*server_.stored(namespaces, "", "x"));
    const Response garbage{200, {}, "\x1f\x8b<html>"};
    first("GET", {not_done(garbage), not_done(garbage)});
    EXPECT_TRUE(client_.get(nodes, "", "n", soon()));
    EXPECT_EQ(sent("GET"), 3);
    first("DELETE", {done_but(garbage)});
    asked_ = 0;
    EXPECT_TRUE(client_.remove(namespaces, "", "x", uid, soon()));
    first("PATCH", {not_done(garbage), not_done(garbage)});
    asked_ = 0;
    EXPECT_FALSE(client_.patch(nodes, "", "n", Patch::json, Json::array(), soon()));
    EXPECT_EQ(sent("PATCH"), 1);
}

TEST_F(RetryTest, AnswersThatCannotBeReadAreNotAskedForForEver) {
    server_.on_request([](const Request&) -> Planted { return Response{200, {}, "{"}; });
    EXPECT_EQ(client_.get(nodes, "", "n", soon()).error().kind, Error::Kind::protocol);
    EXPECT_EQ(sent("GET"), 5);
}

TEST_F(RetryTest, ReadsAreNotRepeatedForEver) {
    server_.on_request([](const Request&) -> Planted { return Response{502, {}, ""}; });
    EXPECT_EQ(client_.get(nodes, "", "n", soon()).error().http_status, 502);
    EXPECT_EQ(sent("GET"), 5);
}

TEST_F(RetryTest, ACreateThatTookEffectIsNoFailureWhateverTheAnswer) {
    const std::vector<Result<Response>> answers{
        reset(),
        Response{500, {}, ""},
        Response{502, {}, "<html>"},
        Response{503, {{"retry-after", "0"}}, ""},
        Response{504, {}, ""},
        Response{201, {}, R"({"kind":"Namespace","metada)"},
        Response{409, {}, R"({"kind":"Status","reason":"AlreadyExists","message":"is there"})"},
    };
    for (const auto& answer : answers) {
        asked_ = 0;
        server_.erase(namespaces, "", "x");
        const std::ptrdiff_t before = sent("POST");
        first("POST", {done_but(answer)});
        const auto created = client_.create(namespaces, "", named("x"), soon());
        ASSERT_TRUE(created) << created.error().message;
        EXPECT_EQ(uid_of(*created), uid_of(*server_.stored(namespaces, "", "x")));
        EXPECT_EQ(sent("POST"), before + 1);
    }
}

TEST_F(RetryTest, ACreateThatTookNoEffectIsSentAgain) {
    first("POST", {not_done(reset()), not_done(Response{504, {}, ""})});
    ASSERT_TRUE(client_.create(namespaces, "", named("x"), soon()));
    EXPECT_EQ(sent("POST"), 3);
}

TEST_F(RetryTest, ACreateThatTakesEffectLateIsOneObject) {
    // The first arrives while the second is on its way.
    first("POST", {not_done(reset()), [this](const Request& request) -> Planted {
                       server_.update(namespaces, *parse(request.body));
                       return std::nullopt;  // the server's own answer: AlreadyExists
                   }});
    const auto created = client_.create(namespaces, "", named("x"), soon());
    ASSERT_TRUE(created) << created.error().message;
    EXPECT_EQ(sent("POST"), 2);
}

TEST_F(RetryTest, AnothersObjectOfThatNameIsNotTakenForOurs) {
    server_.update(namespaces, named("x"));
    const auto there = client_.create(namespaces, "", named("x"), soon());
    EXPECT_EQ(there.error().reason, "AlreadyExists");
    EXPECT_EQ(there.error().http_status, 409);
    first("POST", {not_done(reset())});
    const auto lost = client_.create(namespaces, "", named("x"), soon());
    EXPECT_EQ(lost.error().kind, Error::Kind::network);
    EXPECT_EQ(lost.error().http_status, 0);
}

TEST_F(RetryTest, WhatMayHaveBeenMadeIsNeverSaidToBeRefused) {
    server_.deny("list", namespaces);
    first("POST", {done_but(Response{500, {}, ""})});
    EXPECT_EQ(client_.create(namespaces, "", named("x"), soon()).error().http_status, 500);
    asked_ = 0;
    first("POST", {not_done(reset()), not_done(Response{403, {}, "quota"})});
    const auto after_a_loss = client_.create(namespaces, "", named("y"), soon());
    EXPECT_EQ(after_a_loss.error().http_status, 0);
}

TEST_F(RetryTest, ARefusalIsAskedOnce) {
    server_.deny("create", namespaces);
    EXPECT_EQ(client_.create(namespaces, "", named("x"), soon()).error().http_status, 403);
    EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(RetryTest, AReviewMayBeAskedTwiceAGeneratedNameMayNot) {
    int reviews = 0;
    server_.on_request([&](const Request&) -> Planted {
        return ++reviews == 1 ? reset() : Response{201, {}, "{}"};
    });
    const Resource review{"authorization.k8s.io", "v1", "selfsubjectaccessreviews", "X", false};
    EXPECT_TRUE(client_.create(review, "", Json::object(), soon()));
    EXPECT_EQ(reviews, 2);
    reviews = 0;
    const Json generated{{"metadata", {{"generateName", "x-"}}}};
    EXPECT_FALSE(client_.create(pods, "ns", generated, soon()));
    EXPECT_EQ(reviews, 1);
}

TEST_F(RetryTest, ADeletionWhoseAnswerWasLostIsDone) {
    server_.update(namespaces, named("x"));
    const std::string uid = uid_of(*server_.stored(namespaces, "", "x"));
    first("DELETE", {done_but(reset())});
    EXPECT_TRUE(client_.remove(namespaces, "", "x", uid, soon()));
    EXPECT_EQ(sent("DELETE"), 2);
    EXPECT_EQ(client_.remove(namespaces, "", "x", uid, soon()).error().kind,
              Error::Kind::not_found);
}

TEST_F(RetryTest, ADeletionByNameAloneIsNotSentTwice) {
    server_.update(namespaces, named("x"));
    first("DELETE", {not_done(reset())});
    EXPECT_FALSE(client_.remove(namespaces, "", "x", "", soon()));
    EXPECT_EQ(sent("DELETE"), 1);
}

TEST_F(RetryTest, ATurnedAwayCreateIsSentAgainAfterTheTimeTold) {
    first("POST", {not_done(Response{429, {{"retry-after", "1"}}, ""})});
    const auto began = steady_clock::now();
    EXPECT_TRUE(client_.create(namespaces, "", named("x"), soon()));
    EXPECT_GE(steady_clock::now() - began, seconds(1));
    EXPECT_EQ(sent("POST"), 2);
}

TEST_F(RetryTest, RetriesEndWithTheLimit) {
    server_.on_request(
        [](const Request&) -> Planted { return Response{429, {{"retry-after", "9"}}, ""}; });
    const auto began = steady_clock::now();
    EXPECT_EQ(client_.get(nodes, "", "n", Limit::of(milliseconds(300))).error().kind,
              Error::Kind::throttled);
    EXPECT_LT(steady_clock::now() - began, seconds(1));
}

TEST_F(RetryTest, WhereTheTimeRunsOutAmidstAnotherAttemptTheAnswerThatCameIsTheReason) {
    first("GET", {not_done(Response{200, {}, "no json"}),
                  not_done(std::unexpected(Error{Error::Kind::timeout, 0, "", "out of time"}))});
    EXPECT_EQ(client_.get(nodes, "", "n", soon()).error().kind, Error::Kind::protocol);
}

TEST_F(RetryTest, WhoIsToldToWaitForAnHourIsNotHeld) {
    server_.on_request(
        [](const Request&) -> Planted { return Response{429, {{"retry-after", "3600"}}, ""}; });
    const auto answer = client_.get(nodes, "", "n", Limit::of(std::chrono::hours(2)));
    EXPECT_EQ(answer.error().kind, Error::Kind::throttled);
    EXPECT_EQ(sent("GET"), 1);
}

TEST_F(RetryTest, AStopEndsThePauseWithin100Milliseconds) {
    for (const char* method : {"GET", "POST"}) {
        std::stop_source source;
        std::atomic<bool> told = false;
        server_.on_request([&](const Request&) -> Planted {
            told = true;
            return Response{429, {{"retry-after", "30"}}, ""};
        });
        steady_clock::time_point asked;
        const std::jthread stopper([&] {
            while (!told) {
                std::this_thread::yield();
            }
            asked = steady_clock::now();
            source.request_stop();
        });
        const Limit limit = Limit::of(seconds(60), source.get_token());
        const auto answer = method == std::string("GET")
                                ? client_.get(nodes, "", "n", limit)
                                : client_.create(namespaces, "", named("x"), limit);
        EXPECT_LT(steady_clock::now() - asked, milliseconds(100));
        EXPECT_EQ(answer.error().kind, Error::Kind::cancelled);
    }
}

TEST(RetryAfter, IsSecondsOrADateByTheServersClock) {
    const auto told = [](const std::string& value) {
        return retry_after(
            Response{429, {{"retry-after", value}, {"date", "Sat, 21 Nov 2026 15:47:24 GMT"}}, ""});
    };
    EXPECT_EQ(told("7"), seconds(7));
    EXPECT_EQ(told("Sat, 21 Nov 2026 15:47:54 GMT"), seconds(30));
    EXPECT_EQ(told("Sat, 21 Nov 2026 15:00:00 GMT"), seconds(0));
    EXPECT_EQ(told("-7"), std::nullopt);
    EXPECT_EQ(told("soon"), std::nullopt);
    EXPECT_EQ(retry_after(Response{429, {}, ""}), std::nullopt);
}

TEST(Backoff, DoublesAndIsSpread) {
    std::set<milliseconds::rep> first;
    for (int i = 0; i < 100; ++i) {
        const milliseconds wait = backoff(0);
        EXPECT_GE(wait, milliseconds(100));
        EXPECT_LE(wait, milliseconds(300));
        first.insert(wait.count());
        EXPECT_GE(backoff(3), milliseconds(800));
    }
    EXPECT_GT(first.size(), 10U);
}

}  // namespace
}  // namespace assay::kube
