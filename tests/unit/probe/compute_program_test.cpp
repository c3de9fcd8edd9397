// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// gemm, hbm, link and selftest of the real program, on the processor.

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/unit/probe/child_process.h"
#include "tests/unit/probe/document_schema.h"

namespace assay::probe {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class ComputeProgram : public testing::Test {
protected:
    ComputeProgram() { EXPECT_NE(::mkdtemp(folder_.data()), nullptr); }
    ~ComputeProgram() override { std::filesystem::remove_all(folder_); }

    Finished compute(const std::string& verb, const std::vector<std::string>& more = {}) const {
        std::vector<std::string> argv = {ASSAY_PROBE_PROGRAM, verb,
                                         "--backend",         "cpu",
                                         "--termination-log", folder_ + "/message"};
        argv.insert(argv.end(), more.begin(), more.end());
        return run(argv);
    }

    std::string message() const {
        std::ifstream file(folder_ + "/message");
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::string folder_ = "/tmp/assay-compute-test-XXXXXX";
};

TEST_F(ComputeProgram, PassesOnTheProcessorAndSaysThatItIsSimulated) {
    for (const char* verb : {"gemm", "hbm", "link"}) {
        const Finished finished = compute(verb);
        EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
        EXPECT_EQ(schema_errors(finished.out), "");
        EXPECT_EQ(schema_errors(message()), "");
        const Json summary = Json::parse(message());
        EXPECT_LE(message().size(), 4096U);
        EXPECT_EQ(summary.at("verdict"), "passed");
        EXPECT_EQ(summary.at("simulated"), true);
        EXPECT_EQ(summary.at("complete"), true);
        EXPECT_EQ(summary.at("injected"), nullptr);
    }
}

TEST_F(ComputeProgram, KeepsFiveSamplesOfEveryMeasure) {
    for (const auto& [verb, list] : {std::pair{"gemm", "speed"}, std::pair{"hbm", "streams"},
                                     std::pair{"link", "transfers"}}) {
        const Json document = Json::parse(compute(verb).out);
        ASSERT_FALSE(document.at(list).empty());
        for (const Json& measure : document.at(list)) {
            EXPECT_GE(measure.at("samples_us").size(), 5U) << measure;
        }
    }
}

TEST_F(ComputeProgram, FindsEveryPlantedFault) {
    const Finished finished = compute("selftest");
    EXPECT_EQ(finished.code, 0) << finished.out;
    EXPECT_EQ(schema_errors(finished.out), "");
    EXPECT_EQ(schema_errors(message()), "");
    const Json document = Json::parse(finished.out);
    EXPECT_GE(document.at("faults").size(), 35U);
    for (const Json& fault : document.at("faults")) {
        EXPECT_EQ(fault.at("found"), true) << fault;
    }
}

TEST_F(ComputeProgram, TriesOneFaultAlone) {
    const Json document = Json::parse(compute("selftest", {"--inject", "nan"}).out);
    ASSERT_EQ(document.at("faults").size(), 2U);
    EXPECT_EQ(document.at("faults").at(0).at("fault"), "none");
    EXPECT_EQ(document.at("faults").at(1).at("fault"), "nan");
}

TEST_F(ComputeProgram, EndsWithOneWhereAFaultIsPlantedAndFourWhereItCannotTell) {
    const Finished wrong = compute("gemm", {"--inject", "stuck-tile"});
    EXPECT_EQ(wrong.code, 1);
    EXPECT_EQ(schema_errors(wrong.out), "");
    EXPECT_EQ(schema_errors(message()), "");
    EXPECT_EQ(Json::parse(message()).at("verdict"), "failed");
    EXPECT_EQ(Json::parse(message()).at("injected"), "stuck-tile");
    EXPECT_FALSE(Json::parse(wrong.out).at("wrong_tiles").empty());
    EXPECT_EQ(compute("hbm", {"--inject", "pattern-blind"}).code, 4);
    EXPECT_EQ(compute("link", {"--samples", "4"}).code, 4);
}

TEST_F(ComputeProgram, FitsItsVerdictIntoTheSmallestSummary) {
    compute("gemm", {"--inject", "swap-rows", "--summary-limit", "1024"});
    EXPECT_LE(message().size(), 1024U);
    EXPECT_EQ(schema_errors(message()), "");
    EXPECT_EQ(Json::parse(message()).at("verdict"), "failed");
    EXPECT_EQ(Json::parse(message()).at("complete"), false);
}

TEST_F(ComputeProgram, EndsWithTwoOnWrongUse) {
    EXPECT_THAT(compute("gemm", {"--types", "fp64"}).err, HasSubstr("no type fp64"));
    EXPECT_EQ(compute("gemm", {"--types", "fp64"}).code, 2);
    EXPECT_EQ(compute("gemm", {"--shape", "32x32"}).code, 2);
    EXPECT_EQ(compute("gemm", {"--shape", "33x32x32"}).code, 2);
    EXPECT_EQ(compute("gemm", {"--inject", "nonsense"}).code, 2);
    EXPECT_EQ(compute("gemm", {"--inject", "pattern-blind"}).code, 2);
    EXPECT_EQ(compute("gemm", {"--inject", "nan", "--shape", "32x32x32"}).code, 2);
    EXPECT_EQ(compute("hbm", {"--shape", "32x32x32"}).code, 2);
}

TEST_F(ComputeProgram, TakesOtherShapesAndJudgesThemWithoutAGoldenDigest) {
    const Finished finished =
        compute("gemm", {"--shape", "64x32x96", "--types", "int8,fp16", "--phase", "exact"});
    EXPECT_EQ(finished.code, 0);
    const Json document = Json::parse(finished.out);
    ASSERT_EQ(document.at("exact").size(), 4U);
    EXPECT_EQ(document.at("exact").at(0).at("golden"), "unknown");
    EXPECT_TRUE(document.at("speed").empty());
}

TEST_F(ComputeProgram, ExaminesEachAcceleratorInOneSummary) {
    const Finished finished = compute("examine", {"--accelerators", "8"});
    EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
    EXPECT_EQ(schema_errors(finished.out), "");
    EXPECT_EQ(schema_errors(message()), "");
    EXPECT_LE(message().size(), 4096U);
    const Json summary = Json::parse(message());
    EXPECT_EQ(summary.at("complete"), true);
    EXPECT_EQ(summary.at("simulated"), true);
    ASSERT_EQ(summary.at("accelerators").size(), 8U);
    EXPECT_GE(summary.at("measures").size(), 5U);
    for (const Json& one : summary.at("accelerators")) {
        EXPECT_EQ(one.at("gemm"), "passed");
        EXPECT_FALSE(one.contains("facts")) << "no library tells of the health of a processor";
        ASSERT_EQ(one.at("samples").size(), summary.at("measures").size());
        for (const Json& samples : one.at("samples")) {
            EXPECT_EQ(samples.size(), 5U) << one;
        }
    }
}

TEST_F(ComputeProgram, SaysWhichAcceleratorOfTheNodeIsBad) {
    const std::vector<std::pair<std::string, std::string>> faults = {
        {"nan", "gemm"}, {"pattern-bitflip", "hbm"}, {"to-host-bitflip", "link"}};
    for (const auto& [fault, part] : faults) {
        const Finished finished =
            compute("examine", {"--accelerators", "2", "--inject", fault, "--inject-at", "1"});
        EXPECT_EQ(finished.code, 1);
        EXPECT_EQ(schema_errors(finished.out), "");
        const Json summary = Json::parse(message());
        EXPECT_EQ(summary.at("injected"), fault);
        EXPECT_EQ(summary.at("accelerators").at(0).at(part), "passed");
        EXPECT_EQ(summary.at("accelerators").at(1).at(part), "failed");
        for (const Json& reason : summary.at("reasons")) {
            EXPECT_EQ(reason.at("accelerator"), 1);
            EXPECT_EQ(reason.at("part"), part);
        }
        EXPECT_EQ(Json::parse(finished.out).at("parts").size(), 1U);
    }
    EXPECT_EQ(compute("examine", {"--inject", "nonsense"}).code, 2);
    // Which examine does without, unless it is to err.
    EXPECT_EQ(compute("examine", {"--inject", "reference-wrong"}).code, 4);
    EXPECT_EQ(Json::parse(message()).at("reasons").at(0).at("code"), "wrong_reference");
}

TEST_F(ComputeProgram, NamesAcceleratorsAsTheirDriverShowsThem) {
    const Finished finished =
        run({ASSAY_PROBE_PROGRAM, "examine", "--accelerators", "2", "--termination-log",
             folder_ + "/message", "--name-variables", "GPU_DEVICE_"},
            {"GPU_DEVICE_10=gpu-7", "GPU_DEVICE_2=gpu-3", "GPU_DEVICE_2_SHARING=none"});
    EXPECT_EQ(finished.code, 0) << finished.err;
    const Json accelerators = Json::parse(message()).at("accelerators");
    EXPECT_EQ(accelerators.at(0).at("shown_as"), "gpu-3");
    EXPECT_EQ(accelerators.at(1).at("shown_as"), "gpu-7");
}

}  // namespace
}  // namespace assay::probe
