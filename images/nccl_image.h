// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The probe's image with NCCL: the core image that this program carries and, as a layer on top of
// it, a library that the user has. NCCL is not carried: it is a hundred times as large as the
// probe, and some clouds need their own. Errors are a sentence; any thread.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "images/probe_image.h"

namespace assay::images {

// Adds the image "nccl", for the platform of the library alone. The same library gives the same
// digest. Reads the whole of it, 300 MB as NVIDIA ships it, and holds it and what it is compressed
// to while `images` lives.
std::expected<void, std::string> add_nccl(ImageSet& images, const std::filesystem::path& library);

// An OCI layout of all of them, as probe_image_layout().
std::expected<std::string, std::string> layout_of(const ImageSet& images);

}  // namespace assay::images
