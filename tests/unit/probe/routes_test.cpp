// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the echo server answers, without a socket.

#include "probe/traffic/routes.h"

#include <gmock/gmock.h>

#include "probe/document.h"
#include "probe/traffic/grpc.h"

namespace assay::probe {
namespace {

using testing::HasSubstr;
using testing::Not;

class RoutesTest : public testing::Test {
protected:
    Response ask(const std::string& method, const std::string& target, const std::string& body = "",
                 std::vector<Header> headers = {}) {
        Request request;
        request.method = method;
        request.target = target;
        request.authority = "shop.example";
        request.headers = std::move(headers);
        request.body = body;
        return routes_.answer(request);
    }

    static std::string header(const Response& response, const std::string& name) {
        for (const Header& one : response.headers) {
            if (one.name == name) {
                return one.value;
            }
        }
        return "";
    }

    static std::vector<std::string> parts(const Response& response) {
        std::vector<std::string> all;
        for (std::size_t index = 0; index < response.parts; ++index) {
            all.push_back(response.part(index));
        }
        return all;
    }

    Routes routes_{Identity{.name = "a", .marker = "run-1", .pod = "a-0"}};
};

TEST_F(RoutesTest, EchoesWhatItWasSentAndSaysWhoItIs) {
    const Response response =
        ask("POST", "/x?y=1", "12345", {{"x-model", "a"}, {"x-model", "b"}, {"accept", "*/*"}});
    const Json echo = Json::parse(response.body);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(echo["method"], "POST");
    EXPECT_EQ(echo["path"], "/x?y=1");
    EXPECT_EQ(echo["host"], "shop.example");
    EXPECT_EQ(echo["headers"]["x-model"], "a, b");
    EXPECT_EQ(echo["body_bytes"], 5);
    EXPECT_EQ(header(response, "x-assay-backend"), "a");
    EXPECT_EQ(header(response, "x-assay-marker"), "run-1");
    EXPECT_EQ(header(response, "x-assay-pod"), "a-0");
    EXPECT_EQ(header(response, "x-assay-config"), "");
}

TEST_F(RoutesTest, ShowsTheConfigurationThatCameWithTheRequest) {
    const Response response = ask("GET", "/", "", {{"x-assay-config", "second"}});
    EXPECT_EQ(header(response, "x-assay-config"), "second");
}

TEST_F(RoutesTest, EchoesBytesThatAreNoTextAsJson) {
    const Response response = ask("GET", "/", "", {{"x", "\xFF\xFE"}});
    EXPECT_TRUE(Json::accept(response.body));
}

TEST_F(RoutesTest, FailsAsAskedAndNoOtherwise) {
    EXPECT_EQ(ask("GET", "/fail/503").status, 503);
    EXPECT_EQ(ask("GET", "/fail/200").status, 400);
    EXPECT_EQ(ask("GET", "/fail/503x").status, 400);
    EXPECT_EQ(ask("GET", "/fail/").status, 400);
}

TEST_F(RoutesTest, WaitsOnlyWithinItsLimits) {
    EXPECT_EQ(ask("GET", "/slow?ms=20").delay, std::chrono::milliseconds(20));
    EXPECT_EQ(ask("GET", "/slow?ms=600001").status, 400);
    EXPECT_EQ(ask("GET", "/slow?ms=-1").status, 400);
    EXPECT_EQ(ask("GET", "/sse?events=0").status, 400);
    EXPECT_EQ(ask("GET", "/sse?events=1001").status, 400);
    EXPECT_EQ(ask("GET", "/sse/idle?seconds=601").status, 400);
}

TEST_F(RoutesTest, StreamsEventsThatSayWhenTheyWereSent) {
    const Response response = ask("GET", "/sse?events=3&interval_ms=7");
    EXPECT_EQ(response.interval, std::chrono::milliseconds(7));
    EXPECT_EQ(header(response, "content-type"), "text/event-stream");
    const std::vector<std::string> events = parts(response);
    ASSERT_EQ(events.size(), 3U);
    EXPECT_THAT(events[0], HasSubstr("data: {\"event\":0,\"of\":3,\"sent_ms\":0,"));
    EXPECT_TRUE(events[2].ends_with("}\n\n"));
    EXPECT_EQ(ask("GET", "/sse/idle?seconds=9").interval, std::chrono::seconds(9));
}

TEST_F(RoutesTest, CountsWhatItWasAskedForAndNothingElse) {
    for (const char* path : {"/healthz", "/metrics", "/gauge/x"}) {
        EXPECT_FALSE(ask("GET", path).counted) << path;
    }
    EXPECT_TRUE(ask("GET", "/").counted);
    routes_.metrics().count(std::chrono::milliseconds(3));
    routes_.metrics().count(std::chrono::seconds(20));
    const std::string text = ask("GET", "/metrics").body;
    EXPECT_THAT(text, HasSubstr("assay_requests_total{marker=\"run-1\",backend=\"a\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("_bucket{marker=\"run-1\",backend=\"a\",le=\"0.001\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("_bucket{marker=\"run-1\",backend=\"a\",le=\"0.005\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("_bucket{marker=\"run-1\",backend=\"a\",le=\"10\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("_bucket{marker=\"run-1\",backend=\"a\",le=\"+Inf\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("_count{marker=\"run-1\",backend=\"a\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("assay_info{marker=\"run-1\",backend=\"a\",pod=\"a-0\"} 1\n"));
}

TEST_F(RoutesTest, KeepsGaugesUntilTheyAreWithdrawn) {
    EXPECT_EQ(ask("PUT", "/gauge/queue_depth", "12.5\n").status, 204);
    EXPECT_THAT(ask("GET", "/metrics").body, HasSubstr("\nqueue_depth 12.5\n"));
    EXPECT_EQ(ask("DELETE", "/gauge/queue_depth").status, 204);
    EXPECT_EQ(ask("DELETE", "/gauge/queue_depth").status, 404);
    EXPECT_THAT(ask("GET", "/metrics").body, Not(HasSubstr("queue_depth")));
    EXPECT_EQ(ask("PUT", "/gauge/9x", "1").status, 400);
    EXPECT_EQ(ask("PUT", "/gauge/assay_requests_total", "1").status, 400);
    EXPECT_EQ(ask("PUT", "/gauge/a b", "1").status, 400);
    EXPECT_EQ(ask("PUT", "/gauge/x", "many").status, 400);
    EXPECT_EQ(ask("PUT", "/gauge/x", "inf").status, 400);
    for (int index = 0; index < 64; ++index) {
        EXPECT_EQ(ask("PUT", "/gauge/g" + std::to_string(index), "1").status, 204);
    }
    EXPECT_EQ(ask("PUT", "/gauge/one_too_many", "1").status, 400);
}

TEST_F(RoutesTest, AnswersAChatInTheShapeOfOpenAi) {
    const std::string body = R"({"model":"m","messages":[{"role":"user","content":"two words"}]})";
    const Json answer = Json::parse(ask("POST", "/v1/chat/completions", body).body);
    EXPECT_EQ(answer["object"], "chat.completion");
    EXPECT_EQ(answer["choices"][0]["message"]["content"], "echo: two words");
    EXPECT_EQ(answer["usage"]["prompt_tokens"], 2);
    EXPECT_EQ(answer["usage"]["total_tokens"], 5);
    EXPECT_EQ(answer["system_fingerprint"], "assay-echo-stub");
    for (const char* wrong : {"", "[]", "{}", R"({"messages":[]})", R"({"messages":7})"}) {
        EXPECT_EQ(ask("POST", "/v1/chat/completions", wrong).status, 400) << wrong;
    }
    EXPECT_EQ(ask("GET", "/v1/chat/completions").status, 400);
    EXPECT_EQ(Json::parse(ask("GET", "/v1/models").body)["data"][0]["id"], "assay-echo");
}

TEST_F(RoutesTest, StreamsAChatWordByWord) {
    const std::vector<std::string> chunks = parts(
        ask("POST", "/v1/chat/completions",
            R"({"model":"m","stream":true,"messages":[{"role":"user","content":"one two"}]})"));
    ASSERT_EQ(chunks.size(), 5U);  // echo:, one, two, the end, [DONE]
    std::string said;
    for (std::size_t index = 0; index + 1 < chunks.size(); ++index) {
        const Json chunk = Json::parse(chunks[index].substr(6));
        said += chunk["choices"][0]["delta"].value("content", "");
    }
    EXPECT_EQ(said, "echo: one two");
    EXPECT_EQ(chunks.back(), "data: [DONE]\n\n");
}

TEST_F(RoutesTest, SpeaksGrpc) {
    const std::vector<Header> grpc = {{"content-type", "application/grpc"}};
    const std::string hello =
        grpc_frame(encode(EchoRequest{.message = "hi", .count = 3, .interval_ms = 5}));
    const Response said = ask("POST", grpc_say_path, hello, grpc);
    EXPECT_EQ(said.parts, 1U);
    EXPECT_EQ(said.trailers.front().value, "0");
    const auto reply = decode_echo_reply(std::string_view(said.part(0)).substr(5));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->message, "hi");
    EXPECT_EQ(reply->backend, "a");
    EXPECT_EQ(reply->marker, "run-1");
    EXPECT_EQ(ask("POST", grpc_stream_path, hello, grpc).parts, 3U);
    EXPECT_EQ(header(ask("POST", "/other.Service/Say", hello, grpc), "grpc-status"), "12");
    EXPECT_EQ(header(ask("POST", grpc_say_path, "\1abcd", grpc), "grpc-status"), "3");
    EXPECT_EQ(header(ask("POST", grpc_say_path, grpc_frame("\x0A\x7F"), grpc), "grpc-status"), "3");
}

TEST(Grpc, TakesFramesOutOfPieces) {
    const std::string both = grpc_frame("one") + grpc_frame("");
    GrpcFrames frames;
    std::vector<std::string> messages;
    for (const char byte : both) {
        const auto taken = frames.take(std::string_view(&byte, 1));
        ASSERT_TRUE(taken);
        messages.insert(messages.end(), taken->begin(), taken->end());
    }
    EXPECT_THAT(messages, testing::ElementsAre("one", ""));
    EXPECT_FALSE(GrpcFrames().take(std::string_view("\0\xFF\xFF\xFF\xFF", 5)));
}

TEST(Grpc, PassesOverFieldsItDoesNotKnow) {
    std::string bytes =
        encode(EchoReply{.message = "m", .backend = "b", .marker = "k", .index = 300});
    bytes += std::string(
        "\x7A\x02zz\x81\x01"
        "12345678",
        14);  // 15: text, 16: fixed64
    const auto reply = decode_echo_reply(bytes);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->index, 300U);
    EXPECT_EQ(reply->marker, "k");
}

}  // namespace
}  // namespace assay::probe
