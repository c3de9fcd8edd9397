// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The client against the real server, over real sockets.

#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "probe/traffic/client.h"
#include "tests/unit/probe/document_schema.h"
#include "tests/unit/probe/traffic_server.h"

namespace assay::probe {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using namespace std::chrono_literals;

constexpr std::size_t summary_limit = 4096;

// The document of a plan, checked against the schema in both its forms.
Json carried_out(const Json& phases) {
    const Plan plan = parse_plan(phases);
    EXPECT_EQ(plan.complaint, "");
    const std::vector<Tally> tallies = carry_out_all(plan.phases);
    const ClientReport report = client_report(tallies, summary_limit);
    EXPECT_EQ(schema_errors(report.full), "");
    EXPECT_EQ(schema_errors(report.summary), "");
    EXPECT_LE(report.summary.size(), summary_limit);
    return Json::parse(report.full);
}

Json phase_of(Json phase) {
    return carried_out(Json::array({std::move(phase)}))["phases"][0];
}

class Traffic : public testing::TestWithParam<const char*> {
protected:
    RealServer server_{{"--name", "a", "--marker", "run-1"}};

    Json phase(const std::string& path, Json more = Json::object()) const {
        Json phase = {{"url", server_.url(path)}, {"protocol", GetParam()}};
        phase.update(more);
        return phase;
    }

    std::string metrics() const {
        const Json document =
            carried_out(Json::array({{{"url", server_.url("/metrics")}, {"sample", 2048}}}));
        return document["samples"][0]["body"];
    }
};

INSTANTIATE_TEST_SUITE_P(Protocols, Traffic, testing::Values("http1", "h2c"),
                         [](const auto& one) { return std::string(one.param); });

TEST_P(Traffic, CountsEveryAnswerByWhoGaveIt) {
    const Json result =
        phase_of(phase("/x", {{"requests", 500}, {"parallel", 8}, {"marker", "run-1"}}));
    EXPECT_EQ(result["requests"], 500);
    EXPECT_EQ(result["answered"], 500);
    EXPECT_EQ(result["statuses"], Json({{"200", 500}}));
    EXPECT_EQ(result["by_backend"], Json({{"a", 500}}));
    EXPECT_EQ(result["unnamed"], 0);
    EXPECT_EQ(result["markers"]["right"], 500);
    EXPECT_EQ(result["failures"], Json::object());
    EXPECT_GT(result["latency_us"]["p50"], 0);
    EXPECT_LE(result["latency_us"]["p50"], result["latency_us"]["p99"]);
    EXPECT_LE(result["latency_us"]["p99"], result["latency_us"]["max"]);
}

TEST_P(Traffic, IsCountedByTheServerExactlyOnce) {
    phase_of(phase("/x", {{"requests", 137}, {"parallel", 5}}));
    phase_of(phase("/healthz", {{"requests", 9}}));
    const std::string text = metrics();
    EXPECT_THAT(text, HasSubstr("assay_requests_total{marker=\"run-1\",backend=\"a\"} 137\n"));
    EXPECT_THAT(text, HasSubstr("duration_seconds_count{marker=\"run-1\",backend=\"a\"} 137\n"));
}

TEST_P(Traffic, SendsTheRequestItWasTold) {
    const Json document =
        carried_out(Json::array({phase("/x?y", {{"method", "PUT"},
                                                {"host", "shop.example"},
                                                {"headers", {{"X-Model", "big"}}},
                                                {"body", std::string(100'000, 'x')},
                                                {"sample", 2048}})}));
    const Json& sample = document["samples"][0];
    const Json echo = Json::parse(sample["body"].get<std::string>());
    EXPECT_EQ(echo["method"], "PUT");
    EXPECT_EQ(echo["host"], "shop.example");
    EXPECT_EQ(echo["path"], "/x?y");
    EXPECT_EQ(echo["headers"]["x-model"], "big");
    EXPECT_EQ(echo["body_bytes"], 100'000);
    EXPECT_EQ(echo["protocol"], std::string(GetParam()) == "h2c" ? "h2" : "http1");
    EXPECT_EQ(sample["headers"]["x-assay-backend"], "a");
}

TEST_P(Traffic, TellsWrongMarkersFromRightOnes) {
    const Json result = phase_of(phase("/x", {{"requests", 3}, {"marker", "run-2"}}));
    EXPECT_EQ(result["markers"], Json({{"right", 0}, {"wrong", 3}, {"absent", 0}}));
    const Json other = phase_of(phase("/x", {{"marker", "second"},
                                             {"marker_header", "X-Assay-Config"},
                                             {"headers", {{"x-assay-config", "second"}}}}));
    EXPECT_EQ(other["markers"]["right"], 1);
}

TEST_P(Traffic, WaitsUntilTheMarkerIsLive) {
    const Json live = phase_of(phase("/x", {{"until_marker", "run-1"}}));
    EXPECT_EQ(live["until"]["live"], true);
    EXPECT_GT(live["until"]["after_ms"], 0);
    EXPECT_EQ(live["requests"], 1);
    const Json never =
        phase_of(phase("/x", {{"until_marker", "run-2"}, {"within_s", 0.3}, {"every_ms", 20}}));
    EXPECT_EQ(never["until"], Json({{"live", false}, {"after_ms", nullptr}}));
    EXPECT_GT(never["requests"], 2);
    EXPECT_LE(never["requests"], 16);
    EXPECT_EQ(never["markers"]["wrong"], never["answered"]);
    const Json failing =
        phase_of(phase("/fail/503", {{"until_marker", "run-1"}, {"within_s", 0.1}}));
    EXPECT_EQ(failing["until"]["live"], false);
}

TEST_P(Traffic, SeesEventsWhenTheyAreSent) {
    const Json document =
        carried_out(Json::array({phase("/sse?events=4&interval_ms=60", {{"kind", "sse"}})}));
    EXPECT_EQ(document["phases"][0]["events"], 4);
    ASSERT_EQ(document["events"].size(), 4U);
    for (int index = 0; index < 4; ++index) {
        const Json data = Json::parse(document["events"][index]["data"].get<std::string>());
        EXPECT_EQ(data["event"], index);
        EXPECT_GE(document["events"][index]["at_ms"].get<double>() + 5, index * 60);
    }
}

TEST_P(Traffic, OutlivesASilentStream) {
    const Json document = carried_out(
        Json::array({phase("/sse/idle?seconds=1", {{"kind", "sse"}, {"timeout_s", 5}})}));
    EXPECT_EQ(document["phases"][0]["answered"], 1);
    EXPECT_GE(document["events"][1]["at_ms"].get<double>(), 995);
}

TEST_P(Traffic, CountsStatusesOfAllKinds) {
    EXPECT_EQ(phase_of(phase("/fail/404", {{"requests", 2}}))["statuses"], Json({{"404", 2}}));
    EXPECT_EQ(phase_of(phase("/x", {{"method", "HEAD"}, {"requests", 3}}))["statuses"],
              Json({{"200", 3}}));
    EXPECT_EQ(phase_of(phase("/gauge/depth", {{"method", "PUT"}, {"body", "4"}}))["statuses"],
              Json({{"204", 1}}));
    EXPECT_THAT(metrics(), HasSubstr("\ndepth 4\n"));
}

TEST_P(Traffic, MakesAConnectionForEachRequestIfTold) {
    const Json result = phase_of(phase("/x", {{"requests", 40}, {"parallel", 4}, {"close", true}}));
    EXPECT_EQ(result["answered"], 40);
    EXPECT_EQ(result["failures"], Json::object());
}

TEST_P(Traffic, KeepsToItsRateAndItsTime) {
    const Json result = phase_of(phase("/x", {{"for_s", 0.5}, {"rate", 40}, {"slice_ms", 250}}));
    EXPECT_GE(result["answered"], 10);
    EXPECT_LE(result["answered"], 21);
    const Json slices = carried_out(
        Json::array({phase("/x", {{"requests", 10}, {"rate", 50}, {"slice_ms", 100}})}))["slices"];
    ASSERT_GE(slices.size(), 2U);
    EXPECT_EQ(slices[1]["at_ms"], 100);
    EXPECT_GE(slices[0]["by_backend"]["a"], 1);
}

TEST_P(Traffic, TimesOutOnASlowAnswerAndSendsItNotAgain) {
    const Json document =
        carried_out(Json::array({phase("/slow?ms=5000", {{"requests", 2}, {"timeout_s", 0.1}}),
                                 phase("/x", {{"requests", 1}})}));
    EXPECT_EQ(document["phases"][0]["failures"], Json({{"timeout", 2}}));
    EXPECT_EQ(document["phases"][0]["requests"], 2);
    EXPECT_THAT(document["examples"][0]["text"], HasSubstr("no answer in time"));
    EXPECT_EQ(document["phases"][1]["answered"], 1);
    EXPECT_EQ(document["counts"]["failed"], 2);
}

class GrpcTraffic : public testing::Test {
protected:
    RealServer server_{{"--name", "a", "--marker", "run-1"}};
};

TEST_F(GrpcTraffic, SaysAndHears) {
    const Json result = phase_of({{"url", server_.url()},
                                  {"kind", "grpc"},
                                  {"requests", 20},
                                  {"parallel", 4},
                                  {"marker", "run-1"}});
    EXPECT_EQ(result["grpc"], Json({{"0", 20}}));
    EXPECT_EQ(result["messages"], 20);
    EXPECT_EQ(result["markers"]["right"], 20);
    EXPECT_EQ(result["by_backend"], Json({{"a", 20}}));
}

TEST_F(GrpcTraffic, HearsAStreamMessageByMessage) {
    const Json document = carried_out(Json::array({{{"url", server_.url()},
                                                    {"kind", "grpc-stream"},
                                                    {"count", 3},
                                                    {"interval_ms", 50},
                                                    {"message", "word"}}}));
    EXPECT_EQ(document["phases"][0]["grpc"], Json({{"0", 1}}));
    ASSERT_EQ(document["events"].size(), 3U);
    EXPECT_EQ(document["events"][2]["data"], "word");
    EXPECT_GE(document["events"][2]["at_ms"].get<double>() + 5, 100);
}

TEST_F(GrpcTraffic, WaitsForItsMarkerToo) {
    EXPECT_EQ(
        phase_of(
            {{"url", server_.url()}, {"kind", "grpc"}, {"until_marker", "run-1"}})["until"]["live"],
        true);
}

TEST(Serve, SaysWhereItListensAndEndsWhenAsked) {
    RealServer server({"--name", "b", "--marker", "run-7"}, {"POD_NAME=pod-3"});
    EXPECT_EQ(schema_errors(server.document()), "");
    const Json document = Json::parse(server.document());
    EXPECT_EQ(document["name"], "b");
    EXPECT_EQ(document["marker"], "run-7");
    EXPECT_EQ(document["pod"], "pod-3");
    const RawClient stays_connected(server.port());
    const auto began = std::chrono::steady_clock::now();
    ::kill(server.process().pid(), SIGTERM);
    EXPECT_EQ(server.process().wait().code, 0);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
}

TEST(Serve, SaysWhyItCannotListen) {
    RealServer first;
    const Finished second = run({ASSAY_PROBE_PROGRAM, "serve", "--address", "127.0.0.1", "--port",
                                 std::to_string(first.port())});
    EXPECT_EQ(second.code, 3);
    EXPECT_THAT(second.err, HasSubstr("in use"));
    EXPECT_EQ(run({ASSAY_PROBE_PROGRAM, "serve", "--address", "here"}).code, 3);
}

TEST(ClientProgram, PrintsBothFormsAndRefusesWrongUse) {
    RealServer server({"--name", "a"});
    const std::string log = testing::TempDir() + "assay-client-message";
    const Finished finished =
        run({ASSAY_PROBE_PROGRAM, "client", server.url("/x"), "--requests", "3", "--header",
             "x-a: b", "--name", "three", "--termination-log", log, "--summary-limit", "1024"});
    EXPECT_EQ(finished.code, 0) << finished.err;
    EXPECT_EQ(schema_errors(finished.out), "");
    EXPECT_EQ(Json::parse(finished.out)["phases"][0]["name"], "three");
    ::unlink(log.c_str());
    EXPECT_EQ(run({ASSAY_PROBE_PROGRAM, "client"}).code, 2);
    EXPECT_EQ(run({ASSAY_PROBE_PROGRAM, "client", "--plan", "[{]"}).code, 2);
    EXPECT_EQ(run({ASSAY_PROBE_PROGRAM, "client", server.url(), "--plan", "[]"}).code, 2);
    EXPECT_EQ(run({ASSAY_PROBE_PROGRAM, "client", server.url(), "--header", "none"}).code, 2);
}

TEST(ClientReport, FitsTheKubeletsLimitWithPhasesFirst) {
    RealServer server({"--name", "a"});
    Json phases = Json::array();
    for (int index = 0; index < 12; ++index) {
        phases.push_back({{"url", server.url("/sse?events=20&interval_ms=0")},
                          {"kind", "sse"},
                          {"sample", 512}});
    }
    const Plan plan = parse_plan(phases);
    const ClientReport report = client_report(carry_out_all(plan.phases), summary_limit);
    const Json summary = Json::parse(report.summary);
    EXPECT_LE(report.summary.size(), summary_limit);
    EXPECT_EQ(summary["complete"], false);
    EXPECT_EQ(summary["counts"]["phases"], 12);
    EXPECT_GE(summary["phases"].size(), 6U);
    EXPECT_EQ(Json::parse(report.full)["phases"].size(), 12U);
}

}  // namespace
}  // namespace assay::probe
