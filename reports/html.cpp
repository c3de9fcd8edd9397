// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/escape.h"
#include "reports/findings.h"
#include "reports/html_page.h"
#include "reports/html_parts.h"

namespace assay::reports {

namespace {

struct Verdict {
    const char* css;
    const char* sign;
    const char* word;
    const char* meaning;
};

Verdict verdict_of(const RunResult& run) {
    if (run.exit_code == 1) {
        return {"failed", "\u2717", "FAILED",
                "Something that counts was asked and the answer is wrong."};
    }
    if (run.exit_code != 0) {
        return {"open", "?", "INCONCLUSIVE",
                "Something that counts has no trustworthy answer. This is neither a pass nor a "
                "failure."};
    }
    if (in_toto_result(run) == "passed") {
        return {"passed", "\u2713", "PASSED", "Every MUST of the profile was asked and passed."};
    }
    return {
        "warned", "!", "NOTHING THAT COUNTS FAILED",
        "Not every MUST of the profile passed on real components, or something beyond them failed; "
        "see below what was not shown."};
}

void add_verdict(pugi::xml_node body, const RunResult& run) {
    const Verdict verdict = verdict_of(run);
    const pugi::xml_node box =
        add(body, "header", "", fmt::format("verdict {}", verdict.css).c_str());
    add(box, "div", fmt::format("{} {}", verdict.sign, verdict.word), "word");
    add(box, "h1", headline(run));
    add(box, "div", verdict.meaning);
    if (run.simulated) {
        add(body, "div",
            "SIMULATED: what stands for accelerators here is no device. This report proves nothing "
            "about "
            "hardware, and certification files are refused for it.",
            "banner");
    }
    if (run.interrupted) {
        add(body, "div", "Interrupted: what was not reached is inconclusive.", "banner");
    }
}

std::string pools_text(const RunResult& run) {
    std::string text;
    for (const ClusterFacts::Pool& pool : run.cluster.accelerators) {
        text +=
            fmt::format("{}{}: {} device(s) on {} node(s), {}{}{}{}{}", text.empty() ? "" : "\n",
                        pool.accelerator, pool.devices, pool.nodes.size(), pool.allocation,
                        pool.model.empty() ? "" : ", " + pool.model,
                        pool.driver_version.empty() ? "" : ", driver " + pool.driver_version,
                        pool.simulated ? ", simulated" : "", pool.examined ? "" : ", not examined");
    }
    return text.empty() ? "none found" : text;
}

void add_facts(pugi::xml_node body, const RunResult& run) {
    const pugi::xml_node table = add(body, "table", "", "facts");
    add_fact(table, "Cluster",
             fmt::format("Kubernetes {}, {} node(s){}", run.cluster.version, run.cluster.nodes,
                         run.cluster.platform.empty() ? "" : ", " + run.cluster.platform));
    add_fact(table, "Context", run.cluster.context);
    add_fact(table, "Server", run.cluster.server);
    add_fact(table, "Accelerators", pools_text(run));
    add_fact(table, "Profile", run.profile_id + (run.strict ? ", strict" : ""));
    add_fact(table, "Begun", run.started_at);
    add_fact(table, "Took", fmt::format("{:.1f} s", static_cast<double>(run.duration_ms) / 1000));
    add_fact(table, "Signature",
             "A page cannot vouch for itself. Check the folder it came in: assay verify DIR --key "
             "KEY.pub");
}

struct Due {
    const RequirementResult* requirement;
    const AssertionResult* assertion;
};

// What failed and counts, what has no answer and counts, what failed beside them; in that order.
std::vector<Due> due_of(const RunResult& run) {
    std::vector<Due> due;
    const auto take = [&](Outcome outcome, bool counted) {
        for (const RequirementResult& requirement : run.requirements) {
            for (const AssertionResult& assertion : requirement.assertions) {
                if (requirement.selected && assertion.outcome == outcome &&
                    counts(run, requirement, assertion) == counted) {
                    due.push_back({&requirement, &assertion});
                }
            }
        }
    };
    take(Outcome::failed, true);
    take(Outcome::inconclusive, true);
    take(Outcome::failed, false);
    return due;
}

void add_due(pugi::xml_node body, const RunResult& run) {
    const std::vector<Due> due = due_of(run);
    if (due.empty()) {
        return;
    }
    constexpr std::size_t most = 20;
    add(body, "h2", "What to do next");
    const pugi::xml_node list = add(body, "ol", "", "todo");
    std::set<std::string> told;
    for (std::size_t i = 0; i < std::min(due.size(), most); ++i) {
        const auto& [requirement, assertion] = due[i];
        const pugi::xml_node item = add(list, "li");
        add_mark(item, assertion->outcome);
        add_text(item, " ");
        add_link(item, "#" + anchor_of(*requirement, *assertion), assertion->sentence);
        if (!counts(run, *requirement, *assertion)) {
            add(item, "span", " does not count", "soft small");
        }
        add(item, "div", worst_line(*assertion), "small");
        // Several assertions often fail for one reason.
        if (!assertion->next_step.empty() && told.insert(assertion->next_step).second) {
            add(item, "div", "Next: " + assertion->next_step);
        }
    }
    if (due.size() > most) {
        add(body, "p", fmt::format("and {} more below", due.size() - most), "soft");
    }
}

// As a shell takes it.
std::string quoted(const std::string& word) {
    const bool plain = !word.empty() && std::ranges::all_of(word, [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string_view("-_./:=,@%+").find(static_cast<char>(c)) != std::string_view::npos;
    });
    if (plain) {
        return word;
    }
    std::string result = "'";
    for (const char c : word) {
        result += c == '\'' ? "'\\''" : std::string(1, c);
    }
    return result + "'";
}

std::string command_of(const RunResult& run) {
    std::string line;
    for (const std::string& word : run.command) {
        line += (line.empty() ? "" : " ") + quoted(word);
    }
    return line;
}

void add_reproduction(pugi::xml_node body, const RunResult& run) {
    add(body, "h2", "The same again");
    if (!run.command.empty()) {
        add(body, "pre", command_of(run));
    }
    const pugi::xml_node table = add(body, "table", "", "facts");
    add_fact(table, "assay",
             run.tool_version + (run.tool_commit.empty() ? "" : ", commit " + run.tool_commit));
    add_fact(table, "Profile", fmt::format("{}, SHA-256 {}", run.profile_id, run.profile_sha256));
    add_fact(table, "Probe image", run.probe_image);
    add_fact(table, "Its digest", run.probe_image_digest);
    add_fact(table, "Run", run.run_id);
    add_fact(table, "Exit code", fmt::format("{}", run.exit_code));
}

void add_remarks(pugi::xml_node body, const RunResult& run) {
    if (run.warnings.empty() && run.leftovers.empty()) {
        return;
    }
    add(body, "h2", "Remarks");
    const pugi::xml_node list = add(body, "ul");
    for (const std::string& warning : run.warnings) {
        add(list, "li", warning);
    }
    const std::size_t shown = std::min(run.leftovers.size(), max_findings_told);
    for (std::size_t i = 0; i < shown; ++i) {
        const Leftover& one = run.leftovers[i];
        add(list, "li",
            fmt::format("left in the cluster: {} {}: {}; assay cleanup tries again", one.kind,
                        one.name, one.why));
    }
    if (run.leftovers.size() > shown) {
        add(list, "li",
            fmt::format("and {} more left, all in report.json", run.leftovers.size() - shown));
    }
}

}  // namespace

std::string report_html(const RunResult& run) {
    const HtmlPage page("assay: " + headline(run));
    const pugi::xml_node body = page.body();
    add_verdict(body, run);
    add_facts(body, run);
    add_due(body, run);
    add_requirements(body, run);
    add_nodes(body, run);
    add_timeline(body, run);
    add_remarks(body, run);
    add_reproduction(body, run);
    return page.text();
}

}  // namespace assay::reports
