// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/html.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <pugixml.hpp>
#include <set>
#include <string>

#include "reports/diff_output.h"
#include "reports/html_style.h"
#include "sample_diffs.h"
#include "sample_runs.h"

namespace assay::reports {
namespace {

// The page read again, which is XML but for its first line.
class Page {
public:
    explicit Page(const RunResult& run) : Page(report_html(run)) {}
    explicit Page(const Diff& diff) : Page(diff_html(diff)) {}
    explicit Page(std::string text) : text_(std::move(text)) {
        const auto read = document_.load_buffer(text_.data(), text_.size(),
                                                pugi::parse_default | pugi::parse_doctype);
        EXPECT_TRUE(read) << read.description();
    }

    const std::string& text() const { return text_; }
    std::size_t count(const char* path) const { return document_.select_nodes(path).size(); }
    std::string first(const char* path) const {
        return document_.select_node(path).node().child_value();
    }
    pugi::xpath_node_set all(const char* path) const { return document_.select_nodes(path); }

private:
    std::string text_;
    pugi::xml_document document_;
};

constexpr std::array known{"a",    "body",  "code",    "dd",    "details", "div",    "dl",
                           "dt",   "h1",    "h2",      "h3",    "head",    "header", "html",
                           "li",   "line",  "meta",    "ol",    "p",       "pre",    "rect",
                           "span", "style", "summary", "svg",   "table",   "tbody",  "td",
                           "text", "th",    "thead",   "title", "tr",      "ul",     "b"};

// Nothing runs, nothing is fetched, no link leads out of the folder.
void expect_inert(const Page& page, const std::string& what) {
    const std::set<std::string> elements(known.begin(), known.end());
    for (const pugi::xpath_node& one : page.all("//*")) {
        EXPECT_TRUE(elements.contains(one.node().name())) << what << ": " << one.node().name();
    }
    for (const pugi::xpath_node& one : page.all("//@*")) {
        const std::string name = one.attribute().name();
        EXPECT_FALSE(name.starts_with("on") || name == "src" || name == "style") << what << name;
        if (name == "href") {
            const std::string to = one.attribute().value();
            EXPECT_TRUE(to.starts_with("#") || to.starts_with("artifacts/")) << what << ": " << to;
            EXPECT_EQ(to.find(".."), std::string::npos) << what << ": " << to;
        }
    }
}

TEST(Html, SaysTheVerdictFirstAndWhatToDoAboutIt) {
    const Page page(leaking_run());
    EXPECT_EQ(page.first("/html/body/*[1]/div[1]"), "\u2717 FAILED");
    EXPECT_EQ(page.first("/html/body/*[1]/h1"), headline(leaking_run()));
    EXPECT_EQ(page.count("//ol/li"), 2u);
    EXPECT_EQ(page.first("//ol/li[1]/a"), "a sentence about stranger_reaches_none");
    EXPECT_EQ(page.count("//details[@class='card'][@open]"), 1u);
    EXPECT_EQ(page.count("//*[@id='secure_accelerator_access.stranger_reaches_none']"), 1u);
}

TEST(Html, HasAVerdictOfItsOwnForEachWayToEnd) {
    RunResult run = clean_run();
    const auto word = [](const RunResult& of) { return Page(of).first("/html/body/*[1]/div[1]"); };
    EXPECT_EQ(word(run), "! NOTHING THAT COUNTS FAILED");  // one MUST was not selected
    run.exit_code = 4;
    EXPECT_EQ(word(run), "? INCONCLUSIVE");
    run.exit_code = 0;
    std::erase_if(run.requirements, [](const RequirementResult& one) { return !one.selected; });
    EXPECT_EQ(word(run), "\u2713 PASSED");
    run.simulated = true;
    EXPECT_EQ(word(run), "! NOTHING THAT COUNTS FAILED");
    EXPECT_EQ(Page(run).count("//div[@class='banner']"), 1u);
}

TEST(Html, EveryLinkWithinItLeadsSomewhere) {
    for (const RunResult& run : {leaking_run(), pool_run(16)}) {
        const Page page(run);
        std::set<std::string> places;
        for (const pugi::xpath_node& one : page.all("//@id")) {
            EXPECT_TRUE(places.insert(one.attribute().value()).second) << one.attribute().value();
        }
        for (const pugi::xpath_node& one : page.all("//@href")) {
            const std::string to = one.attribute().value();
            EXPECT_TRUE(!to.starts_with("#") || places.contains(to.substr(1))) << to;
        }
    }
}

TEST(Html, IsInertWhateverTheClusterSays) {
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        expect_inert(Page(random_run(seed)), fmt::format("seed {}", seed));
    }
    RunResult run = leaking_run();
    Finding& finding = *std::ranges::find(run.requirements[0].assertions[1].findings,
                                          Outcome::failed, &Finding::outcome);
    finding.actual = "</style></script><script>alert(1)</script><img src=x onerror=alert(1)>\u2028";
    finding.target = "\" onmouseover=\"alert(1)";
    finding.node = finding.actual;
    finding.evidence = {"javascript:alert(1)", "artifacts/../../x", "https://example.com/",
                        "artifacts/a/b/01-pod.json"};
    run.cluster.server = finding.actual;
    run.command = {"assay", finding.actual};
    const Page page(run);
    expect_inert(page, "script");
    EXPECT_EQ(page.text().find("<script"), std::string::npos);
    EXPECT_EQ(page.text().find("<img"), std::string::npos);
    EXPECT_EQ(page.count("//a[@href='artifacts/a/b/01-pod.json']"), 1u);
    EXPECT_EQ(page.count("//a[starts-with(@href,'artifacts/')]"), 1u);
}

TEST(DiffHtml, HasARowForEachDifferenceAndIsInert) {
    std::size_t rows = 0;
    for (const Diff& diff : sample_diffs()) {
        const Page page(diff);
        expect_inert(page, headline(diff));
        EXPECT_EQ(page.count("//tbody/tr"), diff.differences.size()) << headline(diff);
        EXPECT_EQ(page.count("//td[@class='failed']") > 0, diff.count(Effect::closes) > 0);
        EXPECT_EQ(page.count("//header[@class='verdict failed']"),
                  exit_code_of(diff) == 1 ? 1u : 0u);
        EXPECT_EQ(page.count("//header[@class='verdict passed']"),
                  exit_code_of(diff) == 0 ? 1u : 0u);
        EXPECT_GE(page.count("//div[@class='banner']"), diff.not_comparable.size());
        rows += diff.differences.size();
    }
    EXPECT_GT(rows, 20u);
}

TEST(Html, ForbidsWhatItDoesNotHave) {
    const Page page(clean_run());
    EXPECT_EQ(page.count("//meta[@http-equiv='Content-Security-Policy']"), 1u);
    EXPECT_NE(page.text().find("default-src 'none'"), std::string::npos);
    EXPECT_EQ(page.text().find("http:"), std::string::npos);
    EXPECT_TRUE(page.text().starts_with("<!DOCTYPE html>"));
}

TEST(Html, ItsStyleIsWhatABrowserReads) {
    // A browser does not undo escapes in a style.
    EXPECT_EQ(std::string(html_style).find_first_of("<>&"), std::string::npos);
    EXPECT_EQ(std::string(html_style).find("url("), std::string::npos);
}

TEST(Html, NodesOfWhichTheSameIsToBeSaidShareARow) {
    const Page few(pool_run(16));
    EXPECT_EQ(few.count("//h2[.='Nodes']/following-sibling::div[1]//tbody/tr"), 16u);
    EXPECT_EQ(few.first("(//h2[.='Nodes']/following-sibling::div[1]//tbody/tr)[1]/th"),
              "gpu-node-0");
    const Page many(pool_run(5000));
    const auto rows = many.count("//h2[.='Nodes']/following-sibling::div[1]//tbody/tr");
    EXPECT_EQ(rows, 3u);  // failed, inconclusive, passed
    EXPECT_EQ(many.count("//summary[starts-with(.,'51 nodes')]"), 1u);  // every 97th, but one
    EXPECT_LT(many.text().size(), 300u * 1024);
    EXPECT_EQ(many.first("//div[@class='finding soft']"),
              "31 more failed, 20 more inconclusive, 4929 more passed; all in report.json");
}

TEST(Html, AcceleratorsThatStandOutAreEachShownAndTheOthersAsOne) {
    RunResult run = pool_run(100);
    const Page page(run);
    const char* rows = "//h2[starts-with(.,'Accelerators')]/following-sibling::div[1]//tbody/tr";
    // Nodes 0 and 61 have a slow one, 0 and 97 a wrong one.
    EXPECT_EQ(page.count(rows), 5u);
    EXPECT_EQ(page.count("//td[contains(.,'SM 87')]"), 2u);
    EXPECT_EQ(page.count("//td[@class='open'][contains(.,'\u25bc')]"), 2u);
    EXPECT_EQ(page.count("//th[starts-with(.,'788 more')]"), 1u);
    // One that is slow and passes, because nothing gives a floor for it, is not hidden either.
    for (AcceleratorRow& row : run.requirements[0].accelerators.rows) {
        row.outcome = Outcome::passed;
    }
    EXPECT_EQ(Page(run).count("//td[@class='open'][contains(.,'\u25bc')]"), 2u);
}

}  // namespace
}  // namespace assay::reports
