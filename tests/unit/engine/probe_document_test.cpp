// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/probe_document.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

constexpr const char* good =
    R"({"schema":"assay.probe/v1","verb":"isolate","probe_version":"0.1.0","form":"summary","complete":true,)"
    R"("uid":0,"finished_at":"2026-11-21T05:00:00.123Z","counts":{"tried":1,"reachable":1,"refused":0,)"
    R"("unclear":0,"not_tried":0,"skipped":9},"reachable":[{"number":"c:195:0","path":"/dev/nvidia0",)"
    R"("by":"node","errno":"ENXIO"}],"unclear":[],"not_tried":[],"gpus":[{"uuid":"GPU-1","number":"c:195:0",)"
    R"("minor":0,"pci_bus_id":"00000000:18:00.0","name":"X"}],"nvml":"ok","driver_version":null})";

TEST(ProbeDocument, IsParsed) {
    const auto document = parse_probe_document(good);
    ASSERT_TRUE(document) << document.error();
    EXPECT_TRUE(document->complete);
    EXPECT_EQ(document->reachable.at(0).error, "ENXIO");
    EXPECT_EQ(document->gpus.at(0).uuid, "GPU-1");
    EXPECT_EQ(document->driver_version, "");
    EXPECT_EQ(document->sha256.size(), 64U);
}

TEST(ProbeDocument, AUserBeyondAnIntIsNotTakenForAnother) {
    std::string text = good;
    text.replace(text.find("\"uid\":0"), 7, "\"uid\":4294967296");
    EXPECT_EQ(parse_probe_document(text)->uid, 4294967296);
}

TEST(ProbeDocument, AnythingElseIsRefused) {
    EXPECT_FALSE(parse_probe_document(""));
    EXPECT_FALSE(parse_probe_document("{"));
    EXPECT_FALSE(parse_probe_document("{}"));
    EXPECT_FALSE(parse_probe_document("[1]"));
    EXPECT_FALSE(parse_probe_document(R"({"schema":"assay.probe/v2"})"));
    EXPECT_FALSE(parse_probe_document(R"({"schema":"assay.probe/v1","verb":"isolate"})"));
}

TEST(ProbeDocument, IsNotCompleteUnlessItSaysSo) {
    std::string text = good;
    text.replace(text.find("\"complete\":true,"), 16, "");
    EXPECT_FALSE(parse_probe_document(text)->complete);
}

TEST(ProbeDocument, ListsWhatItCountsOrIsRefused) {
    std::string text = good;
    text.replace(text.find("\"reachable\":1"), 13, "\"reachable\":2");
    const auto document = parse_probe_document(text);
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error(), "the probe's document counts 2 reachable devices and lists 1");
    text.replace(text.find("\"complete\":true"), 15, "\"complete\":false");
    EXPECT_TRUE(parse_probe_document(text)) << "a list that was cut is no contradiction";
}

TEST(ProbeDocument, APathThatNoDeviceNodeCanHaveIsRefused) {
    std::string text = good;
    text.insert(text.find("nvidia0\"") + 7, std::string(4096, '0'));
    const auto document = parse_probe_document(text);
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error(), "the probe's document has a device path longer than Linux has any");
}

TEST(ProbeDocument, ALineIsOneOnlyIfItNamesTheSchema) {
    EXPECT_TRUE(looks_like_probe_document(good));
    EXPECT_FALSE(looks_like_probe_document("starting"));
    EXPECT_FALSE(looks_like_probe_document("{}"));
}

}  // namespace
}  // namespace assay
