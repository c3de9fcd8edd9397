// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Certificates for tests of TLS, made anew in each run. Thread contract: values. Errors: a failure
// of OpenSSL throws.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <string>

namespace assay::kube {

struct Certified {
    std::shared_ptr<X509> certificate;
    std::shared_ptr<EVP_PKEY> key;
    std::string certificate_pem;
    std::string key_pem;
};

class Authority {
public:
    Authority();

    // names as OpenSSL writes them: "DNS:api.test,IP:127.0.0.1". Negative: expired so long ago.
    Certified issue(const std::string& names,
                    std::chrono::hours valid_for = std::chrono::hours(1)) const;
    const std::string& pem() const { return self_.certificate_pem; }
    X509* certificate() const { return self_.certificate.get(); }

private:
    Certified self_;
};

}  // namespace assay::kube
