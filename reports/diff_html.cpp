// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>

#include "reports/diff_output.h"
#include "reports/html_page.h"

namespace assay::reports {

namespace {

const char* css_of(Effect effect) {
    switch (effect) {
        case Effect::closes:
            return "failed";
        case Effect::unsettles:
            return "open";
        case Effect::none:
            break;
    }
    return "na";
}

const char* word_of(Effect effect) {
    switch (effect) {
        case Effect::closes:
            return "\u2717 closes the gate";
        case Effect::unsettles:
            return "? cannot be told";
        case Effect::none:
            break;
    }
    return "\u2013";
}

void add_verdict(pugi::xml_node body, const Diff& diff) {
    const int code = exit_code_of(diff);
    const char* css = code == 1 ? "failed" : code == 0 ? "passed" : "open";
    const pugi::xml_node box = add(body, "header", "", fmt::format("verdict {}", css).c_str());
    add(box, "div",
        code == 1   ? "\u2717 CLOSED"
        : code == 0 ? "\u2713 OPEN"
                    : "? CANNOT BE TOLD",
        "word");
    add(box, "h1", headline(diff));
    if (diff.base.simulated || diff.now.simulated) {
        add(body, "div",
            "SIMULATED: what stands for accelerators here is no device, in one of the runs or "
            "both.",
            "banner");
    }
    for (const std::string& why : diff.not_comparable) {
        add(body, "div", "Not comparable: " + why, "banner");
    }
}

void add_run(pugi::xml_node table, const char* word, const ReportedRun& run) {
    add_fact(table, word,
             fmt::format("run {} of {}: Kubernetes {}, profile {}, assay {}{}{}", run.id,
                         run.started_at, run.kubernetes, run.profile_id, run.tool_version,
                         run.simulated ? ", simulated" : "", run.complete ? "" : ", interrupted"));
}

void add_row(pugi::xml_node table, const Difference& one) {
    const pugi::xml_node line = add(table, "tr");
    set_attribute(add(line, "th", std::string(to_string(one.change))), "scope", "row");
    add(line, "td", word_of(one.effect), css_of(one.effect));
    const pugi::xml_node what = add(line, "td", "", "words");
    add(what, "code", one.requirement + (one.assertion.empty() ? "" : "/" + one.assertion));
    add(line, "td",
        fmt::format("{} \u2192 {}", one.base.empty() ? "not asked" : one.base,
                    one.now.empty() ? "not asked" : one.now));
    const pugi::xml_node detail = add(line, "td", one.detail, "words");
    if (!one.next_step.empty()) {
        add(detail, "div", "Next: " + one.next_step);
    }
    if (!one.history.empty()) {
        add(detail, "div", "History: " + one.history, "soft");
    }
    if (!one.allowed.empty()) {
        add(detail, "div", "Allowed " + one.allowed, "soft");
    }
}

void add_differences(pugi::xml_node body, const Diff& diff) {
    add(body, "h2", "What is not as before");
    if (diff.differences.empty()) {
        add(body, "p", "Nothing.");
        return;
    }
    const pugi::xml_node table = add(add(body, "div", "", "scroll"), "table", "", "heat");
    const pugi::xml_node head = add(add(table, "thead"), "tr");
    for (const char* name : {"Change", "Gate", "Assertion", "Outcome", "Detail"}) {
        add(head, "th", name);
    }
    const pugi::xml_node rows = add(table, "tbody");
    for (const Difference& one : diff.differences) {
        add_row(rows, one);
    }
}

}  // namespace

std::string diff_html(const Diff& diff) {
    const HtmlPage page("assay: " + headline(diff));
    const pugi::xml_node body = page.body();
    add_verdict(body, diff);
    const pugi::xml_node table = add(body, "table", "", "facts");
    add_run(table, "Base", diff.base);
    add_run(table, "New", diff.now);
    for (const Beside& one : diff.beside) {
        add_fact(table, one.what, fmt::format("{} \u2192 {}", one.base, one.now));
    }
    add_fact(table, "As before", fmt::format("{} assertion(s)", diff.unchanged));
    add_differences(body, diff);
    return page.text();
}

}  // namespace assay::reports
