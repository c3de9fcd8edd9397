// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/journal.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "engine/creator.h"
#include "engine/journal_format.h"
#include "engine/result_record.h"
#include "engine/sweep.h"
#include "tests/api/fake_api_server.h"
#include "tests/unit/kube/scratch_folder.h"

namespace assay {
namespace {

using kube::Json;

JournalHeader header() {
    return {.run_id = "r2d2",
            .started_at = "2026-01-02T03:04:05.678Z",
            .tool_version = "0.1.0",
            .tool_commit = "abc",
            .profile_id = "p",
            .profile_sha256 = "00",
            .cluster_uid = "u",
            .context = "c",
            .server = "https://s",
            .command = {"assay", "run"},
            .settings = {{"profile", "p"}}};
}

JournalObject pod(const std::string& name) {
    return {.resource = kube::pods, .requirement = "a", .namespace_name = "n", .name = name};
}

RequirementResult result() {
    RequirementResult one;
    one.id = "a";
    one.category = "security";
    one.title = "title";
    one.level = Level::should;
    one.kar = "KAR-1";
    one.outcome = Outcome::failed;
    one.beyond_outcome = Outcome::not_applicable;
    one.counted = false;
    one.reason = "why";
    one.started_at = "2026-01-02T03:04:05.678Z";
    one.duration_ms = 12;
    one.cleanup_duration_ms = 34;
    one.evidence = {{"artifacts/a/b/01.json", "application/json", "{\"x\": \"\n\"}"}};
    one.assertions = {{.id = "b",
                       .kind = Kind::negative,
                       .basis = Basis::beyond,
                       .sentence = "s",
                       .next_step = "n",
                       .outcome = Outcome::passed,
                       .reason = "r",
                       .findings = {{.outcome = Outcome::inconclusive,
                                     .target = "t",
                                     .expected = "e",
                                     .actual = "a",
                                     .reason = "f",
                                     .node = "o",
                                     .simulated = true,
                                     .at_ms = 56,
                                     .evidence = {"artifacts/a/b/01.json"}}},
                       .duration_ms = 78}};
    return one;
}

std::string journal_text(const kube::ScratchFolder& folder) {
    return folder.read(journal_file);
}

kube::Limit soon() {
    return kube::Limit::of(std::chrono::seconds(5));
}

TEST(Journal, SaysWhatWasWritten) {
    const kube::ScratchFolder folder;
    {
        const auto journal = Journal::start(folder.path(), header());
        ASSERT_TRUE(journal) << journal.error();
        (*journal)->check_started("a");
        for (const char* name : {"made", "refused", "deleted", "unknown"}) {
            ASSERT_TRUE((*journal)->intent(pod(name)));
        }
        (*journal)->created(pod("made"), "uid-1");
        (*journal)->refused(pod("refused"), "quota");
        (*journal)->created(pod("deleted"), "uid-2");
        (*journal)->deleted(pod("deleted"));
        (*journal)->check_settled(result(), {{"Pod", "made", "held"}});
        EXPECT_TRUE(journal_in_use(folder.path()));
    }
    EXPECT_FALSE(journal_in_use(folder.path()));
    const auto contents = read_journal(folder.path());
    ASSERT_TRUE(contents) << contents.error();
    EXPECT_EQ(contents->header.run_id, "r2d2");
    EXPECT_EQ(contents->header.settings, header().settings);
    EXPECT_EQ(contents->started, std::vector<std::string>{"a"});
    ASSERT_EQ(contents->objects.size(), 4U);
    EXPECT_EQ(contents->objects[0].uid, "uid-1");
    EXPECT_EQ(contents->objects[0].resource, kube::pods);
    EXPECT_FALSE(contents->objects[0].gone);
    EXPECT_TRUE(contents->objects[1].gone);
    EXPECT_TRUE(contents->objects[2].gone);
    EXPECT_EQ(contents->objects[3].uid, "");
    ASSERT_TRUE(contents->settled.contains("a"));
    EXPECT_EQ(contents->settled.at("a").leftovers.at(0).why, "held");
    EXPECT_FALSE(contents->finished);
}

TEST(Journal, KeepsEveryFieldOfASettledCheck) {
    const Json record = record_of(result());
    const auto back = result_from(record);
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ(record_of(*back), record);
    EXPECT_EQ(back->assertions.at(0).findings.at(0).at_ms, 56);
    EXPECT_EQ(back->evidence.at(0).content, "{\"x\": \"\n\"}");
}

RequirementResult result_of_many() {
    RequirementResult many = result();
    many.assertions.resize(2, many.assertions.front());
    for (AssertionResult& assertion : many.assertions) {
        assertion.findings.resize(1001, assertion.findings.front());
        assertion.findings.back().target = "the last";
    }
    many.accelerators.measures = {{"hbm_copy", "gb_per_s"}};
    for (int i = 0; i < 1001; ++i) {
        many.accelerators.rows.push_back({.node = "n",
                                          .index = i,
                                          .uuid = "GPU-1",
                                          .model = "m",
                                          .outcome = Outcome::passed,
                                          .words = "w",
                                          .simulated = true,
                                          .samples = {{1, 2.5}}});
    }
    return many;
}

// A record is a tree of JSON, many times the size of its line.
TEST(Journal, WritesAResultOfThousandsOfNodesInSmallRecords) {
    const kube::ScratchFolder folder;
    {
        const auto journal = Journal::start(folder.path(), header());
        ASSERT_TRUE(journal);
        (*journal)->check_settled(result_of_many(), {});
    }
    std::istringstream lines(journal_text(folder));
    std::size_t longest = 0;
    for (std::string line; std::getline(lines, line);) {
        longest = std::max(longest, line.size());
    }
    EXPECT_LT(longest, 64U * 1024);
    const auto contents = read_journal(folder.path());
    ASSERT_TRUE(contents) << contents.error();
    EXPECT_EQ(record_of(contents->settled.at("a").result), record_of(result_of_many()));
}

TEST(Journal, ForgetsThePartsOfAResultThatNeverSettled) {
    std::string text = header_record(header()).dump() + "\n";
    const auto write = [&](const Json& record) {
        const bool last = record.at("record") == "check settled";
        text += last ? "" : record.dump() + "\n";
    };
    each_settled_record(result_of_many(), {}, write);  // killed before the last
    const auto none = parse_journal(text);
    ASSERT_TRUE(none) << none.error();
    EXPECT_TRUE(none->settled.empty());
    each_settled_record(result(), {}, [&](const Json& record) { text += record.dump() + "\n"; });
    const auto contents = parse_journal(text);
    ASSERT_TRUE(contents) << contents.error();
    EXPECT_EQ(record_of(contents->settled.at("a").result), record_of(result()));
}

TEST(Journal, ReadsEveryTornLastLineAsIfItWereNotThere) {
    const kube::ScratchFolder folder;
    {
        const auto journal = Journal::start(folder.path(), header());
        ASSERT_TRUE(journal && (*journal)->intent(pod("x")));
        (*journal)->check_settled(result(), {});
    }
    const std::string text = journal_text(folder);
    const std::size_t header_end = text.find('\n') + 1;
    for (std::size_t cut = header_end; cut < text.size(); ++cut) {
        const auto contents = parse_journal(std::string_view(text).substr(0, cut));
        ASSERT_TRUE(contents) << cut << contents.error();
        EXPECT_TRUE(contents->settled.empty());
        EXPECT_LE(contents->whole_bytes, cut);
    }
    EXPECT_FALSE(parse_journal(text.substr(0, header_end - 1)));
}

TEST(Journal, RefusesWhatNoRunWrites) {
    const std::string head = header_record(header()).dump() + "\n";
    ASSERT_TRUE(parse_journal(head));
    const std::string created_without_intent =
        R"({"record":"created","requirement":"a","apiVersion":"v1","kind":"Pod",)"
        R"("resource":"pods","namespaced":true,"namespace":"n","name":"x","uid":"u"})";
    for (const std::string& line : std::vector<std::string>{
             "{", "[]", "{}", "null", R"({"record":"other"})", R"({"record":7})",
             R"({"record":"check settled","result":{}})", R"({"record":"check started"})",
             R"({"record":"check settled","requirement":"a","leftovers":[]})",
             R"({"record":"result part","requirement":"a","part":{}})", created_without_intent}) {
        const auto contents = parse_journal(head + line + "\n");
        ASSERT_FALSE(contents) << line;
        EXPECT_TRUE(contents.error().starts_with("line 2: ")) << contents.error();
    }
    EXPECT_FALSE(parse_journal("{\"record\":\"header\",\"schema\":\"assay.journal/v9\"}\n"));
    EXPECT_FALSE(parse_journal(std::string(1000, '[') + "\n"));
}

TEST(Journal, GoesOnAfterATornLineAndOnlyIfNobodyElseDoes) {
    const kube::ScratchFolder folder;
    {
        const auto journal = Journal::start(folder.path(), header());
        ASSERT_TRUE(journal && (*journal)->intent(pod("x")));
    }
    std::ofstream(folder.path() / journal_file, std::ios::app) << "{\"record\":\"cre";
    auto contents = read_journal(folder.path());
    ASSERT_TRUE(contents);
    const auto journal = Journal::resume(folder.path(), *contents);
    ASSERT_TRUE(journal) << journal.error();
    EXPECT_EQ(contents->resumed_at.size(), 1U);
    const auto second = Journal::resume(folder.path(), *contents);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().find("still going"), std::string::npos);
    (*journal)->created(pod("x"), "uid-9");
    EXPECT_EQ(read_journal(folder.path())->objects.at(0).uid, "uid-9");
    EXPECT_FALSE(Journal::start(folder.path(), header()));
}

TEST(Creator, WritesTheIntentBeforeTheRequestAndWhatCameOfIt) {
    const kube::ScratchFolder folder;
    const auto journal = Journal::start(folder.path(), header());
    ASSERT_TRUE(journal);
    kube::FakeApiServer server;
    server.update(kube::namespaces, {{"metadata", {{"name", "n"}}}});
    std::string at_request;
    server.on_request([&](const kube::Request&) {
        at_request = journal_text(folder);
        return std::nullopt;
    });
    const kube::Client client(server);
    Creator creator({.client = &client,
                     .journal = journal->get(),
                     .requirement = "a",
                     .lifetime = std::chrono::seconds(77)});
    const Json object{{"metadata", {{"name", "x"}, {"namespace", "n"}}}};
    const auto created = creator.create(kube::pods, "n", object, soon());
    ASSERT_TRUE(created) << created.error().message;
    EXPECT_NE(at_request.find("\"intent\""), std::string::npos);
    EXPECT_EQ(at_request.find("\"created\""), std::string::npos);
    EXPECT_EQ(kube::text(*created, {"metadata", "annotations", lifetime_annotation}), "77");
    EXPECT_FALSE(creator.create(kube::pods, "n", object, soon()));  // it is there already
    const auto contents = read_journal(folder.path());
    ASSERT_EQ(contents->objects.size(), 2U);
    EXPECT_EQ(contents->objects[0].uid, kube::uid_of(*created));
    EXPECT_TRUE(contents->objects[1].gone);
    EXPECT_EQ(creator.kinds(), std::vector{kube::pods});
}

// The disk is as full as it will be while this lives.
class FullDisk {
public:
    FullDisk() : before_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &limit_);
        const rlimit none{1, limit_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &none);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &limit_);
        static_cast<void>(std::signal(SIGXFSZ, before_));
    }

private:
    rlimit limit_{};
    void (*before_)(int);
};

TEST(Creator, CreatesNothingThatItCannotWriteDown) {
    EXPECT_FALSE(Journal::start("/dev/null", header()));
    const kube::ScratchFolder folder;
    const auto journal = Journal::start(folder.path(), header());
    ASSERT_TRUE(journal);
    kube::FakeApiServer server;
    const kube::Client client(server);
    Creator creator({.client = &client, .journal = journal->get(), .requirement = "a"});
    const Json object{{"metadata", {{"name", "x"}, {"namespace", "n"}}}};
    {
        const FullDisk full;
        const auto created = creator.create(kube::pods, "n", object, soon());
        ASSERT_FALSE(created);
        EXPECT_NE(created.error().message.find("cannot be written"), std::string::npos);
    }
    EXPECT_FALSE(creator.create(kube::pods, "n", object, soon()));  // a torn line stays the last
    EXPECT_TRUE(server.requests().empty());
}

Json labelled(const std::string& name, const std::string& run) {
    return {{"metadata",
             {{"name", name},
              {"namespace", "n"},
              {"labels",
               {{"app.kubernetes.io/managed-by", "assay"}, {"app.kubernetes.io/instance", run}}}}}};
}

TEST(Sweep, FindsOfTheJournalOnlyWhatIsTheRuns) {
    kube::FakeApiServer server;
    for (const auto& [name, run] :
         std::map<std::string, std::string>{{"mine", "r2d2"}, {"theirs", "c3po"}, {"known", ""}}) {
        server.update(kube::pods, labelled(name, run));
    }
    JournalObject known = pod("known");
    known.uid = kube::uid_of(server.stored(kube::pods, "n", "known").value());
    JournalObject replaced = pod("theirs");
    replaced.uid = "of an earlier pod";
    const auto there =
        still_there(kube::Client(server),
                    {pod("mine"), pod("theirs"), pod("nowhere"), known, replaced}, "r2d2", soon());
    ASSERT_TRUE(there);
    std::set<std::string> names;
    for (const SweptObject& one : *there) {
        names.insert(one.name);
    }
    EXPECT_EQ(names, (std::set<std::string>{"mine", "known"}));
    EXPECT_TRUE(remove_all(kube::Client(server), *there, {}, soon()).empty());
    EXPECT_FALSE(server.stored(kube::pods, "n", "mine"));
    EXPECT_TRUE(server.stored(kube::pods, "n", "theirs"));
}

SweptObject made_at(const std::string& when, std::optional<std::int64_t> lifetime) {
    return {.resource = kube::pods,
            .name = "x",
            .uid = "u",
            .run_id = "r",
            .created_at = when,
            .lifetime_s = lifetime};
}

TEST(Sweep, ARunIsStaleOnceNoneOfItCanBeNeeded) {
    constexpr std::int64_t at = 1'767'323'045;  // 2026-01-02T03:04:05Z
    const std::string when = "2026-01-02T03:04:05Z";
    const RunTrace run{"r", {made_at(when, 100), made_at(when, 200)}};
    EXPECT_FALSE(is_stale(run, at + 200));
    EXPECT_TRUE(is_stale(run, at + 201));
    EXPECT_FALSE(is_stale({"r", {made_at(when, 100), made_at(when, {})}}, at + 9999));
    EXPECT_FALSE(is_stale({"r", {made_at("yesterday", 100)}}, at + 9999));
    EXPECT_FALSE(is_stale({"r", {made_at(when, 100)}}, at - 500));
}

}  // namespace
}  // namespace assay
