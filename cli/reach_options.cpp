// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/reach_options.h"

namespace assay::cli {

void add_reach(CLI::App& verb, Options& options) {
    verb.add_option(
        "--accelerator", options.accelerator,
        "kind to examine, by DeviceClass, driver or adapter; needed when there are several");
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
}

}  // namespace assay::cli
