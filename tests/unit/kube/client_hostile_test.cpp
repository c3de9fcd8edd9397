// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Answers no API server gives, unless it is broken or means ill.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "kube/client.h"
#include "tests/api/fake_api_server.h"

namespace assay::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

Limit soon() {
    return Limit::of(seconds(10));
}

class HostileClientTest : public testing::Test {
protected:
    void answer(const Response& response) {
        server_.on_request(
            [response](const Request&) -> std::optional<Result<Response>> { return response; });
    }
    FakeApiServer server_;
    Client client_{server_};
};

TEST_F(HostileClientTest, ListsThatAreNone) {
    for (const char* body : {"[]", "5", "{}", R"({"items":{}})", R"({"items":[1]})",
                             R"({"items":[null]})", R"({"items":"x"})"}) {
        answer({200, {}, body});
        const auto list = client_.list(nodes, "", {}, soon());
        ASSERT_FALSE(list) << body;
        EXPECT_EQ(list.error().kind, Error::Kind::protocol) << body;
    }
}

TEST_F(HostileClientTest, AnEmptyListMayBeNull) {
    answer({200, {}, R"({"items":null})"});
    const auto list = client_.list(nodes, "", {}, soon());
    ASSERT_TRUE(list) << list.error().message;
    EXPECT_TRUE(list->items.empty());
}

TEST_F(HostileClientTest, PagesThatNeverEnd) {
    answer({200, {}, R"({"items":[],"metadata":{"continue":"same"}})"});
    EXPECT_EQ(client_.list(nodes, "", {}, soon()).error().kind, Error::Kind::protocol);
}

TEST_F(HostileClientTest, APlainErrorIsOneLineAndShort) {
    answer({502, {}, "<html>\n\x1b[2Jbad gateway " + std::string(5000, 'x')});
    const auto answered = client_.create(namespaces, "", {{"metadata", {{"name", "n"}}}}, soon());
    EXPECT_EQ(answered.error().kind, Error::Kind::server);
    EXPECT_EQ(answered.error().http_status, 502);
    EXPECT_LT(answered.error().message.size(), 400U);
    EXPECT_EQ(answered.error().message.find_first_of("\n\x1b"), std::string::npos);
}

TEST_F(HostileClientTest, ARedirectSaysWhereTo) {
    answer({302, {{"location", "https://login.example.com"}}, ""});
    const auto answered = client_.get(nodes, "", "n", soon());
    EXPECT_EQ(answered.error().kind, Error::Kind::protocol);
    EXPECT_THAT(answered.error().message, HasSubstr("points to https://login.example.com"));
}

TEST_F(HostileClientTest, NamesCannotLeaveTheirPath) {
    EXPECT_EQ(path_of(pods, "ns", "../../secrets?x=1"),
              "/api/v1/namespaces/ns/pods/..%2F..%2Fsecrets%3Fx%3D1");
}

TEST_F(HostileClientTest, AStopEndsThePauseBeforeARetryWithin100Milliseconds) {
    std::stop_source source;
    answer({429, {{"retry-after", "9"}}, ""});
    std::chrono::steady_clock::time_point asked;
    const std::jthread stopper([&] {
        while (server_.requests().empty()) {
            std::this_thread::yield();
        }
        asked = std::chrono::steady_clock::now();
        source.request_stop();
    });
    const auto answered = client_.get(nodes, "", "n", Limit::of(seconds(60), source.get_token()));
    EXPECT_LT(std::chrono::steady_clock::now() - asked, milliseconds(100));
    EXPECT_EQ(answered.error().kind, Error::Kind::cancelled);
}

TEST_F(HostileClientTest, ALogIsNotLongerThanAsked) {
    answer({200, {}, std::string(1000, 'x')});
    EXPECT_EQ(client_.log("ns", "p", "c", 10, soon())->size(), 10U);
}

TEST_F(HostileClientTest, OfALineOfTenGigabytesNoMoreThanWasAskedForIsRead) {
    constexpr std::size_t wanted = 64u * 1024;
    std::size_t sent = 0;
    server_.on_request([&](const Request& request) -> std::optional<Result<Response>> {
        const std::string piece(16u * 1024, 'x');
        while (sent < 10'000'000'000 && request.on_chunk(piece)) {
            sent += piece.size();
        }
        return Response{200, {}, ""};
    });
    const auto line = client_.follow_log_until(
        "ns", "p", "c", wanted, [](std::string_view) { return true; }, soon());
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().kind, Error::Kind::protocol);
    EXPECT_NE(line.error().message.find("longer than 65536 bytes"), std::string::npos);
    EXPECT_LE(sent, 2 * wanted);
}

TEST_F(HostileClientTest, ALogOfAContainerThatHasNotStartedIsAskedForAgain) {
    server_.set_log("ns", "p", "c", "line\n");
    int asked = 0;
    server_.on_request([&](const Request&) -> std::optional<Result<Response>> {
        if (++asked < 3) {
            return Response{400, {}, R"({"kind":"Status","message":"ContainerCreating"})"};
        }
        return std::nullopt;
    });
    EXPECT_TRUE(client_.follow_log_until(
        "ns", "p", "c", 100, [](std::string_view) { return true; }, soon()));
}

}  // namespace
}  // namespace assay::kube
