// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What secure_accelerator_access asks of an accelerator's memory.

#include <gmock/gmock.h>

#include <string>

#include "checks/catalog.h"
#include "tests/unit/checks/played_cluster.h"

namespace assay {
namespace {

using testing::HasSubstr;

constexpr const char* cleared = "memory_is_cleared";
constexpr const char* handle = "ipc_handle_reaches_none";

class MemoryOfAccelerators : public testing::Test {
protected:
    void expect_unclear(const char* assertion, const std::string& why) {
        const RunResult run = cluster_.run();
        EXPECT_EQ(outcome_of(run, assertion), Outcome::inconclusive);
        EXPECT_THAT(findings_of(run, assertion), HasSubstr(why));
        EXPECT_EQ(failed_in(run), std::vector<std::string>{});
        EXPECT_EQ(run.exit_code, 0);  // beyond the requirement
    }

    PlayedCluster cluster_;
};

TEST_F(MemoryOfAccelerators, FailsWhereTheNextOwnerFindsWhatTheLastOneLeft) {
    for (const bool by_plugin : {false, true}) {
        PlayedCluster cluster;
        cluster.by_plugin = by_plugin;
        cluster.keeps_memory = true;
        const RunResult run = cluster.run();
        EXPECT_EQ(failed_in(run), std::vector<std::string>{cleared}) << by_plugin;
        EXPECT_THAT(findings_of(run, cleared), HasSubstr("pod successor"));
    }
}

TEST_F(MemoryOfAccelerators, FailsWhereAnotherOwnerOpensTheHandle) {
    cluster_.opens_any_handle = true;
    const RunResult run = cluster_.run();
    EXPECT_EQ(failed_in(run), std::vector<std::string>{handle});
    EXPECT_THAT(findings_of(run, handle), HasSubstr("pod neighbour"));
}

TEST_F(MemoryOfAccelerators, AHandleThatNobodyCanOpenProvesNothing) {
    cluster_.makes_handles = false;
    expect_unclear(handle, "a second process of the owner itself cannot open its handle");
}

TEST_F(MemoryOfAccelerators, IsUnclearWhereLittleOfItCouldBeSearched) {
    cluster_.searchable_percent = 89;
    expect_unclear(cleared, "most of the accelerator's memory was not to be had");
}

TEST_F(MemoryOfAccelerators, WhatIsFoundCountsHoweverLittleWasSearched) {
    cluster_.searchable_percent = 50;
    cluster_.keeps_memory = true;
    EXPECT_EQ(failed_in(cluster_.run()), std::vector<std::string>{cleared});
}

TEST_F(MemoryOfAccelerators, IsUnclearWithoutTheDriversLibrary) {
    cluster_.has_cuda = false;
    expect_unclear(cleared, "there is no libcuda.so.1");
    expect_unclear(handle, "there is no libcuda.so.1");
}

TEST_F(MemoryOfAccelerators, IsUnclearOfAnotherAcceleratorThanTheOwners) {
    cluster_.speech = [](const PlayedContainer& container, const std::string& document) {
        if (container.role != "successor") {
            return document;
        }
        kube::Json changed = kube::Json::parse(document);
        changed["searched_memory"]["uuid"] = "GPU-another";
        return changed.dump();
    };
    expect_unclear(cleared, "it was given accelerator GPU-another");
}

TEST_F(MemoryOfAccelerators, IsLeftAloneWhereNothingIsToBeForged) {
    const RunResult run = cluster_.run({"secure_accelerator_access"}, false);
    for (const char* assertion : {cleared, handle}) {
        EXPECT_EQ(outcome_of(run, assertion), Outcome::inconclusive);
        EXPECT_THAT(findings_of(run, assertion), HasSubstr("left out by --no-intrusive"));
    }
}

}  // namespace
}  // namespace assay
