// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The client against servers that lie, stall, reset and send garbage; the server against clients
// that do.

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <chrono>
#include <thread>

#include "probe/traffic/client.h"
#include "tests/unit/probe/document_schema.h"
#include "tests/unit/probe/traffic_server.h"

namespace assay::probe {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

Json told(const Json& phase) {
    const Plan plan = parse_plan(Json::array({phase}));
    EXPECT_EQ(plan.complaint, "");
    const ClientReport report = client_report(carry_out_all(plan.phases), 4096);
    EXPECT_EQ(schema_errors(report.full), "");
    return Json::parse(report.full);
}

// What each request to such a server came to.
Json failures(std::function<void(int)> handle, Json more = Json::object()) {
    const ScriptedServer server(std::move(handle));
    Json phase = {{"url", server.url()}, {"requests", 3}, {"timeout_s", 0.3}};
    phase.update(more);
    const Json document = told(phase);
    EXPECT_EQ(document["phases"][0]["requests"], 3);
    EXPECT_EQ(document["examples"].size(), document["phases"][0]["failures"].size());
    return document["phases"][0]["failures"];
}

void read_request(int socket) {
    read_until(socket, "\r\n\r\n");
}

const Json h2c = {{"protocol", "h2c"}};

TEST(Liars, AWrongMarkerIsCounted) {
    const ScriptedServer server([](int socket) {
        read_request(socket);
        send_all(socket,
                 "HTTP/1.1 200 OK\r\nX-Assay-Marker: old\r\nX-Assay-Backend: a\r\n"
                 "content-length: 0\r\nconnection: close\r\n\r\n");
    });
    const Json phase =
        told({{"url", server.url()}, {"requests", 4}, {"marker", "new"}})["phases"][0];
    EXPECT_EQ(phase["markers"], Json({{"right", 0}, {"wrong", 4}, {"absent", 0}}));
    EXPECT_EQ(phase["by_backend"], Json({{"a", 4}}));
}

TEST(Liars, AResetIsAReset) {
    const auto resets = [](int socket) {
        read_until(socket, "\r\n");
        reset_on_close(socket);
    };
    EXPECT_EQ(failures(resets), Json({{"reset", 3}}));
    EXPECT_EQ(failures(resets, h2c), Json({{"reset", 3}}));
}

TEST(Liars, AnEarlyEndIsToldFromAReset) {
    EXPECT_EQ(failures([](int socket) {
                  read_request(socket);
                  send_all(socket, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
              }),
              Json({{"closed", 3}}));
    EXPECT_EQ(failures(read_request), Json({{"closed", 3}}));
}

TEST(Liars, AStallIsATimeout) {
    const auto stalls = [](int socket) {
        read_until(socket, "\r\n");
        std::this_thread::sleep_for(350ms);  // longer than the client's patience
    };
    EXPECT_EQ(failures(stalls, {{"requests", 3}, {"timeout_s", 0.1}}), Json({{"timeout", 3}}));
    EXPECT_EQ(failures(stalls, {{"protocol", "h2c"}, {"timeout_s", 0.1}}), Json({{"timeout", 3}}));
}

TEST(Liars, GarbageIsGarbage) {
    const auto nonsense = [](int socket) {
        read_until(socket, "\r\n");
        send_all(socket, "220 mail.example ESMTP\r\n\r\n");
    };
    EXPECT_EQ(failures(nonsense), Json({{"garbage", 3}}));
    EXPECT_EQ(failures(nonsense, h2c), Json({{"garbage", 3}}));
}

TEST(Liars, HeadersWithoutEndAreGarbage) {
    EXPECT_EQ(failures([](int socket) {
                  read_request(socket);
                  std::string head = "HTTP/1.1 200 OK\r\n";
                  for (int index = 0; index < 3000; ++index) {
                      head += "x-" + std::to_string(index) + ": " + std::string(40, 'y') + "\r\n";
                  }
                  send_all(socket, head);
              }),
              Json({{"garbage", 3}}));
}

TEST(Liars, NobodyThereIsRefused) {
    const std::string url = "http://127.0.0.1:" + std::to_string(closed_port()) + "/";
    for (const char* protocol : {"http1", "h2c"}) {
        const Json document =
            told({{"url", url}, {"requests", 5}, {"parallel", 2}, {"protocol", protocol}});
        EXPECT_EQ(document["phases"][0]["failures"], Json({{"refused", 5}}));
        EXPECT_EQ(document["phases"][0]["latency_us"], nullptr);
        EXPECT_THAT(document["examples"][0]["text"], HasSubstr("Connection refused"));
    }
}

TEST(Liars, ANameThatIsNoneEndsThePhase) {
    const Json document = told({{"url", "http://no-such-host.invalid/"}, {"requests", 5}});
    EXPECT_EQ(document["phases"][0]["failures"], Json({{"resolve", 1}}));
    EXPECT_EQ(document["phases"][0]["requests"], 1);
}

TEST(Liars, ABufferedStreamShowsAsOne) {
    const ScriptedServer server([](int socket) {
        read_request(socket);
        std::this_thread::sleep_for(100ms);  // what a buffering proxy does
        send_all(socket,
                 "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                 "connection: close\r\n\r\n"
                 "data: {\"sent_ms\":0}\n\ndata: {\"sent_ms\":50}\n\n"
                 "data: {\"sent_ms\":100}\r\n\r\n");
    });
    const Json document = told({{"url", server.url()}, {"kind", "sse"}});
    EXPECT_EQ(document["phases"][0]["events"], 3);  // without a length: ended by the end
    EXPECT_LT(document["events"][2]["at_ms"].get<double>(), 40);
    EXPECT_GT(document["phases"][0]["first_byte_ms"].get<double>(), 95);
    EXPECT_EQ(document["events"][2]["data"], "{\"sent_ms\":100}");
}

TEST(Liars, WhatNobodyAskedForIsNotCounted) {
    const ScriptedServer server([](int socket) {
        read_request(socket);
        const std::string answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        send_all(socket, answer + answer + answer);
        read_request(socket);
    });
    const Json phase = told({{"url", server.url()}})["phases"][0];
    EXPECT_EQ(phase["answered"], 1);
    EXPECT_EQ(phase["requests"], 1);
}

TEST(Liars, AContinueIsNoAnswer) {
    const ScriptedServer server([](int socket) {
        read_request(socket);
        send_all(socket,
                 "HTTP/1.1 100 Continue\r\nx-assay-backend: none\r\n\r\n"
                 "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    });
    const Json phase = told({{"url", server.url()}})["phases"][0];
    EXPECT_EQ(phase["statuses"], Json({{"200", 1}}));
    EXPECT_EQ(phase["unnamed"], 1);
}

class Hostile : public testing::Test {
protected:
    std::string answer(const std::string& bytes) const {
        const RawClient client(server_.port());
        send_all(client.socket(), bytes);
        ::shutdown(client.socket(), SHUT_WR);
        return client.read_all();
    }

    bool still_serves() const {
        return told({{"url", server_.url()}})["phases"][0]["answered"] == 1;
    }

    RealServer server_{{"--name", "a"}};
};

TEST_F(Hostile, IsRefusedWithTheRightStatus) {
    EXPECT_THAT(answer("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(answer("GET / HTTP/1.1\r\nx: " + std::string(40'000, 'y') + "\r\n\r\n"),
                StartsWith("HTTP/1.1 431"));
    EXPECT_THAT(answer("GET /" + std::string(40'000, 'y') + " HTTP/1.1\r\n\r\n"),
                StartsWith("HTTP/1.1 414"));
    EXPECT_THAT(answer("POST / HTTP/1.1\r\ncontent-length: 9999999999\r\n\r\n"),
                StartsWith("HTTP/1.1 413"));
    EXPECT_THAT(answer("POST / HTTP/1.1\r\ncontent-length: 5\r\n"
                       "transfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
                StartsWith("HTTP/1.1 400"));  // request smuggling begins so
    EXPECT_TRUE(still_serves());
}

TEST_F(Hostile, GetsItsPipelinedAnswersInOrder) {
    std::string requests;
    for (int index = 0; index < 50; ++index) {
        requests += "GET /" + std::to_string(index) + " HTTP/1.1\r\nhost: h\r\n\r\n";
    }
    const RawClient client(server_.port());
    send_all(client.socket(), requests + "GET /last HTTP/1.1\r\nconnection: close\r\n\r\n");
    const std::string all = client.read_all();
    std::size_t at = 0;
    for (int index = 0; index < 50; ++index) {
        at = all.find("\"path\":\"/" + std::to_string(index) + "\"", at);
        ASSERT_NE(at, std::string::npos) << index;
    }
    EXPECT_NE(all.find("\"path\":\"/last\"", at), std::string::npos);
}

TEST_F(Hostile, DoesNotEndTheServerWithHttp2Nonsense) {
    const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    answer(preface);
    answer(preface + std::string(2000, '\xFF'));
    answer("PRI");
    answer(preface.substr(0, 20));
    EXPECT_TRUE(still_serves());
}

TEST_F(Hostile, CannotTakeEveryConnection) {
    std::vector<std::unique_ptr<RawClient>> idle;
    for (int index = 0; index < 520; ++index) {
        idle.push_back(std::make_unique<RawClient>(server_.port()));
    }
    const RawClient& last = *idle.back();
    EXPECT_EQ(last.read_all(), "");  // closed at once
    idle.clear();
    EXPECT_TRUE(still_serves());
}

TEST_F(Hostile, CannotReadTheServerFullOfMemory) {
    const RawClient client(server_.port());
    const std::string request =
        "POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n";
    // Sends and never reads: the server must stop taking requests, not keep answers without end.
    timeval patience{.tv_sec = 0, .tv_usec = 300'000};
    ::setsockopt(client.socket(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    std::string many;
    for (int index = 0; index < 1000; ++index) {
        many += request;
    }
    std::size_t sent = 0;
    for (ssize_t count = 0; sent < 200'000'000 && count >= 0;) {
        count = ::send(client.socket(), many.data(), many.size(), MSG_NOSIGNAL);
        sent += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    EXPECT_LT(sent, 100'000'000U);
    EXPECT_TRUE(still_serves());
}

}  // namespace
}  // namespace assay::probe
