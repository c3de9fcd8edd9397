// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/report_options.h"

#include "cli/reach_options.h"

namespace assay::cli {

namespace {

void add_rules(CLI::App& verb, Options& options) {
    verb.add_option("--fail-on", options.fail_on,
                    "what closes the gate, comma-separated: must, should, informative (what fails "
                    "at that level), missing (what is no longer asked), perf (what is measured to "
                    "be worse), flaky (what did not fail "
                    "again when it was confirmed), none")
        ->delimiter(',')
        ->check(
            CLI::IsMember({"must", "should", "informative", "missing", "perf", "flaky", "none"}))
        ->default_str("must,missing,perf");
    verb.add_option("--baseline-allow", options.baseline_allow,
                    "file of what may fail until a day: {apiVersion: assay/v1alpha1, kind: "
                    "Allowances, allow: [{assertion: REQUIREMENT/ASSERTION, until: 2027-01-31, "
                    "why: TEXT}]}")
        ->check(CLI::ExistingFile);
    verb.add_option(
            "--history", options.history,
            "folder below which earlier runs have their reports: tells of what fails in how "
            "many of them it failed; what is flaky closes the gate where it never was")
        ->check(CLI::ExistingDirectory);
    verb.add_option("--key", options.public_key,
                    "P-256 public key (PEM) that the base must be signed by");
}

}  // namespace

void add_diff(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand(
        "diff", "what changed between two runs, and whether an upgrade's gate closes for it");
    verb->add_option("base", options.base, "report of the run before: folder or report.json")
        ->required();
    verb->add_option("new", options.target, "report of the run after")->required();
    add_rules(*verb, options);
    verb->add_option("--out", options.out,
                     "folder, new or empty, for diff.json, diff.md, diff.html and junit-gate.xml");
    verb->add_flag("--json", options.json, "print diff.json instead of text");
    verb->footer(
        "Examples:\n"
        "  assay run --profile k8s-ai-1.37 --out before      then upgrade the cluster\n"
        "  assay run --profile k8s-ai-1.37 --out after\n"
        "  assay diff before after --out gate && cat gate/diff.md >>\"$GITHUB_STEP_SUMMARY\"\n\n"
        "Runs are joined by assertion, never by the names of nodes. A regression, a failure where "
        "nothing was asked before, what is no longer asked and what is newly not applicable close "
        "the gate; so does what failed before and fails still, unless a file of --baseline-allow "
        "says until when that may be. What had an answer and has none now cannot be told. What "
        "lies beyond a requirement counts where it got worse. Requirements of a newer profile are "
        "shown apart.\n"
        "Exit codes: 0 the gate is open; 1 it is closed; 2 usage or input; 4 it cannot be told, or "
        "the runs do not compare (another model, allocation or kind; one simulated; one "
        "interrupted); 6 a report is not as it was written, or the base was not signed by --key.");
}

void add_gate(CLI::App& app, Options& options) {
    CLI::App* verb = app.add_subcommand(
        "gate", "run by the profile of an earlier report, compare, and end with one exit code");
    add_cluster(*verb, options);
    verb->add_option("--base", options.base, "folder of the report of the run before")->required();
    add_rules(*verb, options);
    verb->add_option("--retry-inconclusive", options.retry_inconclusive,
                     "ask what has no answer so many times more; what failed is never asked again")
        ->check(CLI::Range(0, 10));
    verb->add_flag("--confirm", options.confirm,
                   "ask what newly fails twice more: what passes both times is flaky");
    verb->add_option("--readiness", options.readiness,
                     "a newer profile (name or file): examine what it asks beyond the base's, too; "
                     "told of beside, the gate does not go by it");
    add_selection(*verb, options);
    add_reach(*verb, options);
    add_wait(*verb, options);
    verb->add_option("--image-pull-secret", options.pull_secrets,
                     "secret in the namespace of the run (use with --namespace); repeatable");
    verb->add_option("--timeout", options.timeout_s,
                     "seconds each check may take (default: the check's own)")
        ->check(CLI::Range(1, 86400));
    verb->add_option(
        "--out", options.out,
        "folder, new or empty (default: assay-gate-ID): diff.json, diff.md, diff.html, "
        "junit-gate.xml, and the reports in run, retry-N, confirm-N and readiness");
    verb->add_flag("--quiet", options.quiet, "print the verdicts only");
    verb->footer(
        "Example:\n"
        "  assay run --profile k8s-ai-1.37 --out before      then upgrade the cluster\n"
        "  assay gate --base before --wait-settled 15m --retry-inconclusive 1 --out gate\n\n"
        "`assay diff --help` says what closes the gate. The run is by the base's own profile, and "
        "of its accelerator where there is one and no other is named.\n"
        "Exit codes: 0 the gate is open; 1 it is closed; 2 usage or input; 3 nothing could be "
        "asked; 4 it cannot be told; 5 nothing selected; 6 the base is not as it was written, or "
        "not signed by --key; 130 interrupted twice.");
}

}  // namespace assay::cli
