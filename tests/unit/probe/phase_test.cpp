// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a plan may say.

#include "probe/traffic/phase.h"

#include <gmock/gmock.h>

namespace assay::probe {
namespace {

using testing::HasSubstr;

Plan one(const Json& phase) {
    return parse_plan(Json::array({phase}));
}

std::string complaint(const char* phase) {
    return one(Json::parse(phase)).complaint;
}

TEST(PhaseTest, HasTheDefaultsThatTheDocumentTells) {
    const Plan plan = one({{"url", "http://a.example"}});
    ASSERT_EQ(plan.complaint, "");
    const Phase& phase = plan.phases.front();
    EXPECT_EQ(phase.name, "0");
    EXPECT_EQ(phase.method, "GET");
    EXPECT_EQ(phase.server, "a.example");
    EXPECT_EQ(phase.host, "a.example");
    EXPECT_EQ(phase.port, 80);
    EXPECT_EQ(phase.target, "/");
    EXPECT_EQ(phase.requests, 1U);
    EXPECT_FALSE(phase.http2);
}

TEST(PhaseTest, ReadsUrls) {
    const Phase six = one({{"url", "http://[::1]:8080/x?y=/z"}}).phases.at(0);
    EXPECT_EQ(six.server, "::1");
    EXPECT_EQ(six.host, "[::1]:8080");
    EXPECT_EQ(six.port, 8080);
    EXPECT_EQ(six.target, "/x?y=/z");
    EXPECT_EQ(one({{"url", "http://h?q"}}).phases.at(0).target, "/?q");
    const Phase other = one({{"url", "http://h:81/"}, {"host", "shop.example"}}).phases.at(0);
    EXPECT_EQ(other.server, "h");
    EXPECT_EQ(other.host, "shop.example");
}

TEST(PhaseTest, TakesGrpcForWhatItIs) {
    const Phase phase =
        one({{"url", "http://h/"}, {"kind", "grpc-stream"}, {"count", 3}}).phases.at(0);
    EXPECT_TRUE(phase.http2);
    EXPECT_EQ(phase.method, "POST");
    EXPECT_EQ(phase.target, "/assay.probe.v1.Echo/Stream");
    EXPECT_EQ(decode_echo_request(std::string_view(phase.body).substr(5))->count, 3U);
}

TEST(PhaseTest, SaysWhatIsWrong) {
    EXPECT_THAT(complaint(R"({"url":"https://h/"})"), HasSubstr("must be http://"));
    EXPECT_THAT(complaint(R"({})"), HasSubstr("must be http://"));
    EXPECT_THAT(complaint(R"({"url":"http://h:0/"})"), HasSubstr("port"));
    EXPECT_THAT(complaint(R"({"url":"http://h/","request":1})"), HasSubstr("\"request\""));
    EXPECT_THAT(complaint(R"({"url":"http://h/","requests":0})"), HasSubstr("requests"));
    EXPECT_THAT(complaint(R"({"url":"http://h/","parallel":257})"), HasSubstr("parallel"));
    EXPECT_THAT(complaint(R"({"url":"http://h/","close":1})"), HasSubstr("close"));
    EXPECT_THAT(complaint(R"({"url":"http://h/","kind":"ftp"})"), HasSubstr("kind"));
    EXPECT_THAT(complaint(R"({"url":"http://h/","protocol":"h3"})"), HasSubstr("protocol"));
    EXPECT_THAT(complaint(R"({"url":"http://h/","name":""})"), HasSubstr("name"));
    EXPECT_THAT(complaint(R"({"url":"http://h/","host":"a\r\nx: y"})"), HasSubstr("control"));
    EXPECT_THAT(complaint(R"({"url":"http://h/","headers":{"host":"a"}})"), HasSubstr("host"));
    EXPECT_THAT(complaint(R"({"url":"http://h/","headers":{"a b":"c"}})"), HasSubstr("a b"));
    EXPECT_THAT(complaint(R"({"url":"http://h/","headers":{"a":"c\n"}})"), HasSubstr("control"));
    EXPECT_THAT(parse_plan(Json::object()).complaint, HasSubstr("array"));
    EXPECT_THAT(parse_plan(Json::array()).complaint, HasSubstr("1 to 32"));
    const Json good = {{"url", "http://h/"}};
    EXPECT_THAT(parse_plan(Json::array({good, 7})).complaint, HasSubstr("phase 1: "));
}

}  // namespace
}  // namespace assay::probe
