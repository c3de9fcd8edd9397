// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Which images the run's pods get. Any thread.
#pragma once

#include <expected>
#include <string>

#include "engine/placement.h"

namespace assay::cli {

// By the user's reference; without one by digest in the repository that this program was released
// with, or, if there is none, by the name under which nodes have what `assay images export` wrote.
std::expected<ProbeImages, std::string> chosen_images(const std::string& reference,
                                                      const std::string& repository);

// "" for an image that this program does not carry.
std::string architecture_of(const std::string& reference);

}  // namespace assay::cli
