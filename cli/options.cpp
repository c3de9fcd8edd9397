// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <set>
#include <sstream>

#include "cli/all_options.h"
#include "cli/program.h"
#include "cli/reach_options.h"
#include "cli/report_options.h"
#include "cli/schema.h"
#include "cli/submission_options.h"
#include "cli/version.h"

namespace assay::cli {

namespace {

constexpr int usage_error = 2;

constexpr const char* exit_codes =
    "Exit codes: 0 all that counts passed; 1 something that counts failed; 2 usage, profile or "
    "input; "
    "3 nothing could be asked (cluster unreachable or forbidden); 4 something that counts is "
    "inconclusive, the cluster did not settle or the run was interrupted; 5 nothing selected; 6 "
    "the report could not be "
    "signed; 130 interrupted twice.";

void add_profile(CLI::App& verb, Options& options) {
    verb.add_option("--profile", options.profile,
                    "profile by name or file; 'assay list' shows the names")
        ->capture_default_str();
}

// What it may take, and what of an earlier run is left to do.
void add_bounds(CLI::App& verb, Options& options) {
    verb.add_option("--budget-minutes", options.budget_minutes,
                    "minutes the run may take in all, waiting included: a check that is planned to "
                    "take longer than what is left is not begun, and none asks on when they are "
                    "up; clean-up is never cut short")
        ->check(CLI::Range(1, 10080));
    verb.add_option("--budget-accelerators", options.budget_accelerators,
                    "accelerators the run's pods may hold at a time; questions that need more are "
                    "not asked")
        ->check(CLI::Range(0, 1000000));
    verb.add_option("--rerun-unsettled", options.rerun_unsettled,
                    "report of an earlier run, folder or report.json: ask only what was selected "
                    "there and is inconclusive, with the same profile on the same cluster")
        ->excludes("--select");
}

void add_plan(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand(
        "plan", "what a run would need, create and try here; reads only, creates nothing");
    verb->footer(
        "Give it the flags that `run` will get.\n"
        "Exit codes: 0 this account may do all of it; 2 usage, profile or input; 3 the cluster "
        "cannot be read; 4 a right is missing; 5 nothing selected.");
    add_cluster(*verb, options);
    add_profile(*verb, options);
    add_selection(*verb, options);
    add_reach(*verb, options);
    add_wait(*verb, options);
    add_bounds(*verb, options);
    verb->add_flag("--json", options.json, "as JSON (reports/plan.schema.json)");
}

void add_triage(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand(
        "triage", "which accelerator nodes are broken, at which link, and what to do next");
    verb->footer(
        "Reads only: a dozen lists, and the last log lines of pods that do not run. It walks the "
        "chain of each node that has, or should have, accelerators (Node, kubelet's lease, Ready, "
        "cordon, taints, labels, the stack's pods, registration, slices, devices, device taints, "
        "preparation, holders, version skew) and names the first broken link with a command to "
        "copy. A node should have them if its label, its resources, a DaemonSet made for it or its "
        "pool says so.\n"
        "Examples:\n"
        "  assay triage                                  every node with a sign of an accelerator\n"
        "  assay triage --pool cloud.google.com/gke-nodepool=a3\n"
        "  assay triage --node gpu-7 --json              all findings, holders, warnings, "
        "versions\n"
        "  assay rbac --triage | kubectl apply -f -      the rights it uses; with fewer it says "
        "what it could not see\n\n"
        "Exit codes: 0 nothing found; 1 something found; 2 usage or input; 3 the cluster cannot be "
        "reached or its nodes not listed; 4 nothing found, but not all could be seen, or no node "
        "has any sign of an accelerator; 5 the pool has no node.");
    add_cluster(*verb, options);
    auto* pool = verb->add_option("--pool", options.pool,
                                  "KEY=VALUE: the nodes with this label, which should be alike");
    verb->add_option("--node", options.node, "this node alone")->excludes(pool);
    verb->add_option("--accelerator", options.accelerator,
                     "what they should have, by adapter, driver, DeviceClass or resource");
    verb->add_option("--adapters", options.adapters, "folder with adapters of your own (*.yaml)");
    verb->add_flag("--json", options.json, "as JSON (reports/triage.schema.json)");
    verb->add_option("--log-requests", options.log_requests,
                     "file that gets a line of JSON for each request to the API server");
}

void add_rbac(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand(
        "rbac", "print the role that a run needs, for kubectl apply; needs no cluster");
    verb->footer(
        "Example:\n  assay rbac --select secure_accelerator_access --service-account ci/assay | "
        "kubectl apply -f -");
    add_profile(*verb, options);
    add_selection(*verb, options);
    add_wait(*verb, options);
    verb->add_flag("--triage", options.for_triage, "the rights of `assay triage` instead");
    verb->add_option("--name", options.role_name, "of the role and its binding")
        ->capture_default_str();
    verb->add_option("--service-account", options.service_account,
                     "NAMESPACE/NAME of the account that is to have it")
        ->capture_default_str();
}

// A run that is resumed does what it was told at first. Who signs is no part of that: the group of
// those options is not among the options of the verb.
void add_resume(CLI::App& verb, Options& options) {
    CLI::Option* resume =
        verb.add_option("--resume", options.resume,
                        "folder of the report of a run that was killed or interrupted: what had "
                        "settled is kept, the rest is asked anew, with the flags of that run");
    resume->check(CLI::ExistingDirectory);
    const std::set<std::string> also_then{"--help",         "--resume",         "--kubeconfig",
                                          "--context",      "--quiet",          "--json",
                                          "--log-requests", "--statement-only", "--redact"};
    for (CLI::Option* option : verb.get_options()) {
        if (!also_then.contains(option->get_name())) {
            resume->excludes(option);
        }
    }
}

void add_run(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand("run", "examine the cluster and write a report");
    verb->footer(
        std::string(
            "Example:\n  assay run --profile k8s-ai-1.37 --select secure_accelerator_access "
            "--out report\n"
            "  assay run --resume report          after it was killed\n"
            "  assay run --wait-settled 15m --budget-minutes 30 --select '*_autoscaling'\n"
            "  assay run --rerun-unsettled report --out again\n\n"
            "--wait-settled looks before anything is created. What is not settled when the time is "
            "up is named; nothing is asked then, and the exit code is 4.\n"
            "What is over a budget is inconclusive for a reason that says 'budget: '; if it "
            "counts, the exit code is 4.\n"
            "--rerun-unsettled makes one verdict of both runs: 1 if something that counts failed "
            "there or here. If nothing is left to ask, it asks nothing, writes no report, and ends "
            "with 0, or 1 if something that counts had failed.\n\n") +
        exit_codes);
    add_cluster(*verb, options);
    add_profile(*verb, options);
    add_selection(*verb, options);
    add_reach(*verb, options);
    add_wait(*verb, options);
    add_bounds(*verb, options);
    verb->add_option("--image-pull-secret", options.pull_secrets,
                     "secret in the namespace of the run (use with --namespace); repeatable");
    verb->add_option("--timeout", options.timeout_s,
                     "seconds each check may take (default: the check's own)")
        ->check(CLI::Range(1, 86400));
    verb->add_option("--out", options.out,
                     "folder for the report, new or empty (default: assay-report-RUN)");
    verb->add_option(
            "--redact", options.redact_report,
            "public: in every file of the report the names of nodes, hosts, registries and "
            "the context, addresses and UUIDs are replaced, the same by the same, before "
            "digests are taken; none")
        ->check(CLI::IsMember({"public", "none"}))
        ->default_str("none");
    add_signer(*verb, options);
    verb->add_flag("--statement-only", options.statement_only,
                   "do not sign, and say how to sign the statement elsewhere")
        ->excludes("--sign-key")
        ->excludes("--signer");
    verb->add_flag("--keep", options.keep, "leave the run's objects in the cluster to look at");
    verb->add_option("--log-requests", options.log_requests,
                     "file that gets a line of JSON for each request to the API server");
    verb->add_flag("--quiet", options.quiet, "print the verdict only");
    verb->add_flag("--json", options.json, "print report.json instead of text");
    add_resume(*verb, options);
}

void add_list(CLI::App& app, Options& options) {
    CLI::App* verb =
        app.add_subcommand("list", "requirements of a profile and the assertions that settle them");
    add_profile(*verb, options);
    verb->add_flag("--json", options.json, "as JSON");
    verb->add_flag("--markdown", options.markdown, "as docs/checks.md");
}

void add_explain(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand(
        "explain", "what a requirement or assertion asks, what its failure breaks and what to do");
    verb->add_option("topic", options.topic, "REQUIREMENT or REQUIREMENT/ASSERTION")->required();
}

void add_cleanup(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand(
        "cleanup", "remove what runs left in the cluster (without a flag: show it)");
    verb->footer(
        "Objects are found by the labels of their run and deleted by uid; everything deleted is "
        "printed. What a run only used, such as the namespace of --namespace, stays.\n"
        "Examples:\n"
        "  assay cleanup                      show what is there, delete nothing\n"
        "  assay cleanup --run k7w4c2hp       what one run left\n"
        "  assay cleanup --journal report     the same, and what has lost its labels, by uid\n"
        "  assay cleanup --stale              runs that cannot be going any more: each object\n"
        "                                     says how long its run may need it\n\n"
        "Exit codes: 0 nothing is left, or there was nothing; 2 usage or journal; 3 the cluster "
        "cannot be read; 4 something is left (it is printed with what holds it).");
    add_cluster(*verb, options);
    auto* which = verb->add_option_group("which");
    which->add_option("--run", options.run_id, "id of the run");
    which
        ->add_option("--journal", options.journal,
                     "folder of the run's report, whose journal.jsonl says what it made")
        ->check(CLI::ExistingDirectory);
    which->add_flag("--stale", options.stale,
                    "every run whose time is over; one that is going, or was left with --keep, "
                    "is not touched");
    which->add_flag("--all", options.all, "every run, also one that is still going");
    which->require_option(0, 1);
    verb->add_flag("--dry-run", options.dry_run, "print what would be deleted");
}

void add_nccl(CLI::App& verb, Options& options) {
    verb.add_option("--nccl", options.nccl_library,
                    "libnccl.so.2, which all_reduce needs on accelerators: adds the image nccl, "
                    "with this library on top of the core image");
}

void add_images_push(CLI::App& images, Options& options) {
    CLI::App* verb = images.add_subcommand(
        "push", "upload it to a registry that the nodes reach; what is there is not sent again");
    verb->add_option("target", options.target,
                     "REGISTRY/REPOSITORY[:TAG] (default tag: this version)")
        ->required();
    verb->add_option("--ca-file", options.ca_file,
                     "PEM of the registry's own authority (default: the system's)");
    verb->add_flag("--insecure-http", options.insecure_http,
                   "speak plain http, the login included; needed for any host but the loopback");
    auto* user = verb->add_option("--username", options.username,
                                  "user (default: docker's config.json, its helpers included)");
    auto* password =
        verb->add_flag("--password-stdin", options.password_stdin, "read the password from stdin");
    user->needs(password);
    password->needs(user);
    add_nccl(*verb, options);
    verb->footer(
        "Example:\n  docker login registry.example:5000\n"
        "  assay images push registry.example:5000/tools/assay-probe\n"
        "It prints the --probe-image to give to `assay run`; where pulling needs a login, make a "
        "docker-registry secret in a namespace and run with --namespace and --image-pull-secret.\n"
        "Exit codes: 0 pushed; 2 usage or input; 3 the registry cannot be reached or refuses.");
}

void add_images(CLI::App& app, Options& options) {
    CLI::App* images = app.add_subcommand("images", "the probe image, carried inside this program");
    images->require_subcommand(1);
    CLI::App* save = images->add_subcommand("export", "write it as an OCI layout tar");
    save->add_option("file", options.target, "e.g. assay-probe.tar")->required();
    add_nccl(*save, options);
    save->footer(
        "Load it on a node:   ctr -n k8s.io images import assay-probe.tar\n"
        "Or push it:          assay images push REGISTRY/assay-probe");
    images->add_subcommand("list", "variants, digests, platform, sizes and media types")
        ->add_flag("--json", options.json, "as JSON");
    add_images_push(*images, options);
}

void add_sign(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand(
        "sign", "sign a report that is not signed yet, once it is found whole and consistent");
    verb->add_option("folder", options.target, "folder that `assay run --out` wrote")->required();
    add_signer(*verb, options)->require_option(1, 0);
    verb->footer(
        "Examples:\n"
        "  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem\n"
        "  assay sign report --sign-key key.pem\n"
        "  assay sign report --signer exec:./kms-signer\n"
        "The program is run without a shell and without arguments of yours, at most 60 s each "
        "time: `PROGRAM pubkey` prints the P-256 public key in PEM; `PROGRAM` gets the bytes to "
        "sign on stdin and prints the ECDSA signature over their SHA-256, in DER, as r and s of 32 "
        "bytes each, or as Base64 of either. It ends with 0; what it says on stderr is shown if it "
        "does not. Nothing is written unless the signature is one of that public key.\n"
        "Exit codes: 0 signed; 2 usage, key or signer; 6 the report is not whole, or could not be "
        "signed.");
}

void add_verify(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand(
        "verify", "whether a report is whole, agrees with itself and was signed by a key");
    verb->add_option("folder", options.target, "folder that `assay run --out` wrote")->required();
    verb->add_option("--key", options.public_key, "P-256 public key of the signer (PEM)");
    verb->footer(
        "Example:\n  openssl pkey -in key.pem -pubout -out key.pub\n"
        "  assay verify report --key key.pub\n"
        "A signature says who wrote the report, not that it is true. Without --key digests and "
        "lists are compared, which anyone can make agree.\n"
        "Exit codes: 0 whole, consistent and signed by this key; 2 usage; 6 not verified.");
}

void add_schema(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand(
        "schema",
        "print the JSON schema (draft-07) of what a verb writes, or of a probe's document");
    verb->add_option("name", options.target, "of which document")
        ->required()
        ->check(CLI::IsMember(schema_names()));
    verb->footer("Example:\n  assay schema report > report.schema.json");
}

void add_completion(CLI::App& app, Options& options) {
    CLI::App* verb =
        app.add_subcommand("completion", "print what completes command lines in a shell");
    verb->add_option("shell", options.target, "which one")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    verb->footer(
        "Examples:\n"
        "  source <(assay completion bash)                                in ~/.bashrc\n"
        "  assay completion zsh > \"${fpath[1]}/_assay\"\n"
        "  assay completion fish > ~/.config/fish/completions/assay.fish\n"
        "kubectl completes `kubectl assay` where a link kubectl_complete-assay to this program is "
        "on "
        "the path.");
}

std::string chosen_verb(const CLI::App& app) {
    std::string verb;
    const CLI::App* at = &app;
    while (!at->get_subcommands().empty()) {
        at = at->get_subcommands().front();
        verb += (verb.empty() ? "" : " ") + at->get_name();
    }
    return verb;
}

}  // namespace

void add_all(CLI::App& app, Options& options) {
    app.set_version_flag("--version", version_line());
    app.require_subcommand(1);
    app.footer(exit_codes);
    add_run(app, options);
    add_plan(app, options);
    add_triage(app, options);
    add_rbac(app, options);
    add_list(app, options);
    add_explain(app, options);
    add_cleanup(app, options);
    add_images(app, options);
    add_sign(app, options);
    add_verify(app, options);
    add_diff(app, options);
    add_gate(app, options);
    add_schema(app, options);
    add_completion(app, options);
    add_submission(app, options);
    add_import(app, options);
    app.add_subcommand("version", "version of this program and of the probe it carries");
}

Parsed parse_options(int argc, char** argv) {
    Parsed parsed;
    CLI::App app("assay proves, or disproves, that a Kubernetes cluster can run AI workloads.",
                 program());
    add_all(app, parsed.options);
    try {
        app.parse(argc, argv);
        parsed.options.verb = chosen_verb(app);
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream err;
        const int code = app.exit(error, out, err);
        std::cout << in_callers_words(out.str());
        std::cerr << in_callers_words(err.str());
        parsed.exit_code = code == 0 ? 0 : usage_error;
    }
    return parsed;
}

}  // namespace assay::cli
