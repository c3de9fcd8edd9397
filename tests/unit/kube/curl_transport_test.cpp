// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/curl_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "tests/unit/kube/https_server.h"

namespace assay::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

constexpr const char* secret = "s3cr3t-token";

const Authority& authority() {
    static const Authority one;
    return one;
}

Request get(const std::string& path) {
    Request request;
    request.path = path;
    return request;
}

class CurlTransportTest : public testing::Test {
protected:
    httplib::SSLServer& routes() { return server_.routes(); }

    Connection connection() {
        server_.start();
        Connection connection;
        connection.server = server_.url();
        connection.ca_pem = authority().pem();
        connection.token = secret;
        return connection;
    }
    std::unique_ptr<CurlTransport> transport() {
        return std::move(*CurlTransport::connect(connection()));
    }

    HttpsServer server_{authority().issue("IP:127.0.0.1")};
};

TEST_F(CurlTransportTest, AHeadIsAnsweredWithoutABodyAndDoesNotWaitForOne) {
    routes().Get("/blob", [](const httplib::Request& /*request*/, httplib::Response& response) {
        response.set_content("12345", "text/plain");
    });
    Request request = get("/blob");
    request.method = "HEAD";
    const auto answer = transport()->send(request, Limit::of(seconds(10)));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    EXPECT_NE(answer->headers.at("content-length"), "0") << "a body is announced";
    EXPECT_EQ(answer->body, "");
}

TEST_F(CurlTransportTest, ARepeatedHeaderIsOneList) {
    routes().Get("/v2/", [](const httplib::Request& /*request*/, httplib::Response& response) {
        response.headers.emplace("WWW-Authenticate", "Bearer realm=a");
        response.headers.emplace("WWW-Authenticate", "Basic realm=b");
    });
    EXPECT_EQ(
        transport()->send(get("/v2/"), Limit::of(seconds(10)))->headers.at("www-authenticate"),
        "Bearer realm=a, Basic realm=b");
}

TEST_F(CurlTransportTest, WhatIsWrongWithARegistryIsNotBlamedOnTheKubeconfig) {
    Connection other = connection();
    other.peer = Peer::registry;
    other.ca_pem = Authority().pem();
    const auto untrusted =
        (*CurlTransport::connect(other))->send(get("/v2/"), Limit::of(seconds(10)));
    EXPECT_THAT(untrusted.error().message, HasSubstr("--ca-file"));
    EXPECT_THAT(untrusted.error().message, Not(HasSubstr("kubeconfig")));
    other.server = "https://127.0.0.1:1";
    const auto nobody = (*CurlTransport::connect(other))->send(get("/v2/"), Limit::of(seconds(10)));
    EXPECT_THAT(nobody.error().message, HasSubstr("refuses the connection"));
    EXPECT_THAT(nobody.error().message, HasSubstr("check the registry's name and port"));
}

TEST_F(CurlTransportTest, AnAnswerHasStatusHeadersAndBody) {
    routes().Get("/api/v1/nodes", [](const httplib::Request& request, httplib::Response& response) {
        response.set_header("X-Kind", request.get_header_value("Authorization"));
        response.set_content(request.get_param_value("limit"), "text/plain");
    });
    const auto answer = transport()->send(get("/api/v1/nodes?limit=500"), Limit::of(seconds(10)));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "500");
    EXPECT_EQ(answer->headers.at("x-kind"), std::string("Bearer ") + secret);
}

TEST_F(CurlTransportTest, AServersBasePathComesFirst) {
    routes().Get("/base/api", [](const httplib::Request&, httplib::Response& response) {
        response.set_content("here", "text/plain");
    });
    Connection to = connection();
    to.server += "/base/";
    const auto sender = CurlTransport::connect(to);
    EXPECT_EQ((*sender)->send(get("/api"), Limit::of(seconds(10)))->body, "here");
}

TEST_F(CurlTransportTest, ABodyIsSentWithItsMethod) {
    const auto echo = [](const httplib::Request& request, httplib::Response& response) {
        response.status = 201;
        response.set_content(request.method + " " + request.body, "text/plain");
    };
    routes().Post("/x", echo);
    routes().Delete("/x", echo);
    const auto sender = transport();
    for (const std::string method : {"POST", "DELETE"}) {
        Request request = get("/x");
        request.method = method;
        request.body = "{\"a\":1}";
        request.headers["Content-Type"] = "application/json";
        const auto answer = sender->send(request, Limit::of(seconds(10)));
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->status, 201);
        EXPECT_EQ(answer->body, method + " {\"a\":1}");
    }
}

TEST_F(CurlTransportTest, ACompressedAnswerIsReadAndItsSizeIsTheUncompressedOne) {
    routes().Get("/zip", [](const httplib::Request& request, httplib::Response& response) {
        response.set_header("X-Accepted", request.get_header_value("Accept-Encoding"));
        response.set_content(std::string(100'000, 'a'), "text/plain");
    });
    const auto sender = transport();
    const auto answer = sender->send(get("/zip"), Limit::of(seconds(10)));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->headers.at("x-accepted"), "gzip");
    EXPECT_EQ(answer->headers.at("content-encoding"), "gzip");
    EXPECT_EQ(answer->body, std::string(100'000, 'a'));
    Request small = get("/zip");
    small.max_body_bytes = 50'000;
    EXPECT_EQ(sender->send(small, Limit::of(seconds(10))).error().kind, Error::Kind::protocol);
}

TEST_F(CurlTransportTest, AStopEndsAHangingCallWithin100Milliseconds) {
    std::stop_source source;
    std::atomic<bool> reached = false;
    routes().Get("/hang", [&](const httplib::Request&, httplib::Response&) {
        reached = true;
        server_.until_released();
    });
    const auto sender = transport();
    steady_clock::time_point asked;
    const std::jthread stopper([&] {
        while (!reached) {
            std::this_thread::yield();
        }
        asked = steady_clock::now();
        source.request_stop();
    });
    const auto answer =
        sender->send(get("/hang?token=1"), Limit::of(seconds(60), source.get_token()));
    EXPECT_LT(steady_clock::now() - asked, milliseconds(100));
    EXPECT_EQ(answer.error().kind, Error::Kind::cancelled);
    EXPECT_THAT(answer.error().message, Not(HasSubstr("token=1")));
    // The transport is as good as new.
    EXPECT_EQ(sender->send(get("/none"), Limit::of(seconds(10)))->status, 404);
}

TEST_F(CurlTransportTest, TheDeadlineEndsAHangingCall) {
    routes().Get("/hang",
                 [&](const httplib::Request&, httplib::Response&) { server_.until_released(); });
    const auto sender = transport();
    const auto began = steady_clock::now();
    const auto answer = sender->send(get("/hang"), Limit::of(milliseconds(300)));
    EXPECT_LT(steady_clock::now() - began, seconds(2));
    EXPECT_EQ(answer.error().kind, Error::Kind::timeout);
    EXPECT_THAT(answer.error().message, HasSubstr("/hang"));
}

TEST_F(CurlTransportTest, ClosingTheTransportEndsWhatIsUnderWay) {
    std::atomic<bool> reached = false;
    routes().Get("/hang", [&](const httplib::Request&, httplib::Response&) {
        reached = true;
        server_.until_released();
    });
    auto sender = transport();
    Result<Response> answer;
    std::jthread caller(
        [&, raw = sender.get()] { answer = raw->send(get("/hang"), Limit::of(seconds(60))); });
    while (!reached) {
        std::this_thread::yield();
    }
    sender.reset();
    caller.join();
    EXPECT_EQ(answer.error().kind, Error::Kind::cancelled);
}

TEST_F(CurlTransportTest, AStreamIsDeliveredAsItArrivesOnTheCallersThread) {
    routes().Get("/watch", [&](const httplib::Request&, httplib::Response& response) {
        response.set_chunked_content_provider(
            "application/json", [&](std::size_t offset, httplib::DataSink& sink) {
                if (offset == 0) {
                    return sink.write("first\n", 6);
                }
                server_.until_released();  // the second only once the first has been seen
                sink.write("second\n", 7);
                sink.done();
                return true;
            });
    });
    const auto sender = transport();
    std::string seen;
    const auto caller = std::this_thread::get_id();
    Request request = get("/watch");
    request.on_chunk = [&](std::string_view chunk) {
        EXPECT_EQ(std::this_thread::get_id(), caller);
        seen += chunk;
        server_.release();
        return true;
    };
    const auto answer = sender->send(request, Limit::of(seconds(10)));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "");
    EXPECT_EQ(seen, "first\nsecond\n");
}

TEST_F(CurlTransportTest, AStreamEndsWhenItsReaderWantsNoMore) {
    routes().Get("/watch", [&](const httplib::Request&, httplib::Response& response) {
        response.set_chunked_content_provider("application/json",
                                              [&](std::size_t offset, httplib::DataSink& sink) {
                                                  if (offset > 0) {
                                                      server_.until_released();
                                                  }
                                                  return sink.write("line\n", 5);
                                              });
    });
    const auto sender = transport();
    Request request = get("/watch");
    request.on_chunk = [](std::string_view) { return false; };
    const auto answer = sender->send(request, Limit::of(seconds(10)));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
}

TEST_F(CurlTransportTest, ASlowReaderHoldsTheServerBackAndLosesNothing) {
    constexpr std::size_t total = 16u * 1024 * 1024;
    std::atomic<std::size_t> sent = 0;
    routes().Get("/flood", [&](const httplib::Request&, httplib::Response& response) {
        response.set_chunked_content_provider(
            "text/plain", [&](std::size_t offset, httplib::DataSink& sink) {
                if (offset >= total) {
                    sink.done();
                    return true;
                }
                const std::string piece(64u * 1024, static_cast<char>('a' + offset / 65536 % 26));
                sent = offset + piece.size();
                return sink.write(piece.data(), piece.size());
            });
    });
    routes().Get("/other", [](const httplib::Request&, httplib::Response& response) {
        response.set_content("fine", "text/plain");
    });
    const auto sender = transport();
    std::size_t seen = 0;
    std::size_t ahead = 0;
    Request request = get("/flood");
    request.on_chunk = [&](std::string_view chunk) {
        if (seen == 0) {  // others go on while this one does not read
            EXPECT_EQ(sender->send(get("/other"), Limit::of(seconds(10)))->body, "fine");
        }
        for (std::size_t i = 0; i < chunk.size(); i += 4096) {
            EXPECT_EQ(chunk[i], static_cast<char>('a' + (seen + i) / 65536 % 26));
        }
        seen += chunk.size();
        ahead = std::max(ahead, sent - std::min<std::size_t>(seen, sent));
        return true;
    };
    const auto answer = sender->send(request, Limit::of(seconds(60)));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(seen, total);
    EXPECT_LT(ahead, total);
}

TEST_F(CurlTransportTest, AnErrorInPlaceOfAStreamHasItsBody) {
    routes().Get("/watch", [](const httplib::Request&, httplib::Response& response) {
        response.status = 403;
        response.set_content("{\"kind\":\"Status\"}", "application/json");
    });
    const auto sender = transport();
    Request request = get("/watch");
    request.on_chunk = [](std::string_view) {
        ADD_FAILURE() << "an error is no chunk";
        return true;
    };
    const auto answer = sender->send(request, Limit::of(seconds(10)));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 403);
    EXPECT_EQ(answer->body, "{\"kind\":\"Status\"}");
}

TEST_F(CurlTransportTest, ARedirectIsAnAnswerAndNoCredentialsFollowIt) {
    std::atomic<int> asked = 0;
    HttpsServer other(authority().issue("IP:127.0.0.1"));
    other.routes().Get("/away", [&](const httplib::Request&, httplib::Response&) { ++asked; });
    other.start();
    routes().Get("/here", [&](const httplib::Request&, httplib::Response& response) {
        response.set_redirect(other.url() + "/away");
    });
    const auto answer = transport()->send(get("/here"), Limit::of(seconds(10)));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(asked, 0);
}

TEST_F(CurlTransportTest, ManyAtOnceGetTheirOwnAnswers) {
    routes().Get(R"(/echo/(\d+))",
                 [](const httplib::Request& request, httplib::Response& response) {
                     response.set_content(request.matches[1].str(), "text/plain");
                 });
    const auto sender = transport();
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> callers;
        for (int caller = 0; caller < 8; ++caller) {
            callers.emplace_back([&, caller] {
                for (int i = 0; i < 20; ++i) {
                    const std::string number = std::to_string(caller * 100 + i);
                    const auto answer =
                        sender->send(get("/echo/" + number), Limit::of(seconds(30)));
                    right += answer && answer->body == number ? 1 : 0;
                }
            });
        }
    }
    EXPECT_EQ(right, 160);
}

TEST_F(CurlTransportTest, WhatIsNoPathIsRefused) {
    const auto sender = transport();
    for (const char* path : {"", "no/slash", "/with blank", "/line\r\nbreak"}) {
        const auto answer = sender->send(get(path), Limit::of(seconds(10)));
        ASSERT_FALSE(answer) << path;
        EXPECT_EQ(answer.error().kind, Error::Kind::invalid);
    }
}

}  // namespace
}  // namespace assay::kube
