// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command_options.h"
#include "cli/program.h"
#include "cli/schema.h"
#include "engine/profile.h"

namespace assay::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

std::vector<std::string> offered(const std::vector<std::string>& words) {
    std::vector<std::string> result;
    for (const Candidate& one : candidates(words).words) {
        result.push_back(one.word);
    }
    return result;
}

TEST(Completion, OffersTheVerbsThatGoOnFromWhatIsThere) {
    EXPECT_EQ(offered({""}), verb_names());
    EXPECT_THAT(offered({"r"}), ElementsAre("run", "rbac"));
    EXPECT_THAT(offered({"images", "p"}), ElementsAre("push"));
    EXPECT_THAT(offered({"no-such-verb-begins-so"}), IsEmpty());
}

TEST(Completion, OffersTheOptionsOfTheVerbAlsoThoseOfItsGroups) {
    EXPECT_THAT(offered({"run", "--"}),
                IsSupersetOf({"--profile", "--select", "--sign-key", "--help"}));
    EXPECT_THAT(offered({"run", "--bud"}),
                ElementsAre("--budget-minutes", "--budget-accelerators"));
    EXPECT_THAT(offered({"verify", "--"}), Not(Contains("--select")));
}

TEST(Completion, OffersTheProfilesThatAreCarriedAndFiles) {
    EXPECT_EQ(offered({"run", "--profile", ""}), profile_names());
    EXPECT_THAT(offered({"run", "--profile", "k8s-ai-1.36"}), ElementsAre("k8s-ai-1.36"));
    EXPECT_THAT(offered({"run", "--profile=k8s-ai-1.36"}), ElementsAre("--profile=k8s-ai-1.36"));
    EXPECT_TRUE(candidates({"run", "--profile", ""}).or_files);
    EXPECT_FALSE(candidates({"run", "--pro"}).or_files);
}

TEST(Completion, GoesOnBehindTheCommaOfAList) {
    EXPECT_THAT(offered({"run", "--allow", "scale-nodes,ex"}),
                ElementsAre("scale-nodes,exclusive-pool"));
    EXPECT_THAT(offered({"run", "--select", "gang"}), ElementsAre("gang_scheduling"));
}

TEST(Completion, KnowsWhatIsToldByItsPlace) {
    EXPECT_THAT(offered({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
    EXPECT_EQ(offered({"schema", ""}).size(), schema_names().size());
    EXPECT_THAT(offered({"completion", "bash", ""}), IsEmpty());
    EXPECT_THAT(offered({"explain", "dra"}), ElementsAre("dra_support"));
    // The value of an option is not what stands in the place.
    EXPECT_THAT(offered({"verify", "--key", "key.pub", ""}), IsEmpty());
    EXPECT_TRUE(candidates({"verify", "--key", "key.pub", ""}).or_files);
}

TEST(Completion, IsPrintedAsKubectlReadsIt) {
    EXPECT_EQ(as_lines({.words = {{"run", "examine"}, {"x", ""}}, .or_files = false}),
              "run\texamine\nx\n:4\n");
    EXPECT_EQ(as_lines({.words = {}, .or_files = true}), ":0\n");
}

TEST(Schema, OfEachDocumentIsCarried) {
    EXPECT_THAT(schema_names(),
                IsSupersetOf({"report", "diff", "inventory", "plan", "triage", "probe"}));
    EXPECT_THAT(std::string(schema_named("report").value()), HasSubstr("draft-07"));
    EXPECT_NE(schema_named("probe"), schema_named("report"));
    EXPECT_FALSE(schema_named("").has_value());
}

class Program : public testing::Test {
protected:
    ~Program() override { called_as("assay"); }
};

TEST_F(Program, IsCalledAsItWasStarted) {
    called_as("/opt/kubectl-assay-of-mine/assay");
    EXPECT_EQ(program(), "assay");
    called_as("/usr/local/bin/kubectl-assay");
    EXPECT_EQ(program(), "kubectl assay");
}

TEST_F(Program, PutsTheCallersNameWhereACommandIsMeant) {
    const std::string text =
        "assay run; 'assay list' or kubectl assay run, not assay proves nor build/assay run nor "
        "my-assay run";
    EXPECT_EQ(in_callers_words(text), text);
    called_as("kubectl-assay");
    EXPECT_EQ(in_callers_words(text),
              "kubectl assay run; 'kubectl assay list' or kubectl assay run, not assay proves nor "
              "build/assay run nor my-assay run");
}

TEST_F(Program, TellsUnderTheCallersName) {
    called_as("kubectl-assay");
    testing::internal::CaptureStderr();
    tell("try: assay cleanup\x1b[2J");
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "kubectl assay: try: kubectl assay cleanup\n");
}

}  // namespace
}  // namespace assay::cli
