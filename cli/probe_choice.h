// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Which images the run's pods get. Any thread.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "engine/placement.h"
#include "images/probe_image.h"

namespace assay::cli {

using Carried = std::vector<images::ImageReference>;  // that this program carries

// By the user's reference; without one by digest in the repository that this program was released
// with, or, if there is none, by the name under which nodes have what `assay images export` wrote.
// A reference to one platform of an image leaves the others out.
std::expected<ProbeImages, std::string> chosen_images(const std::string& reference,
                                                      const std::string& repository,
                                                      const Carried& carried);

// As Go spells them ("amd64"); empty for an image that this program does not carry.
std::vector<std::string> architectures_of(const std::string& reference, const Carried& carried);

}  // namespace assay::cli
