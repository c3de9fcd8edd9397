// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/system_trust.h"

#include <gtest/gtest.h>

#include "scratch_folder.h"

namespace assay::kube {
namespace {

TEST(SystemTrust, IsFoundWhereEachDistributionKeepsIt) {
    for (const char* name : {"etc/ssl/certs/ca-certificates.crt", "etc/pki/tls/certs/ca-bundle.crt",
                             "etc/ssl/ca-bundle.pem", "etc/ssl/cert.pem"}) {
        const ScratchFolder system;
        EXPECT_EQ(bundle_of_system(system.path()), "");
        const auto file = system.write(name, "PEM");
        EXPECT_EQ(bundle_of_system(system.path()), file.string());
    }
}

TEST(SystemTrust, IsNoFolderOfThatName) {
    const ScratchFolder system;
    std::filesystem::create_directories(system.path() / "etc/ssl/certs/ca-certificates.crt");
    const auto file = system.write("etc/ssl/cert.pem", "PEM");
    EXPECT_EQ(bundle_of_system(system.path()), file.string());
}

}  // namespace
}  // namespace assay::kube
