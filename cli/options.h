// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The command line as one plain struct. options.cpp is the only file that includes CLI11.
#pragma once

#include <string>
#include <vector>

namespace assay::cli {

struct Options {
    std::string verb;  // "run", "plan", "triage", "rbac", "list", "explain", "cleanup", "images
                       // export", "images list", "sign", "verify", "diff", "gate", "submission
                       // pack", "submission lint", "import go-test", "schema", "completion",
                       // "version"

    // where
    std::string kubeconfig;
    std::string context;

    // what
    std::string profile = "k8s-ai-1.37";
    std::string adapters;
    std::vector<std::string> select;
    std::vector<std::string> skip;
    std::string accelerator;
    std::string namespace_name;
    bool no_intrusive = false;
    std::vector<std::string> use;    // "metrics=prometheus-operator", …
    std::vector<std::string> allow;  // "scale-nodes", …
    std::string metric;              // pod_autoscaling: what the platform calls ours
    std::string scale_resource;
    std::string pool;  // KEY=VALUE, the label of nodes
    std::string node;  // triage

    // how
    std::string nccl_image;  // as probe_image, with NCCL
    std::string probe_image;
    std::vector<std::string> pull_secrets;
    int timeout_s = 0;
    int wait_settled_s = 0;        // 0: do not wait
    int budget_minutes = 0;        // 0: not limited
    int budget_accelerators = -1;  // -1: not limited
    std::string rerun_unsettled;   // report of an earlier run, folder or file
    bool keep = false;

    std::string log_requests;

    std::string resume;  // folder of the report of the run to go on with

    // out
    std::string out;
    std::string sign_key;
    std::string sign_passphrase_file;
    std::string signer;  // "exec:PROGRAM"
    bool statement_only = false;
    bool quiet = false;
    bool json = false;
    bool markdown = false;

    // other verbs
    std::string topic;                              // explain: requirement or requirement/assertion
    std::string run_id;                             // cleanup
    std::string journal;                            // cleanup: folder of a report
    bool all = false;                               // cleanup
    bool stale = false;                             // cleanup
    bool dry_run = false;                           // cleanup
    std::string target;                             // images export, images push, sign, verify,
                                                    // schema, completion
    std::string public_key;                         // verify, diff
    std::string base;                               // diff: report of the run before
    std::vector<std::string> fail_on;               // diff: empty for must and missing
    std::string baseline_allow;                     // diff
    std::string history;                            // diff, gate: folder of earlier reports
    std::string redact_report;                      // run: "public", "none"; "" not said, so none
    int retry_inconclusive = 0;                     // gate: runs for what has no answer
    std::string readiness;                          // gate: profile, as profile
    bool confirm = false;                           // gate: two more runs of what newly fails
    std::string nccl_library;                       // images export, images push
    std::string ca_file;                            // images push
    std::string username;                           // images push
    bool password_stdin = false;                    // images push
    bool insecure_http = false;                     // images push
    std::vector<std::string> runs;                  // submission pack: folders of reports
    std::string product;                            // submission pack: product.yaml
    std::string checklist;                          // submission: the programme's
    std::string landscape;                          // submission lint: the CNCF's landscape.yml
    std::string redact = "public";                  // submission pack: or "none"
    bool allow_simulated = false;                   // submission
    bool for_triage = false;                        // rbac
    std::string role_name = "assay";                // rbac
    std::string service_account = "default/assay";  // rbac
};

struct Parsed {
    Options options;
    int exit_code = -1;  // >= 0: end now with it; the text to show has been printed
};

Parsed parse_options(int argc, char** argv);

}  // namespace assay::cli
