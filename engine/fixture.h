// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Manifests as kubectl would apply them, and the typed overlays a check or the engine puts on the
// parsed tree (never on text). Values; any thread.
#pragma once

#include <array>
#include <expected>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/claim_manifest.h"
#include "kube/json.h"

namespace assay {

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

    // Sets the member at a JSON pointer; what leads to it is made.
    PodManifest with(const std::string& pointer, kube::Json value) const;

    std::string name() const { return kube::name_of(tree_); }
    bool holds(std::string_view container) const;  // it goes on after its document
    const kube::Json& tree() const { return tree_; }

private:
    kube::Json tree_;
};

// Where the spec of a pod has containers.
inline constexpr std::array<const char*, 3> container_lists{"initContainers", "containers",
                                                            "ephemeralContainers"};

// Whether a container of the probe goes on after its document, which it then prints as a line.
bool goes_on(const kube::Json& container);

// An object of any other kind.
class ObjectManifest {
public:
    explicit ObjectManifest(kube::Json tree) : tree_(std::move(tree)) {}

    // Each returns a changed copy.
    ObjectManifest named(std::string_view suffix) const;  // name becomes "<name>-<suffix>"
    // Sets the member at a JSON pointer ("/spec/rules/0/name"); what leads to it is made.
    ObjectManifest with(const std::string& pointer, kube::Json value) const;
    ObjectManifest without(const std::string& pointer) const;

    std::string name() const { return kube::name_of(tree_); }
    std::string kind() const { return kube::text(tree_, {"kind"}); }
    const kube::Json& tree() const { return tree_; }

private:
    kube::Json tree_;
};

class Fixture {
public:
    static std::expected<Fixture, std::string> parse(std::string_view yaml,
                                                     const std::string& name);

    PodManifest pod(std::string_view name) const;  // throws std::logic_error if the file lacks it
    ClaimManifest claim(std::string_view name) const;                           // likewise
    ObjectManifest object(std::string_view kind, std::string_view name) const;  // likewise
    std::set<std::string> object_names() const;
    const std::vector<kube::Json>& claim_templates() const { return claim_templates_; }

private:
    std::map<std::string, kube::Json, std::less<>> pods_;
    std::map<std::string, kube::Json, std::less<>> claims_;
    std::map<std::pair<std::string, std::string>, kube::Json> objects_;  // by kind and name
    std::vector<kube::Json> claim_templates_;
};

}  // namespace assay
