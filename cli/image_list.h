// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What `assay images list` says. Functions of their arguments; any thread.
#pragma once

#include <string>
#include <vector>

#include "images/probe_image.h"

namespace assay::cli {

// Sizes in MB of 10^6 bytes, and in bytes.
std::string image_list_text(const std::vector<images::ImageReference>& images);

// `manifest` is what a reference by digest names, an index where there are several platforms.
std::string image_list_json(const std::vector<images::ImageReference>& images);

}  // namespace assay::cli
