// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "reports/diff_output.h"
#include "reports/escape.h"

namespace assay::reports {

namespace {

using Ordered = nlohmann::ordered_json;

Ordered compared_run(const ReportedRun& run) {
    return {
        {"runId", printable(run.id)},           {"startedAt", printable(run.started_at)},
        {"reportSha256", run.report_sha256},    {"kubernetes", printable(run.kubernetes)},
        {"profile", printable(run.profile_id)}, {"profileSha256", printable(run.profile_sha256)},
        {"simulated", run.simulated},           {"complete", run.complete}};
}

std::string_view effect_name(Effect effect) {
    switch (effect) {
        case Effect::closes:
            return "closes";
        case Effect::unsettles:
            return "unsettles";
        case Effect::none:
            break;
    }
    return "none";
}

void put_if_told(Ordered& into, const char* name, const std::string& text) {
    if (!text.empty()) {
        into[name] = printable(text);
    }
}

Ordered difference_of(const Difference& one) {
    Ordered result{{"requirement", printable(one.requirement)},
                   {"assertion", printable(one.assertion)},
                   {"level", to_string(one.level)},
                   {"basis", to_string(one.basis)},
                   {"change", to_string(one.change)},
                   {"effect", effect_name(one.effect)}};
    put_if_told(result, "base", one.base);
    put_if_told(result, "new", one.now);
    put_if_told(result, "detail", one.detail);
    put_if_told(result, "nextStep", one.next_step);
    put_if_told(result, "history", one.history);
    put_if_told(result, "allowed", one.allowed);
    return result;
}

}  // namespace

std::string diff_json(const Diff& diff) {
    Ordered result{{"schemaVersion", "1.0.0"},        {"kind", "AIConformanceDiff"},
                   {"headline", headline(diff)},      {"exitCode", exit_code_of(diff)},
                   {"base", compared_run(diff.base)}, {"new", compared_run(diff.now)}};
    result["notComparable"] = Ordered::array();
    for (const std::string& why : diff.not_comparable) {
        result["notComparable"].push_back(printable(why));
    }
    result["unchanged"] = diff.unchanged;
    result["differences"] = Ordered::array();
    for (const Difference& one : diff.differences) {
        result["differences"].push_back(difference_of(one));
    }
    result["changedBeside"] = Ordered::array();
    for (const Beside& one : diff.beside) {
        result["changedBeside"].push_back({{"what", printable(one.what)},
                                           {"base", printable(one.base)},
                                           {"new", printable(one.now)}});
    }
    return result.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

}  // namespace assay::reports
