// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/reach_options.h"

namespace assay::cli {

void add_cluster(CLI::App& verb, Options& options) {
    verb.add_option(
        "--kubeconfig", options.kubeconfig,
        "kubeconfig file (default: $KUBECONFIG, ~/.kube/config, the service account in a pod)");
    verb.add_option("--context", options.context,
                    "context of the kubeconfig (default: its current one)");
}

void add_selection(CLI::App& verb, Options& options) {
    verb.add_option("--select", options.select,
                    "requirement id, or glob with * and ? in quotes ('*_autoscaling'), else the "
                    "shell puts names of files there; repeatable, or with commas (default: all)")
        ->delimiter(',');
    verb.add_option("--skip", options.skip,
                    "requirement id or glob to leave out, likewise; outweighs --select")
        ->delimiter(',');
    verb.add_option("--namespace", options.namespace_name,
                    "run in this existing namespace instead of making one for each check");
}

void add_wait(CLI::App& verb, Options& options) {
    verb.add_option("--wait-settled", options.wait_settled_s,
                    "first wait at most so long (90s, 10m, 1h) until every node is Ready, every "
                    "pool of ResourceSlices complete and every DaemonSet rolled out")
        ->transform(
            CLI::AsNumberWithUnit(std::map<std::string, int>{{"s", 1}, {"m", 60}, {"h", 3600}},
                                  CLI::AsNumberWithUnit::CASE_SENSITIVE, "DURATION"))
        ->check(CLI::Range(1, 86400));
}

void add_reach(CLI::App& verb, Options& options) {
    verb.add_option(
        "--accelerator", options.accelerator,
        "kind to examine, by DeviceClass, driver or adapter; needed when there are several");
    verb.add_option(
        "--pool", options.pool,
        "KEY=VALUE: nodes with this label alone are examined, and pods go to no others");
    verb.add_option("--adapters", options.adapters, "folder with adapters of your own (*.yaml)");
    verb.add_option("--use", options.use,
                    "ROLE=NAME of an adapter, where several components of a role are installed: "
                    "examine this one (repeatable)");
    verb.add_flag(
        "--no-intrusive", options.no_intrusive,
        "leave out every attempt to get more than was requested; what rests on it is inconclusive");
    verb.add_option(
            "--allow", options.allow,
            "what others may feel, comma-separated: restart-controllers (delete a pod of an "
            "operator, which comes back), scale-nodes (let an autoscaler add one node and take it "
            "away again; it costs money), exclusive-pool (hold more than half of the free "
            "accelerators); without it what rests on it is inconclusive")
        ->delimiter(',')
        ->check(CLI::IsMember({"restart-controllers", "scale-nodes", "exclusive-pool"}));
    verb.add_option("--metric", options.metric,
                    "what the platform's rule for custom metrics calls the gauge load_of_assay of "
                    "the pods that pod_autoscaling makes, where it gives it another name");
    verb.add_option(
        "--scale-resource", options.scale_resource,
        "extended resource (nvidia.com/gpu) that the node must have that an autoscaler is asked "
        "for (default: what its pools have a limit of, else the kind examined)");
    verb.add_option("--probe-image", options.probe_image,
                    "REPOSITORY[:TAG]@DIGEST of the probe image on your registry");
    verb.add_option("--nccl-image", options.nccl_image,
                    "reference of the probe image with NCCL, which all_reduce needs on "
                    "accelerators, as `assay images push --nccl` (or export) prints it");
}

}  // namespace assay::cli
