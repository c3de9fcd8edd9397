// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/submission_options.h"

namespace assay::cli {

namespace {

void add_checklist(CLI::App& verb, Options& options, const char* what) {
    verb.add_option("--checklist", options.checklist, what)->required()->check(CLI::ExistingFile);
}

void add_pack(CLI::App& submission, Options& options) {
    CLI::App* verb = submission.add_subcommand(
        "pack", "make a submission to the certification programme out of runs");
    verb->add_option("runs", options.runs, "folders that `assay run --out` wrote, of one cluster")
        ->required();
    verb->add_option("--product", options.product,
                     "what only you can say: {apiVersion: assay/v1alpha1, kind: Product, "
                     "directory: NAME, metadata: {…}, requirements: {…}}; docs/submission.md")
        ->required()
        ->check(CLI::ExistingFile);
    add_checklist(*verb, options,
                  "docs/AIConformance-1.NN.yaml of the programme's repository, or a PRODUCT.yaml "
                  "that is begun: what it says already stays");
    verb->add_option("--out", options.out, "folder, new or empty")->required();
    verb->add_option("--key", options.public_key,
                     "P-256 public key (PEM) that each run must be signed by");
    verb->add_option("--redact", options.redact,
                     "public: names of nodes, contexts and private registries, addresses and "
                     "UUIDs become words such as node-001, the same in every file; none")
        ->check(CLI::IsMember({"public", "none"}))
        ->capture_default_str();
    verb->add_flag("--allow-simulated", options.allow_simulated,
                   "make the files of simulated runs, too, marked SIMULATED: to look at, never to "
                   "submit");
    verb->footer(
        "Example:\n"
        "  assay run --profile k8s-ai-1.37 --sign-key key.pem --out musts\n"
        "  assay run --profile k8s-ai-1.37 --select cluster_autoscaling --allow scale-nodes --out "
        "scaling\n"
        "  assay submission pack musts scaling --product product.yaml \\\n"
        "    --checklist AIConformance-1.37.yaml --out submission\n\n"
        "It writes --out/cncf/v1.NN/DIRECTORY (copy it into a fork of the programme's repository), "
        "pull-request.md, and private-review.zip for a review before anything is public. Of a "
        "requirement in several runs a failure holds. A MUST that did not pass is left open and "
        "named.\n"
        "Exit codes: 0 packed, and the intake's rules take it; 1 packed, and a MUST is open or the "
        "intake refuses it; 2 usage or input, runs that do not belong together, a simulated run; 6 "
        "a run is not as it was written, or not signed by --key.");
}

void add_lint(CLI::App& submission, Options& options) {
    CLI::App* verb = submission.add_subcommand(
        "lint", "what the certification programme's intake and its reviewers would say; offline");
    verb->add_option("submission", options.target,
                     "v1.NN/DIRECTORY with a PRODUCT.yaml, or that file")
        ->required();
    add_checklist(*verb, options, "docs/AIConformance-1.NN.yaml of the programme's repository");
    verb->add_option("--landscape", options.landscape,
                     "landscape.yml of the CNCF, to check vendorName by its members")
        ->check(CLI::ExistingFile);
    verb->add_flag("--allow-simulated", options.allow_simulated,
                   "do not object to files that are marked SIMULATED");
    verb->footer(
        "A refusal is what the programme's validator refuses; an objection breaks its instructions "
        "or has sent others back; a warning is the reviewer's to judge. URLs are listed, not "
        "opened.\n"
        "Example:\n  assay submission lint v1.37/turbo --checklist docs/AIConformance-1.37.yaml\n"
        "Exit codes: 0 no refusal and no objection; 1 there is one; 2 usage or input.");
}

}  // namespace

CLI::Option_group* add_signer(CLI::App& verb, Options& options) {
    auto* who = verb.add_option_group("signature");
    auto* key = who->add_option("--sign-key", options.sign_key,
                                "sign with this P-256 key (PEM, PKCS#8 or SEC1); the passphrase of "
                                "an encrypted one is in $ASSAY_SIGN_PASSPHRASE or asked for at the "
                                "terminal");
    who->add_option("--sign-passphrase-file", options.sign_passphrase_file,
                    "file whose first line is the passphrase of the key")
        ->needs(key);
    who->add_option("--signer", options.signer,
                    "exec:PROGRAM signs, with a key that only it reaches; see `assay sign --help`")
        ->excludes(key);
    return who;
}

void add_submission(CLI::App& app, Options& options) {
    CLI::App* submission =
        app.add_subcommand("submission", "files for the CNCF Kubernetes AI conformance programme");
    submission->require_subcommand(1);
    add_pack(*submission, options);
    add_lint(*submission, options);
}

void add_import(CLI::App& app, Options& options) {
    CLI::App* import = app.add_subcommand("import", "carry another suite's results in our report");
    import->require_subcommand(1);
    CLI::App* verb = import->add_subcommand(
        "go-test", "of `go test -json`: each test by its own name, as that suite says it");
    verb->add_option("file", options.target, "results.json: one event a line")->required();
    verb->add_option("--out", options.out, "folder for the report, new or empty")->required();
    add_signer(*verb, options);
    verb->footer(
        "Example:\n  go test -v ./test -json >results.json\n"
        "  assay import go-test results.json --sign-key key.pem --out upstream\n\n"
        "The report says which suite it is of and that assay ran nothing of it; its bytes are kept "
        "in artifacts/. `assay verify` checks it as any other. A skipped test is inconclusive: "
        "nobody asked.\n"
        "Exit codes: 0 every test passed; 1 one failed; 2 usage or input; 4 one was skipped or "
        "has no result; 6 the report could not be signed.");
}

}  // namespace assay::cli
