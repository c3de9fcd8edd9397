// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <filesystem>

#include "cli/allowance.h"
#include "cli/comparing.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "reports/diff_output.h"
#include "reports/escape.h"
#include "reports/files.h"
#include "reports/history.h"
#include "reports/report.h"
#include "reports/verify.h"

namespace assay::cli {

namespace {

namespace fs = std::filesystem;

constexpr int usage_error = 2;
constexpr int not_verified = 6;

int refuse(int code, const std::string& sentence) {
    tell("not compared: " + sentence);
    return code;
}

}  // namespace

std::expected<reports::Rules, std::string> gate_rules(const Options& options) {
    reports::Rules rules;
    rules.today = fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr)));
    if (!options.fail_on.empty()) {
        rules.levels.clear();
        rules.missing = rules.slower = false;
    }
    for (const std::string& word : options.fail_on) {
        rules.missing = rules.missing || word == "missing";
        rules.flaky = rules.flaky || word == "flaky";
        rules.slower = rules.slower || word == "perf";
        for (const Level level : {Level::must, Level::should, Level::informative}) {
            if (word == to_string(level)) {
                rules.levels.insert(level);
            }
        }
    }
    if (!options.baseline_allow.empty()) {
        auto allowed = load_allowances(options.baseline_allow);
        if (!allowed) {
            return std::unexpected("--baseline-allow: " + allowed.error());
        }
        rules.allowed = std::move(*allowed);
    }
    return rules;
}

std::expected<std::vector<reports::ReportedRun>, std::string> earlier_runs(const Options& options) {
    if (options.history.empty()) {
        return std::vector<reports::ReportedRun>{};
    }
    return reports::read_history(options.history);
}

std::expected<void, std::string> check_whole(const std::string& report,
                                             const std::string& public_key) {
    std::error_code ignored;
    if (!fs::is_directory(report, ignored)) {
        return public_key.empty()
                   ? std::expected<void, std::string>{}
                   : std::unexpected(report + " is a file, and it is a folder that is signed");
    }
    const auto verified = reports::verify_report(report, public_key);
    return verified ? std::expected<void, std::string>{}
                    : std::unexpected(report + ": " + verified.error());
}

std::expected<void, std::string> write_diff(const reports::Diff& diff, const fs::path& folder) {
    for (const auto& [name, content] : {std::pair{"diff.json", reports::diff_json(diff)},
                                        {"diff.html", reports::diff_html(diff)},
                                        {"diff.md", reports::diff_markdown(diff)},
                                        {"junit-gate.xml", reports::diff_junit(diff)}}) {
        if (auto written = reports::write_file(folder, name, content); !written) {
            return written;
        }
    }
    return {};
}

int diff(const Options& options) {
    const auto rules = gate_rules(options);
    if (!rules) {
        return refuse(usage_error, rules.error());
    }
    auto base = reports::read_reported_run(options.base);
    auto now = reports::read_reported_run(options.target);
    const auto history = earlier_runs(options);
    if (!history) {
        return refuse(usage_error, history.error());
    }
    for (const auto* read : {&base, &now}) {
        if (!*read) {
            return refuse(usage_error, read->error());
        }
    }
    for (const auto& [report, key] :
         {std::pair{options.base, options.public_key}, {options.target, std::string()}}) {
        if (const auto whole = check_whole(report, key); !whole) {
            return refuse(not_verified, whole.error());
        }
    }
    if (!options.out.empty()) {
        if (const auto ready = reports::prepare_out(options.out); !ready) {
            return refuse(usage_error, ready.error());
        }
    }
    reports::Diff compared = reports::compare(std::move(*base), std::move(*now), *rules);
    if (!history->empty()) {
        reports::weigh(compared, *history, *rules);
    }
    fmt::print("{}", options.json ? reports::diff_json(compared) : reports::diff_text(compared));
    if (!options.out.empty()) {
        if (const auto written = write_diff(compared, options.out); !written) {
            return refuse(usage_error, written.error());
        }
    }
    return reports::exit_code_of(compared);
}

}  // namespace assay::cli
