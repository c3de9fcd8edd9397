// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The real program with a driver that is a stand-in: everything of the CUDA backend but its
// kernels.

#include <gmock/gmock.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "tests/unit/probe/child_process.h"
#include "tests/unit/probe/document_schema.h"

namespace assay::probe {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

Finished with_driver(std::vector<std::string> arguments,
                     std::vector<std::string> environment = {}) {
    arguments.insert(arguments.begin(), ASSAY_PROBE_PROGRAM);
    environment.push_back("LD_LIBRARY_PATH=" ASSAY_FAKE_CUDA_FOLDER ":" ASSAY_FAKE_NVML_FOLDER);
    return run(arguments, environment);
}

Json document_of(const Finished& finished) {
    EXPECT_EQ(schema_errors(finished.out), "");
    return Json::parse(finished.out);
}

const std::vector<std::string> small_gemm = {
    "gemm",       "--shape",           "512x256x128", "--types",   "int8,fp16", "--speed-shape",
    "128x128x64", "--warm-up-seconds", "0",           "--samples", "5"};

std::string only_reason(const Finished& finished) {
    const Json reasons = document_of(finished).at("reasons");
    return reasons.empty() ? "" : reasons.at(0).at("code").get<std::string>();
}

TEST(CudaProgram, TakesTheGpuWhereItsDriverIsMet) {
    const Finished finished = with_driver(small_gemm);
    EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
    const Json document = document_of(finished);
    EXPECT_EQ(document.at("backend"), "cuda");
    EXPECT_EQ(document.at("simulated"), false);
    EXPECT_EQ(document.at("device").at("uuid"), "GPU-10101010-1010-1010-1010-101010101010");
    EXPECT_EQ(document.at("device").at("units"), 4);
    EXPECT_EQ(document.at("device").at("compute_capability"), 90);
    EXPECT_EQ(document.at("exact").size(), 4U);
    EXPECT_EQ(document.at("speed").size(), 2U);
    EXPECT_EQ(document.at("speed").at(0).at("samples_us").size(), 5U);
}

TEST(CudaProgram, HasTheDigestThatTheProcessorHas) {
    std::vector<std::string> cpu = small_gemm;
    cpu.insert(cpu.end(), {"--backend", "cpu"});
    const Json gpu = document_of(with_driver(small_gemm));
    const Json processor = document_of(with_driver(cpu));
    EXPECT_EQ(processor.at("backend"), "cpu");
    for (std::size_t pass = 0; pass < 4; ++pass) {
        EXPECT_EQ(gpu.at("exact").at(pass).at("digest"),
                  processor.at("exact").at(pass).at("digest"));
    }
}

std::vector<std::string> with_wgmma(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--kernel", "wgmma"});
    return arguments;
}

TEST(CudaProgram, MultipliesWithWgmmaWhereItIsAskedTo) {
    std::vector<std::string> gemm = small_gemm;
    gemm[6] = "128x256x128";
    for (const char* version : {"12000", "13000"}) {
        const Finished finished =
            with_driver(with_wgmma(gemm), {std::string("FAKE_CUDA_VERSION=") + version});
        EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
        const Json document = document_of(finished);
        const Json usual = document_of(with_driver(gemm));
        for (std::size_t pass = 0; pass < 4; ++pass) {
            const Json& exact = document.at("exact").at(pass);
            EXPECT_EQ(exact.at("kernel"), "wgmma");
            EXPECT_EQ(exact.at("digest"), usual.at("exact").at(pass).at("digest"));
            EXPECT_EQ(usual.at("exact").at(pass).at("kernel"), "mma_sync");
        }
        EXPECT_EQ(document.at("speed").at(0).at("kernel"), "wgmma");
    }
    EXPECT_EQ(only_reason(with_driver(with_wgmma(gemm), {"FAKE_CUDA_LAZY=wgmma_fp16"})),
              "not_written");
    const Finished refused =
        with_driver(with_wgmma(gemm), {"FAKE_CUDA_FAILS=cuTensorMapEncodeTiled"});
    EXPECT_EQ(refused.code, 4);
    EXPECT_EQ(only_reason(refused), "device_error");
}

TEST(CudaProgram, HasWgmmaForOneArchitectureAlone) {
    for (const char* other : {"FAKE_CUDA_MAJOR=8", "FAKE_CUDA_MAJOR=10", "FAKE_CUDA_MINOR=1"}) {
        const Finished finished = with_driver(with_wgmma(small_gemm), {other});
        EXPECT_EQ(finished.code, 4);
        EXPECT_EQ(only_reason(finished), "kernel_unsupported") << other;
    }
    std::vector<std::string> processor = with_wgmma(small_gemm);
    processor.insert(processor.end(), {"--backend", "cpu"});
    EXPECT_EQ(only_reason(with_driver(processor)), "kernel_unsupported");
    // Its tiles are wider: 128 columns are none.
    const Finished narrow = with_driver(with_wgmma(small_gemm));
    EXPECT_EQ(narrow.code, 2);
    EXPECT_THAT(narrow.err, HasSubstr("multiple of 128x256x128"));
}

TEST(CudaProgram, FillsTheMemoryInAsManyPiecesAsItTakes) {
    const Finished finished = with_driver({"hbm", "--stream-bytes", "1Mi"});
    EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
    const Json document = document_of(finished);
    EXPECT_GE(document.at("fraction_of_free"), 0.9);
    EXPECT_EQ(document.at("patterns").at(1).at("bytes_verified"),
              document.at("patterns").at(1).at("bytes"));
    EXPECT_EQ(document.at("patterns").at(0).at("control_found"), true);
}

// isolate --hold --busy, ended once its document is there.
Json held_load(const std::vector<std::string>& environment) {
    std::vector<std::string> all = environment;
    all.push_back("LD_LIBRARY_PATH=" ASSAY_FAKE_CUDA_FOLDER);
    ChildProcess probe({ASSAY_PROBE_PROGRAM, "isolate", "--hold", "--busy", "3", "--dev-root",
                        "/nowhere", "--termination-log", "/dev/null"},
                       all);
    const std::string document = probe.read_line();
    EXPECT_EQ(schema_errors(document), "");
    EXPECT_EQ(::kill(probe.pid(), SIGTERM), 0);
    EXPECT_EQ(probe.wait().code, 0);
    return Json::parse(document).at("load");
}

TEST(CudaProgram, IsALoadOnTheGpuWhileItHolds) {
    EXPECT_EQ(held_load({}), (Json{{"backend", "cuda"}, {"memory_bytes", 3 * 1024 * 1024}}));
}

// Its document has promised a load.
TEST(CudaProgram, EndsWithTheLoadThatItsGpuBreaksOff) {
    ChildProcess probe({ASSAY_PROBE_PROGRAM, "isolate", "--hold", "--busy", "3", "--dev-root",
                        "/nowhere", "--termination-log", "/dev/null"},
                       {"LD_LIBRARY_PATH=" ASSAY_FAKE_CUDA_FOLDER, "FAKE_CUDA_FAILS=cuLaunchKernel",
                        "FAKE_CUDA_CODE=214", "FAKE_CUDA_WELL=3"});
    EXPECT_EQ(Json::parse(probe.read_line()).at("load").at("backend"), "cuda");
    const Finished finished = probe.wait();
    EXPECT_EQ(finished.code, 3);
    EXPECT_THAT(finished.err, HasSubstr("the load ended: cuLaunchKernel: "
                                        "CUDA_ERROR_ECC_UNCORRECTABLE"));
}

TEST(CudaProgram, IsNoLoadWhereTheGpuIsWrongOrNotThereAndSaysWhy) {
    const Json wrong = held_load({"FAKE_CUDA_LAZY=product_int8"});
    EXPECT_EQ(wrong.at("backend"), "none");
    EXPECT_THAT(wrong.at("why").get<std::string>(), HasSubstr("a product of two matrices"));
    const Json without = held_load({"FAKE_CUDA_GPUS=0"});
    EXPECT_EQ(without.at("backend"), "none");
    EXPECT_THAT(without.at("why").get<std::string>(), HasSubstr("CUDA_ERROR_NO_DEVICE"));
}

TEST(CudaProgram, TransfersBothWaysAndToItsPeer) {
    const Finished finished = with_driver({"link", "--bytes", "1Mi"});
    EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
    const Json transfers = document_of(finished).at("transfers");
    ASSERT_EQ(transfers.size(), 4U);
    EXPECT_EQ(transfers.at(3).at("peer"), 1);
    EXPECT_EQ(transfers.at(3).at("reachable"), true);
    const Json second =
        document_of(with_driver({"link", "--bytes", "1Mi", "--device", "1"})).at("transfers");
    EXPECT_EQ(second.at(3).at("peer"), 0);
    const Json alone = document_of(with_driver({"link", "--bytes", "1Mi"}, {"FAKE_CUDA_PEERS=0"}));
    EXPECT_EQ(alone.at("transfers").at(3).at("reachable"), false);
    EXPECT_EQ(alone.at("verdict"), "passed");
}

TEST(CudaProgram, SaysThatADriverIsTooOld) {
    const Finished finished = with_driver(small_gemm, {"FAKE_CUDA_VERSION=11080"});
    EXPECT_EQ(finished.code, 4);
    EXPECT_EQ(only_reason(finished), "driver_too_old");
    EXPECT_THAT(finished.out, HasSubstr("driver too old: it speaks CUDA 11.8, needs 12.0"));
    const Finished cannot_start =
        with_driver(small_gemm, {"FAKE_CUDA_VERSION=11080", "FAKE_CUDA_GPUS=0"});
    EXPECT_EQ(only_reason(cannot_start), "driver_too_old");
}

TEST(CudaProgram, TakesTheKernelsThatTheDriverSpeaks) {
    for (const char* version : {"12000", "12080", "13000", "13020"}) {
        const Finished finished =
            with_driver(small_gemm, {std::string("FAKE_CUDA_VERSION=") + version});
        EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
    }
    // The GPU is newer than CUDA 12.4: only what came with 13 knows it.
    const Finished blackwell =
        with_driver(small_gemm, {"FAKE_CUDA_VERSION=12080", "FAKE_CUDA_MAJOR=10"});
    EXPECT_EQ(blackwell.code, 4);
    EXPECT_EQ(only_reason(blackwell), "driver_too_old");
    EXPECT_THAT(blackwell.out, HasSubstr("compute capability 10.0: it speaks CUDA 12.8"));
}

TEST(CudaProgram, DoesNotTakeTheProcessorWhereADriverHasNoGpu) {
    const Finished finished = with_driver(small_gemm, {"FAKE_CUDA_GPUS=0"});
    EXPECT_EQ(finished.code, 4);
    EXPECT_EQ(only_reason(finished), "no_device");
    EXPECT_THAT(finished.out, HasSubstr("CUDA_ERROR_NO_DEVICE"));
    EXPECT_EQ(only_reason(with_driver({"hbm", "--device", "2"})), "no_device");
}

TEST(CudaProgram, TellsWhatTheDriverReportedMeanwhile) {
    const auto with_xids = [](const std::vector<std::string>& arguments, const std::string& xids) {
        return with_driver(arguments,
                           {"ASSAY_FAKE_NVML_UUID=GPU-10101010-1010-1010-1010-101010101010", xids});
    };
    for (const auto& verb : {small_gemm, std::vector<std::string>{"hbm", "--stream-bytes", "1Mi"},
                             std::vector<std::string>{"link", "--bytes", "1Mi"}}) {
        const Finished lost = with_xids(verb, "ASSAY_FAKE_NVML_XIDS=79");
        EXPECT_EQ(lost.code, 1) << lost.out;
        EXPECT_EQ(only_reason(lost), "xid");
        EXPECT_THAT(lost.out, HasSubstr("XID 79 while it computed: restart its node"));
        EXPECT_EQ(document_of(lost).at("xids"), Json::array({79}));
    }
    EXPECT_EQ(with_xids(small_gemm, "ASSAY_FAKE_NVML_XIDS=31").code, 4);
    const Finished ignored = with_xids(small_gemm, "ASSAY_FAKE_NVML_XIDS=63,92");
    EXPECT_EQ(ignored.code, 0);
    EXPECT_EQ(document_of(ignored).at("xids"), (Json::array({63, 92})));
    EXPECT_EQ(document_of(with_xids(small_gemm, "ASSAY_FAKE_NVML_XIDS=")).at("xids"),
              Json::array());
    EXPECT_EQ(document_of(with_driver(small_gemm)).at("xids"), Json());
}

TEST(CudaProgram, TellsABrokenGpuFromADriverThatRefuses) {
    const Finished broken =
        with_driver(small_gemm, {"FAKE_CUDA_FAILS=cuLaunchKernel", "FAKE_CUDA_CODE=214"});
    EXPECT_EQ(broken.code, 1);
    EXPECT_EQ(only_reason(broken), "broken_device");
    for (const char* function : {"cuLaunchKernel", "cuMemcpyDtoH_v2", "cuMemAlloc_v2",
                                 "cuCtxSynchronize", "cuDevicePrimaryCtxRetain"}) {
        const Finished refused = with_driver(
            small_gemm, {std::string("FAKE_CUDA_FAILS=") + function, "FAKE_CUDA_CODE=719"});
        EXPECT_EQ(refused.code, 4) << function;
        EXPECT_EQ(only_reason(refused), "device_error") << function;
    }
}

TEST(CudaProgram, FindsEachKernelThatDoesNothing) {
    EXPECT_EQ(only_reason(with_driver(small_gemm, {"FAKE_CUDA_LAZY=product_fp16"})), "not_written");
    EXPECT_EQ(with_driver(small_gemm, {"FAKE_CUDA_LAZY=product_fp16"}).code, 1);
    const std::vector<std::string> hbm = {"hbm", "--stream-bytes", "1Mi", "--pattern-bytes", "1Mi"};
    EXPECT_EQ(only_reason(with_driver(hbm, {"FAKE_CUDA_LAZY=stream_copy"})), "wrong_copy");
    EXPECT_EQ(only_reason(with_driver(hbm, {"FAKE_CUDA_LAZY=stream_triad"})), "wrong_triad");
    EXPECT_EQ(only_reason(with_driver(hbm, {"FAKE_CUDA_LAZY=fill_ramp"})), "wrong_copy");
    EXPECT_EQ(only_reason(with_driver(hbm, {"FAKE_CUDA_LAZY=pattern_write"})), "wrong_pattern");
    EXPECT_EQ(only_reason(with_driver(hbm, {"FAKE_CUDA_LAZY=pattern_verify"})),
              "control_not_found");
}

TEST(CudaProgram, ComputesOfOlderGpusWhatTheyCan) {
    const Json document = document_of(
        with_driver({"gemm", "--shape", "128x128x64", "--phase", "exact"}, {"FAKE_CUDA_MAJOR=8"}));
    EXPECT_EQ(document.at("exact").size(), 8U) << "no fp8 on 8.0";
    EXPECT_EQ(only_reason(with_driver({"gemm", "--types", "fp8_e4m3"}, {"FAKE_CUDA_MAJOR=8"})),
              "type_unsupported");
}

TEST(CudaProgram, FindsFaultsOfMemoryAndLinks) {
    for (const char* fault : {"pattern-bitflip", "pattern-alias"}) {
        EXPECT_EQ(with_driver({"hbm", "--inject", fault, "--pattern-bytes", "64Mi"}).code, 1);
    }
    EXPECT_EQ(with_driver({"link", "--bytes", "1Mi", "--inject", "peer-bitflip"}).code, 1);
    EXPECT_EQ(with_driver({"link", "--bytes", "1Mi", "--inject", "to-device-bitflip"}).code, 1);
}

TEST(CudaProgram, WithoutADriverOnlyTheProcessorIsLeft) {
    const Finished none = run({ASSAY_PROBE_PROGRAM, "hbm", "--backend", "cuda"}, {});
    EXPECT_EQ(none.code, 4);
    EXPECT_EQ(only_reason(none), "no_device");
    const Finished taken = run({ASSAY_PROBE_PROGRAM, "hbm"}, {});
    EXPECT_EQ(document_of(taken).at("backend"), "cpu");
    EXPECT_EQ(document_of(taken).at("simulated"), true);
}

}  // namespace
}  // namespace assay::probe
