// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <filesystem>

#include "checks/catalog.h"
#include "cli/console.h"
#include "cli/first_look.h"
#include "cli/probe_choice.h"
#include "cli/program.h"
#include "cli/rerun.h"
#include "cli/resumption.h"
#include "cli/run_plan.h"
#include "cli/signals.h"
#include "cli/signing.h"
#include "cli/site.h"
#include "cli/verbs.h"
#include "cli/version.h"
#include "engine/adapter.h"
#include "engine/run_id.h"
#include "engine/runner.h"
#include "images/probe_image.h"
#include "reports/escape.h"
#include "reports/json.h"
#include "reports/report.h"
#include "reports/result_in_public.h"
#include "reports/signer.h"
#include "reports/statement.h"
#include "reports/text.h"

namespace assay::cli {

namespace {

constexpr int usage_error = 2;
constexpr int nothing_asked = 3;
constexpr int not_signed = 6;

int refuse(int code, const std::string& sentence) {
    tell(sentence);
    return code;
}

// The minutes begin now.
Budget budget_of(const Options& options) {
    Budget budget;
    if (options.budget_minutes > 0) {
        budget.minutes = options.budget_minutes;
        budget.ends =
            std::chrono::steady_clock::now() + std::chrono::minutes(options.budget_minutes);
    }
    if (options.budget_accelerators >= 0) {
        budget.accelerators = options.budget_accelerators;
    }
    return budget;
}

}  // namespace

std::expected<RunPlan, std::string> plan_of(const Options& options) {
    RunPlan plan;
    auto profile = load_profile(options.profile);
    if (!profile) {
        return std::unexpected(profile.error());
    }
    plan.profile = std::move(*profile);
    auto chosen = chosen_images(options.probe_image, probe_repository(), images::probe_images());
    if (!chosen) {
        return std::unexpected(chosen.error());
    }
    plan.images = std::move(*chosen);
    if (!options.nccl_image.empty()) {
        plan.images["nccl"] = options.nccl_image;
    }
    plan.architectures = architectures_of(plan.images.at("core"), images::probe_images());
    if (!options.pool.empty()) {
        auto pool = pool_of(options.pool);
        if (!pool) {
            return std::unexpected(pool.error());
        }
        plan.pool = *std::move(pool);
    }
    plan.select = options.select;
    plan.skip = options.skip;
    plan.catalog = catalog();
    plan.namespace_name = options.namespace_name;
    plan.pull_secrets = options.pull_secrets;
    plan.timeout = std::chrono::seconds(options.timeout_s);
    plan.keep = options.keep;
    plan.wait_settled = std::chrono::seconds(options.wait_settled_s);
    plan.intrusive = !options.no_intrusive;
    for (const std::string& name : options.allow) {
        plan.allowed.insert(change_named(name).value());  // held to the names by the options
    }
    plan.metric = options.metric;
    plan.scale_resource = options.scale_resource;
    auto components = load_components(options.adapters);
    if (!components) {
        return std::unexpected(components.error());
    }
    auto meant = chosen_of(*std::move(components), options.use);
    if (!meant) {
        return std::unexpected(meant.error());
    }
    plan.components = *std::move(meant);
    plan.budget = budget_of(options);
    if (const auto chosen_anew = choose_unsettled(options, plan); !chosen_anew) {
        return std::unexpected(chosen_anew.error());
    }
    return plan;
}

namespace {

void print_found(const ClusterAccess& access, const Inventory& inventory,
                 const std::vector<const AcceleratorKind*>& examined) {
    fmt::print(stderr, "context {}, server {}, Kubernetes {}, {} node(s)\n",
               reports::printable_line(access.context), reports::printable_line(access.server),
               reports::printable_line(inventory.kubernetes_version), inventory.nodes.size());
    for (const auto& pool : facts_of(inventory, examined).accelerators) {
        fmt::print(stderr, "{} {}: {} device(s) on {} node(s), {} by {}{}{}\n",
                   pool.examined ? "examining" : "not examined:", pool.accelerator, pool.devices,
                   pool.nodes.size(),
                   pool.model.empty() ? "model unknown" : reports::printable_line(pool.model),
                   pool.vendor,
                   pool.driver_version.empty()
                       ? ""
                       : ", driver " + reports::printable_line(pool.driver_version),
                   pool.simulated ? ", SIMULATED" : "");
    }
    for (const std::string& warning : inventory.warnings) {
        fmt::print(stderr, "warning: {}\n", reports::printable_line(warning));
    }
}

// What triage says of the nodes stays with the report, as every warning does.
void begin_with_triage(Site& site, const std::vector<Adapter>& adapters, bool quiet,
                       const std::stop_token& stop) {
    const FirstLook look = look_first(site.access, adapters, site.kind, stop);
    site.inventory.warnings.insert(site.inventory.warnings.end(), look.broken.begin(),
                                   look.broken.end());
    if (!look.why_not.empty() && !quiet) {
        fmt::print(stderr, "the run begins without triage: {}\n", look.why_not);
    }
}

void complete_result(RunResult& result, const Options& options, const RunPlan& plan,
                     const ClusterAccess& access, int argc, char** argv) {
    result.tool_version = version_number();
    result.tool_commit = version_commit();
    result.command = plan.resumed != nullptr ? plan.resumed->header.command
                                             : std::vector<std::string>(argv, argv + argc);
    if (plan.rerun_of && !plan.rerun_of->failed.empty()) {
        result.warnings.push_back(failed_in(*plan.rerun_of));
    }
    result.cluster.context = access.context;
    result.cluster.server = access.server;
    result.redacted = options.redact_report == "public";
    result.probe_image = plan.images.at("core");
    for (const auto& image : images::probe_images()) {
        if (image.variant == "core" && options.probe_image.empty()) {
            result.probe_image_digest = image.root.digest;
        }
    }
    if (const std::size_t at = options.probe_image.find('@'); at != std::string::npos) {
        result.probe_image_digest = options.probe_image.substr(at + 1);
    }
}

void print_how_to_sign(const std::filesystem::path& out) {
    const std::string folder = reports::printable_line(out.string());
    fmt::print(stderr,
               "not signed; sign it with cosign 3, which takes keys in a KMS, then verify both:\n"
               "  cosign attest-blob --key KEY --statement {0}/{1} --bundle {0}/{2} "
               "--use-signing-config=false --tlog-upload=false\n"
               "  {3} verify {0} --key KEY.pub\n"
               "or by a program of yours with: {3} sign {0} --signer exec:PROGRAM\n",
               folder, reports::statement_file, reports::bundle_file, program());
}

// What is printed as JSON is what is written. out: "" where nothing was written.
void print_verdicts(const RunResult& result, bool json, const std::filesystem::path& out) {
    const auto print = [](std::string_view piece) { fmt::print("{}", piece); };
    if (!json) {
        print(reports::summary_text(result, out));
    } else if (result.redacted) {
        reports::say_report_json(reports::in_public(result), print);
    } else {
        reports::say_report_json(result, print);
    }
}

int report(const RunResult& result, const Options& options, const reports::Signer* signer,
           const std::filesystem::path& out) {
    const auto written = reports::write_report(result, out);
    if (!written) {  // the verdicts are not lost with the report
        print_verdicts(result, options.json, {});
        return refuse(usage_error,
                      fmt::format("{}; these verdicts are in no report; once there is room, what "
                                  "the journal has of them is reported, and the rest asked, by: "
                                  "assay run --resume {}",
                                  written.error(), reports::printable_line(out.string())));
    }
    print_verdicts(result, options.json, out);
    if (signer != nullptr) {
        if (const auto signed_it = reports::write_signatures(out, *signer); !signed_it) {
            return refuse(not_signed, signed_it.error());
        }
    }
    if (options.statement_only) {
        print_how_to_sign(out);
    }
    return result.exit_code;
}

JournalHeader header_of(const Options& options, const RunPlan& plan, const Site& site,
                        const std::string& run_id, int argc, char** argv) {
    return {.run_id = run_id,
            .started_at = now_rfc3339(),
            .tool_version = version_number(),
            .tool_commit = version_commit(),
            .profile_id = plan.profile.id,
            .profile_sha256 = plan.profile.sha256,
            .cluster_uid = site.inventory.cluster_uid,
            .context = site.access.context,
            .server = site.access.server,
            .command = {argv, argv + argc},
            .settings = settings_of(options)};
}

std::filesystem::path out_of(const Options& options, const std::string& run_id) {
    return options.out.empty() ? "assay-report-" + run_id : options.out;
}

// The journal names what the report does not; nobody needs it of a run that left nothing. whole: it
// is reported, and nothing is to be resumed.
void forget_names(const RunResult& result, bool whole, const std::filesystem::path& out) {
    if (!result.redacted) {
        return;
    }
    std::error_code failure;
    if (whole && result.leftovers.empty() && std::filesystem::remove(out / journal_file, failure)) {
        return;
    }
    fmt::print(stderr,
               "{} is not redacted, and clean-up or --resume may need it: do not publish it\n",
               reports::printable_line((out / journal_file).string()));
}

// From the look at the cluster to the report.
int examine(Beginning& beginning, RunPlan& plan, const Site& site, const reports::Signer* signer,
            const std::string& run_id, const std::stop_token& stop, int argc, char** argv) {
    const Options& options = beginning.options;
    const std::filesystem::path out = out_of(options, run_id);
    const auto journal =
        open_journal(out, beginning.earlier, header_of(options, plan, site, run_id, argc, argv));
    if (!journal) {
        return refuse(usage_error, journal.error());
    }
    plan.journal = journal->get();
    plan.resumed = beginning.earlier ? &*beginning.earlier : nullptr;
    RunResult result;
    {
        Console console(options.quiet);
        const kube::Client client = site.access.client();
        result = Runner(client, site.inventory, site.kind, console).run(plan, run_id, stop);
    }
    complete_result(result, options, plan, site.access, argc, argv);
    const int code = report(result, options, signer, out);
    const bool whole = !result.interrupted && code != usage_error;
    if (whole) {
        (*journal)->finished();
    }
    forget_names(result, whole, out);
    return verdict_of_both(plan, code);
}

void print_all_settled(const EarlierRun& earlier) {
    const std::string failed = failed_in(earlier);
    fmt::print(stderr, "nothing to ask: run {} settled all that was selected{}{}\n",
               reports::printable_line(earlier.run_id), failed.empty() ? "" : "; ",
               reports::printable_line(failed));
}

// From the flags to the look at the cluster.
int look_and_examine(Beginning& beginning, RunPlan& plan, const std::vector<const Check*>& checks,
                     const reports::Signer* signer, int argc, char** argv) {
    const Options& options = beginning.options;
    const auto adapters = load_adapters(options.adapters);
    if (!adapters) {
        return refuse(usage_error, adapters.error());
    }
    const std::optional<JournalContents>& earlier = beginning.earlier;
    const std::string run_id = earlier ? earlier->header.run_id : new_run_id();
    const std::stop_token stop = stop_on_signal(
        fmt::format("interrupted; remove what is left with: assay cleanup --run {}", run_id));
    if (plan.wait_settled.count() > 0 && !earlier) {  // before anybody waits for nothing
        if (const auto ready = reports::prepare_out(out_of(options, run_id)); !ready) {
            return refuse(usage_error, ready.error());
        }
    }
    auto site = look_at_cluster(options, *adapters, plan, checks, Look::when_settled, stop);
    if (!site) {
        return site.error();
    }
    if (const std::string why = another_cluster(plan, site->inventory.cluster_uid); !why.empty()) {
        return refuse(usage_error, reports::printable_line(why));
    }
    print_denied(site->rights.denied, plan);
    if (nothing_can_be_asked(site->rights, checks)) {
        return refuse(nothing_asked, "nothing can be asked without these rights");
    }
    plan.unaskable = site->rights.unaskable;
    plan.settling = site->settling;
    begin_with_triage(*site, *adapters, options.quiet, stop);
    if (!options.quiet) {
        print_found(site->access, site->inventory,
                    examined_kinds(checks, site->inventory, site->kind));
    }
    return examine(beginning, plan, *site, signer, run_id, stop, argc, argv);
}

}  // namespace

int run(const Options& given, int argc, char** argv) {
    auto beginning = beginning_of(given);
    if (!beginning) {
        return refuse(usage_error, beginning.error());
    }
    const Options& options = beginning->options;
    const auto signer = signer_of(options);  // before anything is asked of the cluster
    if (!signer) {
        return refuse(usage_error, signer.error());
    }
    auto plan = plan_of(options);
    if (!plan) {
        return refuse(usage_error, plan.error());
    }
    if (const auto& before = plan->rerun_of; before && all_is_settled(*plan)) {
        print_all_settled(*before);
        return verdict_of_both(*plan, 0);
    }
    const auto checks = chosen_checks(*plan);
    if (!checks) {
        return refuse(checks.error().exit_code, checks.error().why);
    }
    return look_and_examine(*beginning, *plan, *checks, signer->get(), argc, argv);
}

}  // namespace assay::cli
