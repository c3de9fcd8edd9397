// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/nvml.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include "probe/compute/xid.h"
#include "probe/facts.h"
#include "probe/gpu_facts.h"
#include "tests/unit/probe/document_schema.h"
#include "tests/unit/probe/fake_machine.h"

namespace assay::probe {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* uuid = "GPU-11111111-2222-3333-4444-555555555555";

TEST(Nvml, IsAbsentWhereThereIsNoLibrary) {
    const Nvml nvml({"libnvidia-ml-is-not-here.so.1", "/nowhere/libnvidia-ml.so.1"});
    EXPECT_EQ(nvml.status(), "absent");
    EXPECT_EQ(nvml.driver_version(), std::nullopt);
    EXPECT_TRUE(nvml.gpus("/dev", KernelCalls::real()).empty());
    EXPECT_EQ(nvml.ask_for_uuid(uuid), "absent");
}

// A library that is there and does not load is not "no library".
TEST(Nvml, IsAnErrorWhereTheLibraryDoesNotLoad) {
    const FakeMachine machine;
    std::ofstream(machine.path("libnvidia-ml.so.1")) << "not a library";
    const Nvml nvml({"libnvidia-ml-is-not-here.so.1", machine.path("libnvidia-ml.so.1")});
    EXPECT_THAT(nvml.status(), StartsWith("error: "));
    EXPECT_LE(nvml.status().size(), 200U);
}

TEST(Nvml, IsAnErrorWhereItDoesNotStart) {
    ::setenv("ASSAY_FAKE_NVML_INIT", "9", 1);
    const Nvml nvml({ASSAY_FAKE_NVML});
    ::unsetenv("ASSAY_FAKE_NVML_INIT");
    EXPECT_EQ(nvml.status(), "error: nvmlInit_v2: Driver Not Loaded");
    EXPECT_EQ(nvml.ask_for_uuid(uuid), nvml.status());
}

TEST(Nvml, NamesGpusAndTheirNodes) {
    FakeMachine machine;
    machine.add("dev/nvidia3", {'c', 195, 3});
    const Nvml nvml({ASSAY_FAKE_NVML});
    EXPECT_EQ(nvml.status(), "ok");
    EXPECT_EQ(nvml.driver_version(), "580.95.05");
    const std::vector<GpuIdentity> gpus = nvml.gpus(machine.path("dev"), machine.calls());
    ASSERT_EQ(gpus.size(), 2U);
    EXPECT_EQ(gpus[0].uuid, uuid);
    EXPECT_EQ(gpus[0].number, "c:195:3");
    EXPECT_EQ(gpus[0].minor, 3U);
    EXPECT_EQ(gpus[0].pci_bus_id, "00000000:18:00.0");
    EXPECT_EQ(gpus[0].name, "NVIDIA H200");
    EXPECT_EQ(gpus[1].uuid, "");
    EXPECT_THAT(gpus[1].error, HasSubstr("GPU is lost"));
}

TEST(Nvml, LeavesTheNumberEmptyWithoutANode) {
    FakeMachine machine;
    EXPECT_EQ(Nvml({ASSAY_FAKE_NVML}).gpus(machine.path("dev"), machine.calls()).at(0).number, "");
}

TEST(Nvml, AnswersForUuids) {
    const Nvml nvml({ASSAY_FAKE_NVML});
    EXPECT_EQ(nvml.ask_for_uuid(uuid), "found");
    EXPECT_EQ(nvml.ask_for_uuid("GPU-other"), "not_found");
    EXPECT_EQ(nvml.ask_for_uuid("GPU-lost"), "error: 15");
}

class GpuFacts : public testing::Test {
protected:
    FakeMachine machine_;
    Nvml nvml_{{ASSAY_FAKE_NVML}};
    Facts facts_ = gather_facts(nvml_, machine_.path("dev"), machine_.calls());
};

TEST_F(GpuFacts, AreNullWhereTheDriverDoesNotAnswer) {
    const Json& gpu = facts_.gpus.at(0);
    EXPECT_EQ(gpu.at("memory").at("total_bytes"), 150754820096ULL);
    EXPECT_EQ(gpu.at("memory").at("used_bytes"), 3);
    EXPECT_TRUE(gpu.at("numa_node").is_null());
    EXPECT_TRUE(gpu.at("serial").is_null());
    EXPECT_TRUE(gpu.at("ecc").at("enabled").is_null());
    EXPECT_TRUE(gpu.at("ecc").at("uncorrected_since_made").is_null());
    EXPECT_TRUE(gpu.at("power").at("usage_mw").is_null());
    EXPECT_TRUE(gpu.at("temperature").at("gpu_celsius").is_null());
    EXPECT_TRUE(gpu.at("fabric").is_null());
    EXPECT_TRUE(gpu.at("mig").is_null());
    EXPECT_TRUE(gpu.at("recovery_action").is_null());
    EXPECT_EQ(gpu.at("compute_processes"), 2);
}

TEST_F(GpuFacts, HaveEachLinkOnce) {
    const Json& links = facts_.gpus.at(0).at("nvlink");
    ASSERT_EQ(links.size(), 2U);
    EXPECT_EQ(links.at(0).at("active"), true);
    EXPECT_EQ(links.at(1).at("active"), false);
    EXPECT_TRUE(links.at(1).at("replays").is_null());
}

TEST_F(GpuFacts, MakeDocumentsOfTheSchema) {
    const std::string full = facts_full(facts_);
    EXPECT_EQ(schema_errors(full), "");
    const std::string summary = facts_summary(facts_, full, summary_limit_default);
    EXPECT_EQ(schema_errors(summary), "");
    const Json parsed = Json::parse(summary);
    EXPECT_EQ(parsed.at("gpus").at(0).at("remap_pending"), true);
    EXPECT_EQ(parsed.at("gpus").at(0).at("remap_failed"), false);
    EXPECT_THAT(parsed.at("gpus").at(1).at("error").get<std::string>(), HasSubstr("lost"));
    EXPECT_EQ(parsed.at("document_sha256"), sha256_hex(full));
}

TEST_F(GpuFacts, FitTheSummaryForManyGpus) {
    for (int more = 0; more < 64; ++more) {
        facts_.gpus.push_back(facts_.gpus.front());
    }
    const std::string summary = facts_summary(facts_, facts_full(facts_), 1024);
    EXPECT_LE(summary.size(), 1024U);
    const Json parsed = Json::parse(summary);
    EXPECT_EQ(parsed.at("complete"), false);
    EXPECT_EQ(parsed.at("counts").at("gpus"), 66);
}

TEST(Xids, SayWhatToDoByNvidiasCatalogue) {
    using compute::reason_of_xid;
    using compute::Verdict;
    for (const unsigned hardware : {46U, 48U, 54U, 74U, 79U, 94U, 95U, 119U, 144U, 156U, 160U}) {
        EXPECT_EQ(reason_of_xid(hardware)->verdict, Verdict::fail) << hardware;
    }
    for (const unsigned perhaps_a_program : {8U, 13U, 31U, 43U, 45U, 68U, 999U}) {
        EXPECT_EQ(reason_of_xid(perhaps_a_program)->verdict, Verdict::inconclusive);
    }
    EXPECT_THAT(reason_of_xid(119)->message, HasSubstr("reset it"));
    EXPECT_THAT(reason_of_xid(146)->message, HasSubstr("NVLink"));
    EXPECT_FALSE(reason_of_xid(63));
}

}  // namespace
}  // namespace assay::probe
