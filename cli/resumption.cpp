// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/resumption.h"

#include <fmt/format.h>

#include "reports/report.h"

namespace assay::cli {

namespace {

namespace fs = std::filesystem;
using kube::Json;

// One place for both ways: visit(name, member) for each option that says what a run does.
void for_each_setting(auto& options, const auto& visit) {
    visit("profile", options.profile);
    visit("adapters", options.adapters);
    visit("select", options.select);
    visit("skip", options.skip);
    visit("accelerator", options.accelerator);
    visit("namespace", options.namespace_name);
    visit("pool", options.pool);
    visit("no_intrusive", options.no_intrusive);
    visit("allow", options.allow);
    visit("use", options.use);
    visit("metric", options.metric);
    visit("scale_resource", options.scale_resource);
    visit("probe_image", options.probe_image);
    visit("nccl_image", options.nccl_image);
    visit("pull_secrets", options.pull_secrets);
    visit("timeout_s", options.timeout_s);
    visit("keep", options.keep);
    visit("wait_settled_s", options.wait_settled_s);
    visit("budget_minutes", options.budget_minutes);
    visit("budget_accelerators", options.budget_accelerators);
    visit("rerun_unsettled", options.rerun_unsettled);
    visit("redact", options.redact_report);
}

std::string sentence_of(std::string_view what, const std::string& then, const std::string& now) {
    return fmt::format(
        "the run cannot be resumed: its {} was {} and is {} now; begin a new run, and remove what "
        "this one left with 'assay cleanup --run ID'",
        what, then.empty() ? "unknown" : then, now.empty() ? "unknown" : now);
}

std::expected<void, std::string> same_ground(const JournalHeader& then, const JournalHeader& now) {
    const std::string version_then = then.tool_version + " " + then.tool_commit;
    const std::string version_now = now.tool_version + " " + now.tool_commit;
    if (version_then != version_now) {
        return std::unexpected(sentence_of("version of assay", version_then, version_now));
    }
    if (then.profile_sha256 != now.profile_sha256) {
        return std::unexpected(sentence_of("profile",
                                           then.profile_id + " with sha256 " + then.profile_sha256,
                                           now.profile_id + " with sha256 " + now.profile_sha256));
    }
    if (then.cluster_uid != now.cluster_uid) {
        return std::unexpected(sentence_of("cluster",
                                           fmt::format("{} ({})", then.cluster_uid, then.server),
                                           fmt::format("{} ({})", now.cluster_uid, now.server)));
    }
    return {};
}

// The report of a run that was interrupted makes way for the whole one.
void remove_report(const fs::path& out) {
    std::error_code ignored;
    for (const char* name :
         {"SHA256SUMS", "report.json", "junit.xml", "inventory.json", "statement.intoto.json",
          "report.sigstore.json", "report.dsse.json", "artifacts"}) {
        fs::remove_all(out / name, ignored);
    }
}

}  // namespace

Json settings_of(const Options& options) {
    Json settings = Json::object();
    for_each_setting(options, [&](const char* name, const auto& value) { settings[name] = value; });
    return settings;
}

std::expected<Beginning, std::string> beginning_of(const Options& given) {
    Beginning beginning{given, std::nullopt};
    if (given.resume.empty()) {
        return beginning;
    }
    if (journal_in_use(given.resume)) {
        return std::unexpected(
            fmt::format("{}: its run is still going; nothing to resume", given.resume));
    }
    auto contents = read_journal(given.resume);
    if (!contents) {
        return std::unexpected(contents.error());
    }
    try {
        for_each_setting(beginning.options, [&](const char* name, auto& value) {
            contents->header.settings.at(name).get_to(value);
        });
    } catch (const Json::exception& error) {
        return std::unexpected(
            fmt::format("{}: its settings are not those of a run: {}", given.resume, error.what()));
    }
    beginning.options.out = given.resume;
    if (!given.redact_report.empty()) {  // what is to be told may be said anew
        beginning.options.redact_report = given.redact_report;
    }
    beginning.earlier = std::move(*contents);
    return beginning;
}

std::expected<std::unique_ptr<Journal>, std::string> open_journal(
    const fs::path& out, std::optional<JournalContents>& earlier, const JournalHeader& now) {
    if (!earlier) {
        if (const auto prepared = reports::prepare_out(out); !prepared) {
            return std::unexpected(prepared.error());
        }
        return Journal::start(out, now);
    }
    if (const auto same = same_ground(earlier->header, now); !same) {
        return std::unexpected(same.error());
    }
    if (earlier->finished) {
        return std::unexpected(
            fmt::format("{}: this run has settled every check and written its "
                        "report; there is nothing to resume",
                        out.string()));
    }
    auto journal = Journal::resume(out, *earlier);
    if (journal) {
        remove_report(out);
    }
    return journal;
}

}  // namespace assay::cli
