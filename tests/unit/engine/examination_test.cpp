// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/examination.h"

#include <gtest/gtest.h>

#include "kube/json.h"

namespace assay {
namespace {

using kube::Json;

Json good() {
    return Json::parse(
        R"({"schema":"assay.probe/v1","verb":"examine","form":"summary","verdict":"failed",
        "backend":"cuda","simulated":false,"injected":"nan","driver_version":"580.95",
        "finished_at":"2026-11-21T05:00:00.123Z","counts":{"accelerators":1,"gpus":1,"reasons":1},
        "measures":[{"name":"hbm_copy","unit":"gb_per_s"}],
        "accelerators":[{"index":0,"uuid":"GPU-1","name":"X","gemm":"failed","hbm":"passed",
                         "link":"inconclusive","others":2,"samples":[[1,2.5]]}],
        "reasons":[{"accelerator":0,"part":"gemm","verdict":"failed","code":"not_whole","message":"m"}]})");
}

TEST(Examination, IsParsed) {
    const auto seen = parse_examination(good().dump());
    ASSERT_TRUE(seen) << seen.error();
    EXPECT_TRUE(seen->complete);
    EXPECT_EQ(seen->gpus, 1);
    EXPECT_EQ(seen->injected, "nan");
    const ExaminedAccelerator& one = seen->accelerators.at(0);
    EXPECT_EQ(one.gemm, PartVerdict::failed);
    EXPECT_EQ(one.hbm, PartVerdict::passed);
    EXPECT_EQ(one.link, PartVerdict::inconclusive);
    EXPECT_EQ(one.facts, PartVerdict::absent);
    EXPECT_EQ(one.others, 2);
    EXPECT_EQ(one.samples.at(0), (std::vector<double>{1, 2.5}));
    EXPECT_EQ(one.describe(), "accelerator 0 (GPU-1)");
    EXPECT_EQ(seen->reasons.at(0).code, "not_whole");
}

TEST(Examination, OfWhichListsWereCutIsNotComplete) {
    Json document = good();
    document["counts"]["reasons"] = 2;
    EXPECT_FALSE(parse_examination(document.dump())->complete);
    document = good();
    document["accelerators"] = Json::array();
    EXPECT_FALSE(parse_examination(document.dump())->complete);
}

TEST(Examination, RefusesWhatNoProbeSays) {
    EXPECT_FALSE(parse_examination("{"));
    EXPECT_FALSE(parse_examination(R"({"schema":"assay.probe/v1","verb":"gemm"})"));
    for (const auto& [pointer, value] : {std::pair{"/accelerators/0/index", Json(1)},
                                         {"/accelerators/0/samples", Json::array()},
                                         {"/schema", Json("other")}}) {
        Json document = good();
        document[Json::json_pointer(pointer)] = value;
        EXPECT_FALSE(parse_examination(document.dump())) << pointer;
    }
    Json many = good();
    for (int i = 1; i < 300; ++i) {
        many["accelerators"].push_back(many["accelerators"][0]);
    }
    EXPECT_FALSE(parse_examination(many.dump()));
}

TEST(Examination, AVerdictThatIsNoneIsAbsentAndNeverAPass) {
    Json document = good();
    document["accelerators"][0]["hbm"] = "PASSED";
    EXPECT_EQ(parse_examination(document.dump())->accelerators.at(0).hbm, PartVerdict::absent);
}

}  // namespace
}  // namespace assay
