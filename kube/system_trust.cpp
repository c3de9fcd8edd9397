// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/system_trust.h"

#include <cstdlib>

namespace assay::kube {

std::string bundle_of_system(const std::filesystem::path& root) {
    for (const char* name : {
             "etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Alpine, Arch
             "etc/pki/tls/certs/ca-bundle.crt",                   // RHEL, Fedora
             "etc/ssl/ca-bundle.pem",                             // SUSE
             "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // RHEL, Fedora, without the link
             "etc/ssl/cert.pem",                                  // Alpine without ca-certificates
         }) {
        std::error_code unreadable;
        if (std::filesystem::is_regular_file(root / name, unreadable)) {
            return (root / name).string();
        }
    }
    return {};
}

const std::string& trusted_bundle() {
    static const std::string bundle = [] {
        const char* named = std::getenv("SSL_CERT_FILE");  // as OpenSSL's and Go's programs
        return named != nullptr && *named != '\0' ? std::string(named) : bundle_of_system();
    }();
    return bundle;
}

}  // namespace assay::kube
