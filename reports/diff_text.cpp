// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "reports/diff_output.h"
#include "reports/escape.h"

namespace assay::reports {

namespace {

constexpr std::size_t detail_bytes = 600;  // diff.json has all of it
constexpr std::ptrdiff_t most_names = 8;

bool is_told_by_name(const Difference& one) {
    return one.change >= Change::fixed && one.change != Change::readiness;
}

// An assertion, or a requirement as a whole.
std::string subject(const Difference& one) {
    return one.assertion.empty() ? one.requirement : one.requirement + "/" + one.assertion;
}

std::string outcome_words(const std::string& outcome) {
    return outcome.empty() ? "not asked" : outcome;
}

std::string effect_word(Effect effect) {
    switch (effect) {
        case Effect::closes:
            return "closes the gate";
        case Effect::unsettles:
            return "cannot be told";
        case Effect::none:
            break;
    }
    return "";
}

std::string run_line(const char* word, const ReportedRun& run) {
    return fmt::format("{} run {} of {}: Kubernetes {}, profile {}{}\n", word,
                       printable_line(run.id), printable_line(run.started_at),
                       printable_line(run.kubernetes), printable_line(run.profile_id),
                       run.simulated ? ", SIMULATED" : "");
}

std::string difference_text(const Difference& one) {
    const std::string effect = effect_word(one.effect);
    std::string text =
        fmt::format("{}  {}  {} -> {}{}\n", to_string(one.change), printable_line(subject(one)),
                    outcome_words(one.base), outcome_words(one.now),
                    effect.empty() ? "" : "  [" + effect + "]");
    if (!one.detail.empty()) {
        text += fmt::format("    {}\n", printable_line(one.detail, detail_bytes));
    }
    if (!one.next_step.empty()) {
        text += fmt::format("    next: {}\n", printable_line(one.next_step));
    }
    if (!one.history.empty()) {
        text += fmt::format("    history: {}\n", printable_line(one.history));
    }
    if (!one.allowed.empty()) {
        text += fmt::format("    allowed {}\n", printable_line(one.allowed));
    }
    return text;
}

// Good news, and what is none of the cluster's doing, by name alone.
std::string names_text(const Diff& diff) {
    std::string text;
    for (auto at = diff.differences.begin(); at != diff.differences.end();) {
        const auto end = std::find_if(at, diff.differences.end(), [&](const Difference& one) {
            return one.change != at->change;
        });
        if (is_told_by_name(*at)) {
            text += fmt::format("{} ({}):", to_string(at->change), end - at);
            for (auto one = at; one != end && one - at < most_names; ++one) {
                text += fmt::format(" {}", printable_line(subject(*one)));
            }
            text += end - at > most_names ? " …\n" : "\n";
        }
        at = end;
    }
    return text;
}

std::string markdown_row(const Difference& one) {
    std::string detail = markdown_line(one.detail, detail_bytes);
    if (!one.next_step.empty()) {
        detail += "<br>next: " + markdown_line(one.next_step, detail_bytes);
    }
    if (!one.history.empty()) {
        detail += "<br>history: " + markdown_line(one.history, detail_bytes);
    }
    if (!one.allowed.empty()) {
        detail += "<br>allowed " + markdown_line(one.allowed, detail_bytes);
    }
    return fmt::format("| {} | {} | {} | {} → {} | {} |\n", to_string(one.change),
                       effect_word(one.effect), markdown_line(subject(one)),
                       outcome_words(one.base), outcome_words(one.now), detail);
}

}  // namespace

std::string diff_text(const Diff& diff) {
    std::string text = headline(diff) + "\n";
    text += run_line("base", diff.base) + run_line("new ", diff.now);
    for (const std::string& why : diff.not_comparable) {
        text += fmt::format("not comparable: {}\n", printable_line(why));
    }
    for (const Difference& one : diff.differences) {
        text += is_told_by_name(one) ? "" : difference_text(one);
    }
    text += names_text(diff);
    for (const Beside& one : diff.beside) {
        text += fmt::format("changed beside: {} {} -> {}\n", printable_line(one.what),
                            printable_line(one.base), printable_line(one.now));
    }
    return text;
}

std::string diff_markdown(const Diff& diff) {
    std::string text = fmt::format("## {}\n\n", markdown_line(headline(diff)));
    text += fmt::format("- {}- {}", markdown_line(run_line("base", diff.base)) + "\n",
                        markdown_line(run_line("new", diff.now)) + "\n");
    for (const std::string& why : diff.not_comparable) {
        text += fmt::format("- **not comparable**: {}\n", markdown_line(why));
    }
    for (const Beside& one : diff.beside) {
        text += fmt::format("- changed beside: {} {} → {}\n", markdown_line(one.what),
                            markdown_line(one.base), markdown_line(one.now));
    }
    if (!diff.differences.empty()) {
        text += "\n| change | gate | assertion | outcome | detail |\n|---|---|---|---|---|\n";
        for (const Difference& one : diff.differences) {
            text += markdown_row(one);
        }
    }
    return text;
}

}  // namespace assay::reports
