// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The real program beside a stand-in for cuBLASLt: what it takes for a reference, and what it says
// where it has none.

#include <gmock/gmock.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/probe/child_process.h"
#include "tests/unit/probe/document_schema.h"

namespace assay::probe {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class CublasLtProgram : public testing::Test {
protected:
    CublasLtProgram() { EXPECT_NE(::mkdtemp(folder_.data()), nullptr); }
    ~CublasLtProgram() override { std::filesystem::remove_all(folder_); }

    // The speed of some types, one shape for all: no dimension is another's.
    Finished gemm(const std::vector<std::string>& more,
                  std::vector<std::string> environment = {}) const {
        std::vector<std::string> argv = {ASSAY_PROBE_PROGRAM, "gemm",
                                         "--phase",           "speed",
                                         "--speed-shape",     "256x128x64",
                                         "--samples",         "5",
                                         "--termination-log", folder_ + "/message"};
        argv.insert(argv.end(), more.begin(), more.end());
        if (std::find(more.begin(), more.end(), "--warm-up-seconds") == more.end()) {
            argv.insert(argv.end(), {"--warm-up-seconds", "0"});
        }
        environment.push_back("LD_LIBRARY_PATH=" + libraries_ + ":" ASSAY_FAKE_CUDA_FOLDER);
        return run(argv, environment);
    }

    static Json document_of(const Finished& finished) {
        EXPECT_EQ(schema_errors(finished.out), "");
        return Json::parse(finished.out);
    }

    // Of int8 alone.
    Json item(const std::vector<std::string>& environment) const {
        return document_of(gemm({"--types", "int8"}, environment)).at("speed").at(0);
    }

    std::string missing(const std::vector<std::string>& environment) const {
        const Finished finished = gemm({"--types", "int8"}, environment);
        EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
        const Json speed = document_of(finished).at("speed").at(0);
        EXPECT_EQ(speed.at("fraction_of_cublaslt"), nullptr);
        EXPECT_GT(speed.at("tera_operations_per_s_median"), 0) << "our own is there";
        return speed.at("cublaslt").value("missing", "");
    }

    std::string folder_ = "/tmp/assay-cublaslt-test-XXXXXX";
    std::string libraries_ = ASSAY_FAKE_CUBLASLT_FOLDER;
};

TEST_F(CublasLtProgram, TimesTheSameProductOfEachTypeThatTheLibraryTakes) {
    const Finished finished = gemm({}, {"FAKE_CUBLASLT_NEEDS=4096"});
    EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
    const Json speed = document_of(finished).at("speed");
    ASSERT_EQ(speed.size(), 6U);
    for (const Json& one : speed) {
        const Json& beside = one.at("cublaslt");
        if (one.at("type") == "fp8_e5m2") {
            EXPECT_EQ(beside,
                      (Json{{"left_out", "cuBLASLt has no product of two matrices of fp8_e5m2"}}));
            EXPECT_EQ(one.at("fraction_of_cublaslt"), nullptr);
            continue;
        }
        ASSERT_TRUE(beside.contains("samples_us")) << one;
        EXPECT_EQ(beside.at("version"), "13.10.0");
        EXPECT_EQ(beside.at("samples_us").size(), 5U);
        EXPECT_EQ(beside.at("looked_at"), 64);
        EXPECT_EQ(beside.at("wrong"), 0);
        EXPECT_EQ(beside.at("workspace_bytes"), 64U << 20U);
        EXPECT_GT(one.at("fraction_of_cublaslt"), 0);
    }
}

TEST_F(CublasLtProgram, GivesTheFractionOfTheOthersSpeed) {
    const Json one = item({"FAKE_CUBLASLT_SLOW_MS=200"});
    const double own = one.at("tera_operations_per_s_median");
    const double other = one.at("cublaslt").at("tera_operations_per_s_median");
    EXPECT_GE(one.at("cublaslt").at("samples_us").at(0), 200000);
    EXPECT_GT(one.at("fraction_of_cublaslt"), 1) << "it is the slower one here";
    EXPECT_NEAR(one.at("fraction_of_cublaslt").get<double>() / (own / other), 1, 0.01);
    std::ifstream message(folder_ + "/message");
    const Json summary = Json::parse(message).at("speed").at(0);
    EXPECT_EQ(summary.at("fraction_of_cublaslt"), one.at("fraction_of_cublaslt"));
    EXPECT_FALSE(summary.contains("cublaslt"));
}

TEST_F(CublasLtProgram, WarmsItUpAsTheProbesOwnKernelAndGivesBackWhatItTook) {
    const std::string log = folder_ + "/log";
    const auto products = [&](const char* warm_up_seconds) {
        EXPECT_EQ(gemm({"--types", "fp16", "--warm-up-seconds", warm_up_seconds},
                       {"FAKE_CUBLASLT_LOG=" + log})
                      .code,
                  0);
        std::ifstream file(log);
        std::vector<std::string> lines;
        for (std::string line; std::getline(file, line);) {
            lines.push_back(line);
        }
        std::filesystem::remove(log);
        const auto end = std::find(lines.begin(), lines.end(), "the end, 0 not given back");
        EXPECT_EQ(lines.end() - end, 1) << "all of it, once, at last";
        return end - lines.begin();
    };
    EXPECT_EQ(products("0"), 2 + 5);
    EXPECT_GE(products("1.5"), 4 + 5);
}

TEST_F(CublasLtProgram, SaysWhichLibraryIsNotThere) {
    libraries_ = folder_;
    EXPECT_EQ(missing({}),
              "there is no libcublasLt.so.13; there is no libcublasLt.so.12; there is "
              "no libcublasLt.so");
    // This is what the driver is too old for.
    libraries_ = ASSAY_FAKE_CUBLASLT_FOLDER;
    EXPECT_EQ(missing({"FAKE_CUDA_VERSION=12080"}),
              "there is no libcublasLt.so.12; there is no libcublasLt.so");
}

TEST_F(CublasLtProgram, TakesAnOlderOneOrOneWithoutANumber) {
    libraries_ = folder_;
    for (const char* name : {"libcublasLt.so.12", "libcublasLt.so"}) {
        const std::string path = folder_ + "/" + name;
        std::filesystem::create_symlink(ASSAY_FAKE_CUBLASLT_FOLDER "/libcublasLt.so.13", path);
        EXPECT_EQ(item({"FAKE_CUBLASLT_VERSION=120905"}).at("cublaslt").value("version", ""),
                  "12.9.5");
        std::filesystem::remove(path);
    }
}

TEST_F(CublasLtProgram, DoesNotCallWhatItDoesNotKnow) {
    for (const char* version : {"110400", "140000"}) {
        EXPECT_THAT(missing({std::string("FAKE_CUBLASLT_VERSION=") + version}),
                    HasSubstr("whose interface this program does not know"));
    }
    libraries_ = ASSAY_LACKING_CUBLASLT_FOLDER;
    EXPECT_EQ(missing({}), "cublasLtMatmul: cuBLASLt 13.10.0 lacks this function");
    libraries_ = folder_;
    std::ofstream(folder_ + "/libcublasLt.so.13") << "no library\n";
    EXPECT_THAT(missing({}), HasSubstr("libcublasLt.so.13: "));
}

TEST_F(CublasLtProgram, SaysWhatTheLibraryRefused) {
    for (const char* function :
         {"cublasLtCreate", "cublasLtMatmulDescCreate", "cublasLtMatmulDescSetAttribute",
          "cublasLtMatrixLayoutCreate", "cublasLtMatmulPreferenceCreate",
          "cublasLtMatmulPreferenceSetAttribute", "cublasLtMatmulAlgoGetHeuristic",
          "cublasLtMatmul"}) {
        EXPECT_EQ(missing({std::string("FAKE_CUBLASLT_FAILS=") + function}),
                  std::string(function) + ": CUBLAS_STATUS_INTERNAL_ERROR");
    }
    EXPECT_EQ(missing({"FAKE_CUBLASLT_NONE=1"}),
              "cuBLASLt 13.10.0 has no algorithm for this product on this GPU");
}

TEST_F(CublasLtProgram, DoesNotBelieveAResultBecauseALibraryGaveIt) {
    const Finished finished = gemm({"--types", "int8,bf16"}, {"FAKE_CUBLASLT_WRONG=1"});
    EXPECT_EQ(finished.code, 4) << "no failure: nothing tells whose fault it is";
    const Json document = document_of(finished);
    EXPECT_EQ(document.at("verdict"), "inconclusive");
    ASSERT_EQ(document.at("reasons").size(), 2U);
    EXPECT_EQ(document.at("reasons").at(0).at("code"), "wrong_reference");
    EXPECT_THAT(document.at("reasons").at(0).at("message"),
                HasSubstr("the library or this device is at fault"));
    for (const Json& one : document.at("speed")) {
        EXPECT_EQ(one.at("wrong"), 0);
        EXPECT_EQ(one.at("fraction_of_cublaslt"), nullptr);
        EXPECT_GT(one.at("cublaslt").at("wrong"), 0);
        EXPECT_THAT(one.at("cublaslt").at("missing"),
                    HasSubstr("of 64 elements of its product are wrong"));
        EXPECT_FALSE(one.at("cublaslt").contains("tera_operations_per_s_median"));
    }
}

TEST_F(CublasLtProgram, TakesNoTimeOfNothingForASpeed) {
    EXPECT_EQ(missing({"FAKE_CUBLASLT_IDLE=1"}), "it computed nothing: C is as it was before");
}

TEST_F(CublasLtProgram, DoesWithAsLittleMemoryAsIsLeft) {
    EXPECT_EQ(item({"FAKE_CUDA_MIB=48"}).at("cublaslt").value("workspace_bytes", 0), 32 << 20);
    EXPECT_EQ(item({"FAKE_CUDA_MIB=9"}).at("cublaslt").value("workspace_bytes", 0), 8 << 20);
    // Four pieces are our own product's and three the other's.
    const Json none =
        item({"FAKE_CUDA_FAILS=cuMemAlloc_v2", "FAKE_CUDA_CODE=2", "FAKE_CUDA_WELL=7"});
    EXPECT_EQ(none.at("cublaslt").value("workspace_bytes", 1), 0);
    EXPECT_GT(none.at("fraction_of_cublaslt"), 0);
    EXPECT_THAT(missing({"FAKE_CUDA_FAILS=cuMemAlloc_v2", "FAKE_CUDA_CODE=2", "FAKE_CUDA_WELL=4"}),
                HasSubstr("cuMemAlloc_v2: "));
}

TEST_F(CublasLtProgram, LaysAnErrorOfBeforeAtNobodysDoor) {
    const Finished finished = gemm({"--types", "int8"}, {"FAKE_CUDA_FAILS=cuCtxSynchronize",
                                                         "FAKE_CUDA_CODE=719", "FAKE_CUDA_WELL=1"});
    EXPECT_EQ(finished.code, 4);
    const Json document = document_of(finished);
    ASSERT_EQ(document.at("reasons").size(), 1U);
    EXPECT_EQ(document.at("reasons").at(0).at("code"), "device_error");
    EXPECT_THAT(document.at("reasons").at(0).at("message"), Not(HasSubstr("cuBLASLt")));
    EXPECT_EQ(document.at("speed").at(0).at("cublaslt"), nullptr);
    EXPECT_EQ(document.at("speed").at(0).at("samples"), 5);
}

TEST_F(CublasLtProgram, SaysThatTheContextBrokeWhileTheLibraryComputed) {
    const Finished lost = gemm({"--types", "int8,bf16"}, {"FAKE_CUBLASLT_BREAKS=719"});
    EXPECT_EQ(lost.code, 4);
    const Json document = document_of(lost);
    ASSERT_EQ(document.at("reasons").size(), 1U);
    EXPECT_EQ(document.at("reasons").at(0).at("code"), "device_error");
    EXPECT_THAT(document.at("reasons").at(0).at("message"),
                HasSubstr("while cuBLASLt computed int8: cuStreamSynchronize: "));
    ASSERT_EQ(document.at("speed").size(), 2U) << "our own of every type came first";
    EXPECT_EQ(document.at("speed").at(1).at("cublaslt"), nullptr);
    // Broken memory is the GPU's, whoever computes.
    const Finished broken = gemm({"--types", "int8"}, {"FAKE_CUBLASLT_BREAKS=214"});
    EXPECT_EQ(broken.code, 1);
    EXPECT_EQ(document_of(broken).at("reasons").at(0).at("code"), "broken_device");
    const Finished refused = gemm(
        {"--types", "int8"}, {"FAKE_CUBLASLT_BREAKS=214", "FAKE_CUBLASLT_FAILS=cublasLtMatmul"});
    EXPECT_EQ(document_of(refused).at("reasons").at(0).at("code"), "broken_device");
}

TEST_F(CublasLtProgram, IsNotAskedWhereNobodyWantsItOrTheProcessorComputes) {
    for (const std::vector<std::string>& more :
         {std::vector<std::string>{"--no-reference"}, {"--backend", "cpu"}}) {
        const Json one = document_of(gemm(more)).at("speed").at(0);
        EXPECT_EQ(one.at("cublaslt"), nullptr);
        EXPECT_EQ(one.at("fraction_of_cublaslt"), nullptr);
    }
}

}  // namespace
}  // namespace assay::probe
