// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/result_in_public.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "reports/folder.h"
#include "reports/redacted_run.h"
#include "reports/report.h"
#include "sample_runs.h"

namespace assay::reports {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A run on a cluster of which one name is this word.
RunResult run_of(const std::string& word) {
    RunResult run = leaking_run();
    run.redacted = true;
    run.cluster.context = word;
    run.command.push_back("--context=" + word);
    run.requirements[0].assertions[1].findings[1].actual = "told by " + word + "\n" + word + ".";
    return run;
}

class ResultInPublic : public testing::TestWithParam<const char*> {
protected:
    ResultInPublic() {
        std::string name = (fs::temp_directory_path() / "assay-public-XXXXXX").string();
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    ~ResultInPublic() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }

    Contents written(const RunResult& run, const char* name) {
        const auto done = write_report(run, folder_ / name);
        EXPECT_TRUE(done) << (done ? "" : done.error());
        auto contents = read_folder(folder_ / name);
        EXPECT_TRUE(contents) << (contents ? "" : contents.error());
        return contents.value_or(Contents{});
    }

    fs::path folder_;
};

// What a report says beside what the cluster said: members, ids and words of closed sets.
json without_free_text(json report) {
    report["cluster"].erase("context");
    report["run"]["command"].erase(0);  // the program, by whatever path
    report["probe"].erase("image");
    for (json& finding : report["requirements"][0]["assertions"][1]["findings"]) {
        finding.erase("actual");
    }
    return report;
}

// Element by element, each with the names of its attributes and what they say that is no text.
std::string shape_of(const std::string& markup) {
    pugi::xml_document document;
    EXPECT_TRUE(document.load_string(markup.c_str(), pugi::parse_default)) << markup;
    std::string shape;
    for (const pugi::xpath_node& found : document.select_nodes("//*|//@*")) {
        const std::string name = found.attribute() ? found.attribute().name() : found.node().name();
        shape += name +
                 (name == "class" || name == "href" || name == "name"
                      ? std::string("=") + found.attribute().value()
                      : std::string()) +
                 "\n";
    }
    return shape;
}

TEST_P(ResultInPublic, IsTheSameReportWhateverTheContextIsCalled) {
    const std::string word = GetParam();
    const Contents told = written(run_of(word), "told");
    const Contents plain = written(run_of("zzz"), "plain");
    const json report = json::parse(told.at("report.json"));
    const json other = json::parse(plain.at("report.json"));
    EXPECT_EQ(without_free_text(report), without_free_text(other));
    EXPECT_EQ(report["cluster"]["context"], "name-001");
    EXPECT_EQ(report["requirements"][0]["assertions"][1]["findings"][1]["actual"],
              "told by name-001\nname-001.");
    EXPECT_EQ(told.at("inventory.json"), plain.at("inventory.json"));
    EXPECT_EQ(shape_of(told.at("report.html")), shape_of(plain.at("report.html")));
    EXPECT_EQ(shape_of(told.at("junit.xml")), shape_of(plain.at("junit.xml")));
}

INSTANTIATE_TEST_SUITE_P(Words, ResultInPublic,
                         testing::Values("server", "profile", "nodes", "context", "passed",
                                         "failed", "must", "public", "assay", "access", "artifacts",
                                         "div", "class", "testcase", "true"));

using ResultOfNodes = ResultInPublic;

TEST_F(ResultOfNodes, KeepsMembersOfSchemasAndNotThoseThatAreNodes) {
    RunResult run = leaking_run();
    run.redacted = true;
    run.cluster.server = "https://ready:6443";
    run.inventory.nodes[0].name = "kubelet";
    run.inventory.accelerators[0].devices_by_node = {{"kubelet", 4}};
    run.inventory.accelerators[0].devices[0].node = "kubelet";
    const Contents told = written(run, "told");
    const json inventory = json::parse(told.at("inventory.json"));
    EXPECT_EQ(inventory["nodes"][0]["ready"], true);
    EXPECT_EQ(inventory["nodes"][0]["kubelet"], "v1.37.0");
    const std::string name = inventory["nodes"][0]["name"];
    EXPECT_EQ(name.substr(0, 5), "node-");
    EXPECT_EQ(inventory["accelerators"][0]["devicesByNode"], (json{{name, 4}}));
    EXPECT_EQ(inventory["accelerators"][0]["devices"][0]["node"], name);
    EXPECT_EQ(json::parse(told.at("report.json"))["cluster"]["server"], "https://host-001:6443");
}

TEST_F(ResultOfNodes, NamesItsEvidenceAsTheReportDoesAndGivesItsDigest) {
    RunResult run = leaking_run();
    run.redacted = true;
    run.inventory.nodes[1].name = "rack-1";
    const std::string folder = "artifacts/secure_accelerator_access/owner_reaches_its_own/";
    EvidenceFile& file = run.requirements[0].evidence[0];
    file = {folder + "01-rack-1.json", "application/json",
            R"({"status": 0, "phase": "Ready", "rack-1": 4, "lines": "a\nrack-1\tb", "x": [1]})"};
    run.requirements[0].assertions[0].findings[0].evidence = {file.path};
    run.cluster.context = "status";
    run.cluster.server = "https://0:6443";
    const Contents told = written(run, "told");
    const json report = json::parse(told.at("report.json"));
    const std::string path = report["requirements"][0]["evidence"][0]["path"];
    EXPECT_TRUE(path.starts_with(folder + "01-node-")) << path;
    EXPECT_EQ(report["requirements"][0]["assertions"][0]["findings"][0]["evidence"][0], path);
    ASSERT_TRUE(told.contains(path));
    EXPECT_EQ(report["requirements"][0]["evidence"][0]["size_bytes"], told.at(path).size());
    const std::string node = path.substr(folder.size() + 3, 8);
    EXPECT_EQ(told.at(path),
              fmt::format(R"({{"status": 0, "phase": "Ready", "{0}": 4, "lines": "a\n{0}\tb", )"
                          R"("x": [1]}})",
                          node));
    const json statement = json::parse(told.at("statement.intoto.json"));
    EXPECT_EQ(statement["subject"][1]["name"], path);
}

// The name of a node in every text of a run that the cluster, or who ran it, may have said.
void say_everywhere(RunResult& run, const std::string& name) {
    run.command = {name, "--pool=" + name, name};
    run.probe_image = name + "/probe:1";
    run.warnings = {name};
    run.settling = Settling{.waiting_for = {name}};
    run.leftovers = {{.kind = "Namespace", .name = name, .why = name}};
    run.cluster = {.context = name,
                   .server = name,
                   .version = name,
                   .platform = name,
                   .cluster_uid = name,
                   .accelerators = {{.accelerator = name,
                                     .vendor = name,
                                     .adapter = name,
                                     .allocation = "dra",
                                     .driver = name,
                                     .driver_version = name,
                                     .model = name,
                                     .nodes = {name}}}};
    run.inventory.nodes = {{.name = name,
                            .architecture = name,
                            .operating_system = name,
                            .kernel = name,
                            .kubelet = name,
                            .container_runtime = name,
                            .taints = {{.key = name, .value = name, .effect = "NoSchedule"}},
                            .extended = {{name, 1}}}};
    run.inventory.accelerators = {{.accelerator = name,
                                   .vendor = name,
                                   .adapter = name,
                                   .allocation = "dra",
                                   .driver = name,
                                   .device_class = name,
                                   .devices_by_node = {{name, 1}},
                                   .devices = {{name, name, name, name, name, name, name}}}};
    run.inventory.device_classes = {name};
    run.inventory.runtime_classes = {{name, name}};
    run.inventory.api_groups = {{.name = name, .versions = {"v1"}}};
    RequirementResult& requirement = run.requirements[0];
    requirement.reason = name;
    requirement.accelerators.measures = {{"hbm_copy", "gb_per_s"}};
    requirement.accelerators.rows = {{.node = name, .uuid = name, .model = name, .words = name}};
    const std::string path = "artifacts/" + requirement.id + "/a/01-" + name + ".json";
    requirement.evidence = {{path, "application/json", "{\"" + name + "\": \"" + name + "\"}"}};
    for (AssertionResult& assertion : requirement.assertions) {
        assertion.next_step = name;
        assertion.reason = name;
        assertion.findings = {{.target = name,
                               .expected = name,
                               .actual = name,
                               .reason = name,
                               .node = name,
                               .evidence = {path}}};
    }
}

TEST_F(ResultOfNodes, NothingIsLeftOfANameWhereverItWasSaid) {
    RunResult run = leaking_run();
    say_everywhere(run, "rack-7");
    for (const bool redacted : {false, true}) {
        run.redacted = redacted;
        int left = 0;
        for (const auto& [path, content] : written(run, redacted ? "told" : "plain")) {
            const bool is_there = (path + content).find("rack-7") != std::string::npos;
            EXPECT_FALSE(redacted && is_there) << path << ": " << content;
            left += is_there ? 1 : 0;
        }
        EXPECT_EQ(left, redacted ? 0 : 7) << "report.json and .html, junit.xml, inventory.json, "
                                             "the artifact, what lists it: all name it";
    }
}

std::expected<Redaction, std::string> redaction_of_folder(const Contents& folder,
                                                          const std::string& context) {
    MergedRun merged;
    merged.runs.emplace_back();
    merged.runs.back().context = context;
    return redaction_of(merged, {folder});
}

TEST_F(ResultOfNodes, WhatIsWrittenAlreadyIsRefusedWhereANameIsAWordOfIt) {
    RunResult run = leaking_run();
    const Contents folder = written(run, "plain");
    for (const char* word : {"server", "Passed", "access", "artifacts", "assay", "div", "testcase",
                             "verdict", "must"}) {
        const auto refused = redaction_of_folder(folder, word);
        ASSERT_FALSE(refused) << word;
        EXPECT_NE(refused.error().find("--redact public"), std::string::npos) << refused.error();
    }
    for (const char* word : {"admin@gpu-cloud-7", "true", "sentence-of-words"}) {
        auto made = redaction_of_folder(folder, word);
        ASSERT_TRUE(made) << made.error();
        const Contents told = redacted(folder, *made);
        EXPECT_EQ(json::parse(told.at("report.json"))["requirements"][0]["outcome"], "failed");
    }
}

}  // namespace
}  // namespace assay::reports
