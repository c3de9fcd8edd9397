// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/api/certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace assay::kube {

namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

void demand(bool done) {
    if (!done) {
        throw std::runtime_error("OpenSSL cannot make a certificate");
    }
}

std::string text_of(const Bio& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, int kind, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()), X509_EXTENSION_free);
    demand(extension != nullptr);
    demand(X509_add_ext(certificate, extension.get(), -1) == 1);
}

// A key and a certificate for it, not yet signed.
Certified unsigned_one(const std::string& common_name, std::chrono::hours valid_for) {
    constexpr long hour_s = 3600;
    Certified made;
    made.key.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
    made.certificate.reset(X509_new(), X509_free);
    X509* certificate = made.certificate.get();
    static long serial = 1;
    demand(X509_set_version(certificate, X509_VERSION_3) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -48 * hour_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), static_cast<long>(valid_for.count()) * hour_s);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                               0);
    demand(X509_set_pubkey(certificate, made.key.get()) == 1);
    return made;
}

void sign(Certified& made, EVP_PKEY* by) {
    demand(X509_sign(made.certificate.get(), by, EVP_sha256()) > 0);
    const Bio certificate(BIO_new(BIO_s_mem()), BIO_free_all);
    const Bio key(BIO_new(BIO_s_mem()), BIO_free_all);
    demand(PEM_write_bio_X509(certificate.get(), made.certificate.get()) == 1);
    demand(PEM_write_bio_PrivateKey(key.get(), made.key.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) == 1);
    made.certificate_pem = text_of(certificate);
    made.key_pem = text_of(key);
}

}  // namespace

Authority::Authority() : self_(unsigned_one("test authority", std::chrono::hours(24))) {
    X509* certificate = self_.certificate.get();
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    sign(self_, self_.key.get());
}

Certified Authority::issue(const std::string& names, std::chrono::hours valid_for) const {
    Certified made = unsigned_one("issued", valid_for);
    X509_set_issuer_name(made.certificate.get(), X509_get_subject_name(self_.certificate.get()));
    if (!names.empty()) {
        add_extension(made.certificate.get(), NID_subject_alt_name, names);
    }
    sign(made, self_.key.get());
    return made;
}

}  // namespace assay::kube
