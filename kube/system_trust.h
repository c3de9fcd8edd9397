// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Where a system keeps the authorities that it trusts: a program that is linked for every
// distribution cannot know it before it runs. Any thread.
#pragma once

#include <filesystem>
#include <string>

namespace assay::kube {

// The first bundle (PEM) that there is below root, by the names that distributions use; "" if none.
std::string bundle_of_system(const std::filesystem::path& root = "/");

// The file of $SSL_CERT_FILE or the system's bundle, looked up once.
const std::string& trusted_bundle();

}  // namespace assay::kube
