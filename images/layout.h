// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// An OCI image layout (image-spec 1.0) as one tar: images that share one gzip layer a platform and
// differ in the environment their configuration sets. The same arguments give the same bytes.
// Values; any thread. Errors are a sentence.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <vector>

#include "images/archive.h"

namespace assay::images {

inline constexpr const char* manifest_type = "application/vnd.oci.image.manifest.v1+json";
inline constexpr const char* index_type = "application/vnd.oci.image.index.v1+json";

// Annotation of a manifest's entry in index.json: which of the images it is.
inline constexpr const char* variant_annotation = "assay.image.variant";
inline constexpr const char* name_annotation = "io.containerd.image.name";

struct Variant {
    std::string variant;                   // "core"
    std::string name;                      // "localhost/assay-probe:0.1.0"
    std::vector<std::string> environment;  // "NAME=value", besides PATH
};

struct ImagePlan {
    std::string version;       // of the program
    std::string architecture;  // as OCI spells it: "amd64", "arm64"
    std::vector<Entry> files;  // of the one layer, each directory before what is in it
    std::vector<Variant> variants;
};

// The three images every release has.
std::vector<Variant> probe_variants(const std::string& version);

// What the layer holds besides the program and its libraries: mount points, /tmp, /etc/passwd.
std::vector<Entry> base_files();

// Each missing directory above a file gets an entry of its own.
std::vector<Entry> with_directories(std::vector<Entry> files);

std::expected<std::string, std::string> oci_layout(const ImagePlan& plan);

// One layout of several, each with the same images for another platform: each image becomes an
// index of its platforms, sorted by architecture, and blobs that several share are there once. Of
// one layout it is that layout, byte for byte.
std::expected<std::string, std::string> joined_layout(const std::vector<std::string>& layouts);

// The tar of an index.json and the blobs that it leads to, by digest ("sha256:…").
std::expected<std::string, std::string> layout_tar(const std::string& index,
                                                   std::map<std::string, std::string> blobs);

}  // namespace assay::images
