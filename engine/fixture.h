// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Manifests as kubectl would apply them, and the typed overlays a check or the engine puts on the
// parsed tree (never on text). Values; any thread.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/claim_manifest.h"
#include "engine/inventory.h"
#include "kube/json.h"

namespace assay {

// References of the probe image and of the variants that carry a variable: "core", "visible",
// "legacy".
using ProbeImages = std::map<std::string, std::string>;

class PodManifest {
public:
    explicit PodManifest(kube::Json tree) : tree_(std::move(tree)) {}

    // Each returns a changed copy.
    PodManifest named(std::string_view suffix) const;  // name becomes "<name>-<suffix>"
    PodManifest on(std::string_view node) const;  // required node affinity, never spec.nodeName
    PodManifest runtime_class(std::string_view name) const;
    PodManifest without(std::string_view container) const;
    PodManifest only(std::string_view container) const;
    PodManifest copy(std::string_view container, std::string_view name) const;
    PodManifest env(std::string_view container, std::string_view name,
                    std::string_view value) const;
    PodManifest annotation(const std::string& name, const std::string& value) const;
    // Mounts a folder or file of the node into the container.
    PodManifest host_path(std::string_view container, const std::string& on_node,
                          const std::string& at) const;
    PodManifest arguments(std::string_view container, const std::vector<std::string>& more) const;
    PodManifest variant(std::string_view container, std::string_view image) const;

    // The pod's only claim becomes this one, which is not the pod's own (no template).
    PodManifest claiming(std::string_view claim) const;
    PodManifest limit(std::string_view container, std::string_view resource, int count) const;

    std::string name() const { return kube::name_of(tree_); }
    bool holds(std::string_view container) const;  // it goes on after its document
    const kube::Json& tree() const { return tree_; }

private:
    kube::Json tree_;
};

class Fixture {
public:
    static std::expected<Fixture, std::string> parse(std::string_view yaml,
                                                     const std::string& name);

    PodManifest pod(std::string_view name) const;  // throws std::logic_error if the file lacks it
    ClaimManifest claim(std::string_view name) const;  // likewise
    const std::vector<kube::Json>& claim_templates() const { return claim_templates_; }

private:
    std::map<std::string, kube::Json, std::less<>> pods_;
    std::map<std::string, kube::Json, std::less<>> claims_;
    std::vector<kube::Json> claim_templates_;
};

// What the engine itself decides about every object of a run.
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
    std::string device_variables = {};    // the adapter's; containers are to tell of them
    std::vector<Toleration> tolerations;  // from the accelerator nodes' taints
    std::string architecture = {};        // of the images: "amd64"; "" if not known
};

std::map<std::string, std::string> run_labels(const std::string& run_id,
                                              const std::string& requirement);
kube::Json placed_pod(const PodManifest& manifest, const Placement& placement);
kube::Json placed_claim(const ClaimManifest& manifest, const Placement& placement);
kube::Json placed_claim_template(const kube::Json& manifest, const Placement& placement);

}  // namespace assay
