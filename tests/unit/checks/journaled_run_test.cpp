// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A whole run and its journal: nothing is created that was not written down before, and a run is
// taken up where it was killed.

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "engine/journal.h"
#include "engine/result_record.h"
#include "kube/request_facts.h"
#include "tests/unit/checks/played_cluster.h"
#include "tests/unit/checks/played_objects.h"
#include "tests/unit/kube/scratch_folder.h"

namespace assay {
namespace {

JournalHeader header() {
    JournalHeader result;
    result.run_id = "r2d2";
    result.started_at = "2026-01-02T03:04:05.678Z";
    result.settings = kube::Json::object();
    return result;
}

// "namespace/Kind/name" of everything a client asked the server to make.
std::multiset<std::string> asked_for(const std::vector<kube::Request>& requests) {
    std::multiset<std::string> result;
    for (const kube::Request& request : requests) {
        if (played::creates(request)) {
            const kube::Json object = *kube::parse(request.body);
            result.insert(kube::facts_of(request).namespace_name + "/" +
                          kube::text(object, {"kind"}) + "/" + kube::name_of(object));
        }
    }
    return result;
}

std::multiset<std::string> intended(const JournalContents& contents) {
    std::multiset<std::string> result;
    for (const JournalObject& one : contents.objects) {
        result.insert(one.namespace_name + "/" + one.resource.kind + "/" + one.name);
    }
    return result;
}

// A run on the cluster, and its journal.
RunResult journaled_run(PlayedCluster& cluster, const kube::ScratchFolder& folder) {
    const auto journal = Journal::start(folder.path(), header());
    cluster.journal = journal->get();
    RunResult result = cluster.run();
    cluster.journal = nullptr;
    return result;
}

// The run taken up from what the journal in the folder says.
RunResult resumed_run(PlayedCluster& cluster, const kube::ScratchFolder& folder) {
    auto contents = *read_journal(folder.path());
    const auto journal = Journal::resume(folder.path(), contents);
    cluster.journal = journal->get();
    cluster.resumed = &contents;
    RunResult result = cluster.run();
    cluster.journal = nullptr;
    cluster.resumed = nullptr;
    return result;
}

// As kill -9 leaves it before the check has settled, in the middle of a line.
void cut_before_settled(const kube::ScratchFolder& folder) {
    const std::string text = folder.read(journal_file);
    const std::size_t settled = text.find(R"("record":"check settled")");
    ASSERT_NE(settled, std::string::npos);
    std::ofstream(folder.path() / journal_file) << text.substr(0, settled);
}

const RequirementResult& checked(const RunResult& run) {
    return *std::ranges::find(run.requirements, "secure_accelerator_access",
                              &RequirementResult::id);
}

TEST(JournaledRun, WritesDownEveryCreateAndThatAllIsGone) {
    PlayedCluster cluster;
    const kube::ScratchFolder folder;
    ASSERT_EQ(journaled_run(cluster, folder).exit_code, 0);
    const auto contents = read_journal(folder.path());
    ASSERT_TRUE(contents) << contents.error();
    EXPECT_GT(contents->objects.size(), 3U);
    EXPECT_EQ(intended(*contents), asked_for(cluster.server().requests()));
    for (const JournalObject& one : contents->objects) {
        EXPECT_NE(one.uid, "") << one.name;
        EXPECT_EQ(one.requirement, "secure_accelerator_access");
        if (one.resource == kube::namespaces) {
            EXPECT_TRUE(one.gone);
        }
    }
}

TEST(JournaledRun, ResumedKeepsWhatHadSettledAndCreatesNothing) {
    PlayedCluster cluster;
    const kube::ScratchFolder folder;
    const RunResult first = journaled_run(cluster, folder);
    const auto before = asked_for(cluster.server().requests());
    const RunResult second = resumed_run(cluster, folder);
    EXPECT_EQ(asked_for(cluster.server().requests()), before);
    ASSERT_EQ(second.requirements.size(), first.requirements.size());
    EXPECT_EQ(record_of(checked(second)), record_of(checked(first)));
    EXPECT_EQ(second.exit_code, 0);
    EXPECT_EQ(second.simulated, first.simulated);
    EXPECT_EQ(second.started_at, header().started_at);
    EXPECT_EQ(second.resumed_at.size(), 1U);
    EXPECT_TRUE(first.resumed_at.empty());
}

TEST(JournaledRun, ResumedSweepsWhatHadNotSettledAndAsksItAnew) {
    PlayedCluster cluster;
    const kube::ScratchFolder folder;
    cluster.keep = true;  // what a killed run leaves
    const RunResult first = journaled_run(cluster, folder);
    cluster.keep = false;
    cut_before_settled(folder);
    const std::string space = check_namespace("r2d2", "secure_accelerator_access");
    const auto left = cluster.server().stored(kube::namespaces, "", space);
    ASSERT_TRUE(left);
    const RunResult second = resumed_run(cluster, folder);
    EXPECT_EQ(second.exit_code, 0) << checked(second).reason;
    EXPECT_EQ(checked(second).assertions.size(), checked(first).assertions.size());
    EXPECT_EQ(checked(second).outcome, Outcome::passed);
    EXPECT_FALSE(cluster.server().stored(kube::namespaces, "", space));
    const auto contents = read_journal(folder.path());
    ASSERT_TRUE(contents) << contents.error();
    EXPECT_TRUE(contents->settled.contains("secure_accelerator_access"));
}

}  // namespace
}  // namespace assay
