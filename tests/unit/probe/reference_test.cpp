// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/reference.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <utility>

#include "probe/compute/compute_document.h"
#include "probe/compute/cpu_device.h"
#include "probe/compute/fault.h"
#include "tests/unit/probe/document_schema.h"

namespace assay::probe::compute {
namespace {

GemmPlan timed_plan() {
    GemmPlan plan;
    plan.types = {NumberType::bf16};
    plan.exact = false;
    plan.speed_shape = Shape{64, 32, 96};
    plan.samples = 5;
    return plan;
}

// A processor whose maker has a library: what it computes is changed here.
class WithLibrary : public CpuDevice {
public:
    std::optional<ReferenceRun> time_reference(const SpeedJob& job) override {
        ReferenceRun run;
        run.version = "13.10.0";
        run.timed = time_multiply(job);
        const std::size_t kept = std::min(right, run.timed.c.size());
        std::fill(run.timed.c.begin() + static_cast<std::ptrdiff_t>(kept), run.timed.c.end(),
                  poison);
        return run;
    }

    std::size_t right = SIZE_MAX;  // elements that it computes
};

std::vector<std::string> codes(const GemmReport& report) {
    std::vector<std::string> all;
    for (const Reason& reason : report.judgement.reasons()) {
        all.push_back(reason.code);
    }
    return all;
}

TEST(References, AreBelievedOnlyAsFarAsTheyAreRight) {
    WithLibrary device;
    const GemmReport whole = run_gemm(device, timed_plan(), nullptr);
    EXPECT_EQ(whole.judgement.verdict(), Verdict::pass);
    EXPECT_EQ(whole.speed.at(0).reference->run.missing, "");
    EXPECT_EQ(whole.speed.at(0).reference->run.timed.seconds.size(), 5U);
    EXPECT_EQ(whole.speed.at(0).reference->looked_at, 64U);

    device.right = 1024;
    const GemmReport half = run_gemm(device, timed_plan(), nullptr);
    EXPECT_EQ(half.judgement.verdict(), Verdict::inconclusive);
    EXPECT_EQ(codes(half), std::vector<std::string>{"wrong_reference"});
    EXPECT_GT(half.speed.at(0).reference->wrong, 0U);
    EXPECT_NE(half.speed.at(0).reference->run.missing, "");
    EXPECT_EQ(half.speed.at(0).wrong, 0U);

    device.right = 0;
    const GemmReport nothing = run_gemm(device, timed_plan(), nullptr);
    EXPECT_EQ(nothing.judgement.verdict(), Verdict::pass) << "a library that does nothing";
    EXPECT_THAT(nothing.speed.at(0).reference->run.missing,
                testing::HasSubstr("it computed nothing"));
}

TEST(References, HaveAFaultOfTheirOwnOnEveryDevice) {
    for (const auto& [name, asked] : {std::pair{"reference-wrong", true}, {"few-samples", false}}) {
        const auto device = with_fault(std::make_unique<CpuDevice>(), *fault_named(name));
        const GemmReport report = run_gemm(*device, timed_plan(), nullptr);
        EXPECT_EQ(report.speed.at(0).reference.has_value(), asked) << name;
        EXPECT_EQ(codes(report), std::vector<std::string>{std::string(fault_named(name)->code)});
    }
}

// What a GPU's run says: as many digits and as long names as there are.
GemmReport whole_run() {
    GemmReport report;
    for (const NumberType type : number_types) {
        ExactPass pass{.type = type,
                       .kernel = "mma_sync",
                       .shape = {4096, 3840, 4096},
                       .largest = 22,
                       .units = {},
                       .found = {},
                       .golden = std::string(32, 'a')};
        pass.found.digest = std::string(32, 'a');
        report.exact.insert(report.exact.end(), 2, pass);
        ReferenceSpeed reference;
        reference.run.version = "13.10.0";
        reference.run.workspace_bytes = 64U << 20U;
        reference.run.timed.seconds.assign(20, 0.0012341);
        reference.looked_at = 64;
        report.speed.push_back({.type = type,
                                .kernel = "mma_sync",
                                .shape = {8192, 8192, 8192},
                                .seconds = std::vector<double>(20, 0.0014417),
                                .looked_at = 64,
                                .wrong = 0,
                                .observed = {.sm_mhz = {1755},
                                             .power_mw = {695432},
                                             .celsius = {61},
                                             .throttle_reasons = 0x4},
                                .reference = reference});
        report.judgement.count_examined();
    }
    return report;
}

Computed on_h200() {
    DeviceFacts facts;
    facts.backend = "cuda";
    facts.name = "NVIDIA H200";
    facts.uuid = "GPU-10101010-1010-1010-1010-101010101010";
    facts.pci_bus_id = "0000:FE:00.0";
    facts.units = 132;
    facts.compute_capability = 90;
    return {
        .verb = "gemm", .device = facts, .fault = "", .xids = std::vector<unsigned long long>()};
}

TEST(References, AreInTheDocumentAndTheirFractionInTheSummaryOfAllTypes) {
    const ComputeDocument document = gemm_document(on_h200(), whole_run(), summary_limit_default);
    EXPECT_EQ(schema_errors(document.full), "");
    EXPECT_EQ(schema_errors(document.summary), "");
    const Json summary = Json::parse(document.summary);
    EXPECT_EQ(summary.at("complete"), true) << document.summary.size() << " bytes";
    EXPECT_EQ(summary.at("speed").at(5).at("fraction_of_cublaslt"), 0.856);
    const Json one = Json::parse(document.full).at("speed").at(5).at("cublaslt");
    EXPECT_EQ(one.at("tera_operations_per_s_median"), 890.9);
    EXPECT_EQ(one.at("samples_us").size(), 20U);
}

TEST(References, GiveNoFractionWhereOneOfTheTwoIsWrong) {
    GemmReport report = whole_run();
    report.speed.at(0).wrong = 1;
    report.speed.at(1).reference->run.missing = "why";
    report.speed.at(2).reference->run.left_out = "why";
    report.speed.at(3).reference.reset();
    const Json speed = Json::parse(gemm_document(on_h200(), report, full_limit).full).at("speed");
    for (std::size_t index = 0; index < 4; ++index) {
        EXPECT_EQ(speed.at(index).at("fraction_of_cublaslt"), nullptr) << index;
    }
    EXPECT_EQ(speed.at(4).at("fraction_of_cublaslt"), 0.856);
    EXPECT_EQ(speed.at(1).at("cublaslt").at("missing"), "why");
    EXPECT_FALSE(speed.at(1).at("cublaslt").contains("samples_us"));
    EXPECT_EQ(speed.at(2).at("cublaslt").at("left_out"), "why");
    EXPECT_EQ(speed.at(3).at("cublaslt"), nullptr);
}

}  // namespace
}  // namespace assay::probe::compute
