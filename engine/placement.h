// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the engine itself decides about every object of a run, put on the parsed trees of a fixture:
// namespace, labels, names that hold the run id and references to them, images, tolerations, the
// device request. Values and pure functions; any thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/claim_manifest.h"
#include "engine/fixture.h"
#include "engine/inventory.h"
#include "kube/json.h"
#include "kube/resource.h"

namespace assay {

// References of the probe image and of the variants that carry a variable: "core", "visible",
// "legacy".
using ProbeImages = std::map<std::string, std::string>;

struct Placement {
    std::string run_id;
    std::string requirement;
    std::string namespace_name;
    std::string device_class;
    std::string resource;           // of a device plugin: claims become this resource; "" for DRA
    std::string dra_version;        // "v1", "v1beta2", "v1beta1"
    int devices = 1;                // each claim, or container of a device plugin, asks for so many
    std::string claim_suffix = {};  // tells claim templates of another way of allocation apart
    ProbeImages images;
    std::vector<std::string> pull_secrets;
    std::string device_variables = {};            // the adapter's; containers are to tell of them
    std::vector<Toleration> tolerations;          // from the accelerator nodes' taints
    NodePool pool = {};                           // nodes that pods may go to
    std::vector<std::string> architectures = {};  // of the images: "amd64"; none if not known
    // Of the objects of other kinds, as the fixture has them: a string that is one of these is a
    // reference to it.
    std::set<std::string> object_names = {};
};

std::map<std::string, std::string> run_labels(const std::string& run_id,
                                              const std::string& requirement);
// Of an object that the fixture calls so.
std::string own_name(const std::string& name, const Placement& placement);
kube::Json placed_pod(const PodManifest& manifest, const Placement& placement);
// Pods it makes get what pods get. Its own name, and those it refers to, become the run's.
kube::Json placed_object(const ObjectManifest& manifest, const kube::Resource& kind,
                         const Placement& placement);
kube::Json placed_claim(const ClaimManifest& manifest, const Placement& placement);
kube::Json placed_claim_template(const kube::Json& manifest, const Placement& placement);

}  // namespace assay
