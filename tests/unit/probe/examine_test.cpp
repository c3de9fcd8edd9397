// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The parts of the verb examine: processes that do not end as they should, facts that speak
// against an accelerator, rates out of documents.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "probe/examine/facts_reasons.h"
#include "probe/examine/measures.h"
#include "probe/examine/part.h"

namespace assay::probe::examine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

Part run_script(const std::string& script, milliseconds limit = seconds(20)) {
    return run_part("/bin/sh", {"-c", script}, limit);
}

TEST(Part, TakesTheLastDocumentOfTheOutput) {
    const Part part =
        run_script(R"(echo words; echo '{"schema":"a"}'; echo '{"schema":"b"}'; echo)");
    EXPECT_EQ(part.document.at("schema"), "b");
    EXPECT_EQ(part.trouble, "");
}

TEST(Part, SaysHowAProcessWithoutADocumentEnded) {
    EXPECT_EQ(run_script("echo '[1]'; exit 3").trouble,
              "ended with exit code 3 and without a document");
    EXPECT_EQ(run_script("kill -SEGV $$").trouble, "was ended by signal 11");
    EXPECT_EQ(run_part("/nonexistent", {}, seconds(5)).trouble,
              "ended with exit code 127 and without a document");
}

TEST(Part, EndsWhatTakesTooLong) {
    const auto began = steady_clock::now();
    const Part part = run_script("echo '{\"schema\":\"a\"}'; exec sleep 60", seconds(1));
    EXPECT_TRUE(part.document.is_null()) << "a part that hung has not answered";
    EXPECT_EQ(part.trouble, "took longer than 1 s and was ended");
    EXPECT_LT(steady_clock::now() - began, seconds(20));
}

Json sound() {
    return Json::parse(
        R"({"recovery_action":"none","remapped_rows":{"pending":false,"failed":false},
        "ecc":{"uncorrected_since_driver_load":7},"pcie":{"width":16,"width_max":16}})");
}

std::vector<std::string> codes(const Json& before, const Json& after, const Json& gemm = {}) {
    std::vector<std::string> result;
    for (const compute::Reason& one : reasons_in_facts(before, after, gemm)) {
        EXPECT_EQ(one.verdict, compute::Verdict::fail);
        result.push_back(one.code);
    }
    return result;
}

Json changed(const char* pointer, const Json& value) {
    Json facts = sound();
    facts[Json::json_pointer(pointer)] = value;
    return facts;
}

TEST(FactsReasons, AreNoneOfASoundAcceleratorAndOfOneThatTellsNothing) {
    using Codes = std::vector<std::string>;
    EXPECT_EQ(codes(sound(), sound()), Codes{});
    EXPECT_EQ(codes({}, {}), Codes{});
    EXPECT_EQ(codes(sound(), changed("/pcie", nullptr)), Codes{});
    EXPECT_TRUE(tells_of_health(sound()));
    EXPECT_FALSE(tells_of_health(Json::parse(R"({"recovery_action":null,"ecc":{}})")));
}

TEST(FactsReasons, NameWhatSpeaksAgainstIt) {
    using Codes = std::vector<std::string>;
    EXPECT_EQ(codes(sound(), changed("/remapped_rows/failed", true)), Codes{"remap_failed"});
    EXPECT_EQ(codes(sound(), changed("/remapped_rows/pending", true)), Codes{"remap_pending"});
    EXPECT_EQ(codes(sound(), changed("/recovery_action", "gpu_reset")), Codes{"recovery_needed"});
    EXPECT_EQ(codes(sound(), changed("/ecc/uncorrected_since_driver_load", 8)),
              Codes{"uncorrected_errors"});
    EXPECT_EQ(codes(sound(), changed("/pcie/width", 8)), Codes{"narrow_link"});
}

TEST(FactsReasons, AreOfWhatChangedWhileItComputedAndNotOfItsLife) {
    using Codes = std::vector<std::string>;
    const auto facts = [](unsigned replays, const char* links) {
        Json result = sound();
        result["pcie"]["replays"] = replays;
        result["nvlink"] = Json::parse(links);
        return result;
    };
    const char* worn = R"([{"link":0,"active":true,"replays":9,"recoveries":7,"crc_errors":3},
                           {"link":1,"active":false,"replays":0,"recoveries":0,"crc_errors":0}])";
    EXPECT_EQ(codes(facts(500, worn), facts(580, worn)), Codes{});
    EXPECT_EQ(codes(facts(500, worn), facts(581, worn)), Codes{"pcie_replays"});
    const char* trained = R"([{"link":0,"active":true,"replays":9,"recoveries":8,"crc_errors":3}])";
    EXPECT_EQ(codes(facts(0, worn), facts(0, trained)), Codes{"nvlink_recoveries"});
    const char* down = R"([{"link":0,"active":false,"replays":9,"recoveries":7,"crc_errors":3}])";
    EXPECT_EQ(codes(facts(0, worn), facts(0, down)), Codes{"nvlink_down"});
    const char* silent =
        R"([{"link":0,"active":true,"replays":null,"recoveries":null,"crc_errors":null}])";
    EXPECT_EQ(codes(facts(0, worn), facts(0, silent)), Codes{});
    EXPECT_EQ(codes(facts(0, "null"), facts(0, worn)), Codes{});
}

TEST(FactsReasons, TellHeatFromThePowerCap) {
    const auto gemm = [](unsigned mask) { return Json{{"speed", {{{"throttle_reasons", mask}}}}}; };
    EXPECT_TRUE(codes(sound(), sound(), gemm(0x4)).empty()) << "a power cap is normal under load";
    for (const unsigned mask : {0x8U, 0x20U, 0x40U, 0x80U}) {
        EXPECT_EQ(codes(sound(), sound(), gemm(mask)), std::vector<std::string>{"slowed_down"});
    }
}

TEST(Measures, AreRatesOfEachSample) {
    const Json gemm = Json::parse(R"({"speed":[{"type":"int8","m":1,"n":1,"k":1,"samples_us":[1]},
        {"type":"bf16","m":1000,"n":1000,"k":500,"samples_us":[1000,2000]}]})");
    const Json hbm =
        Json::parse(R"({"streams":[{"kind":"copy","bytes_moved":2000000,"samples_us":[1000]}]})");
    const Json link = Json::parse(R"({"transfers":[
        {"way":"host_to_device","bytes_moved":1000,"samples_us":[1]},
        {"way":"peer","reachable":true,"bytes_moved":4000,"samples_us":[1]},
        {"way":"peer","reachable":true,"bytes_moved":3000,"samples_us":[1]},
        {"way":"peer","reachable":false,"bytes_moved":0,"samples_us":[]}]})");
    const std::vector<Measure> all = measures_of(gemm, hbm, link);
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0].name, "gemm_bf16");
    EXPECT_EQ(all[0].samples, (std::vector<double>{1, 0.5}));
    EXPECT_EQ(all[1].name, "hbm_copy");
    EXPECT_EQ(all[1].samples, std::vector<double>{2});
    EXPECT_EQ(all[2].samples, std::vector<double>{1});
    EXPECT_EQ(all[3].name, "slowest_peer");
    EXPECT_EQ(all[3].samples, std::vector<double>{3});
    EXPECT_TRUE(measures_of({}, {}, {}).empty());
}

TEST(Measures, KeepFiveOfManySamplesOverAllOfTheTime) {
    std::vector<double> many(20);
    for (std::size_t i = 0; i < many.size(); ++i) {
        many[i] = static_cast<double>(i);
    }
    EXPECT_EQ(some_of(many), (std::vector<double>{0, 4, 9, 14, 19}));
    EXPECT_EQ(some_of({1, 2}), (std::vector<double>{1, 2}));
}

}  // namespace
}  // namespace assay::probe::examine
