// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/key_signer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "reports/dsse.h"
#include "reports/files.h"

namespace assay::reports {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

std::string content_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string decoded(const std::string& text) {
    std::string bytes(text.size(), '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    bytes.resize(static_cast<std::size_t>(size));
    while (text.ends_with('=') && bytes.ends_with('\0')) {
        bytes.pop_back();
    }
    return bytes;
}

bool verifies(const fs::path& public_key, std::string_view bytes, std::string_view signature) {
    const std::unique_ptr<FILE, decltype(&fclose)> file(fopen(public_key.c_str(), "r"), fclose);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_PUBKEY(file.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
    return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size()) == 1;
}

KeySigner::AskPassphrase given(std::string passphrase) {
    return [passphrase = std::move(passphrase)] { return passphrase; };
}

std::expected<std::string, std::string> never() {
    ADD_FAILURE() << "asked for a passphrase";
    return std::unexpected("it was asked for");
}

class Signing : public testing::Test {
protected:
    Signing() {
        std::string name = (fs::temp_directory_path() / "assay-signing-XXXXXX").string();
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
        shell("openssl ecparam -name prime256v1 -genkey -out sec1.pem");
        shell("openssl pkey -in sec1.pem -pubout -out public.pem");
        shell("openssl pkcs8 -topk8 -nocrypt -in sec1.pem -out pkcs8.pem");
        shell("openssl pkcs8 -topk8 -in sec1.pem -passout pass:right -out locked.pem");
        shell("openssl ec -aes256 -in sec1.pem -passout pass:right -out locked-sec1.pem");
    }
    ~Signing() override { fs::remove_all(folder_); }

    void shell(const std::string& command) const {
        const std::string all = "cd '" + folder_.string() + "' && " + command + " 2>/dev/null";
        ASSERT_EQ(std::system(all.c_str()), 0) << command;
    }
    // The key with the passphrase "right".
    std::unique_ptr<KeySigner> signer(const char* file) const {
        auto read = KeySigner::read(folder_ / file, given("right"));
        EXPECT_TRUE(read) << read.error();
        return read ? *std::move(read) : nullptr;
    }
    std::string refusal(const char* file, const KeySigner::AskPassphrase& ask = never) const {
        const auto read = KeySigner::read(folder_ / file, ask);
        return read ? "" : read.error();
    }

    fs::path folder_;
};

TEST_F(Signing, WritesWhatOthersVerified) {
    const fs::path data = fs::path(ASSAY_SOURCE_DIR) / "tests/unit/reports/data";
    const std::string golden = content_of(data / "golden.sigstore.json");
    const json bundle = json::parse(golden);
    const std::string payload = decoded(bundle["dsseEnvelope"]["payload"]);
    const std::string signature = decoded(bundle["dsseEnvelope"]["signatures"][0]["sig"]);
    EXPECT_EQ(bundle_json(payload, signature,
                          bundle["verificationMaterial"]["publicKey"]["hint"].get<std::string>()),
              golden);
    const std::string bytes = pre_authentication_encoding(payload);
    EXPECT_TRUE(verifies(data / "golden.pub.pem", bytes, signature));
    EXPECT_FALSE(verifies(data / "golden.pub.pem", bytes + " ", signature));
}

TEST_F(Signing, EachFormOfTheKeySigns) {
    for (const char* file : {"sec1.pem", "pkcs8.pem", "locked.pem", "locked-sec1.pem"}) {
        const auto by = signer(file);
        ASSERT_TRUE(by);
        const auto signature = by->sign("bytes");
        ASSERT_TRUE(signature) << signature.error();
        EXPECT_TRUE(verifies(folder_ / "public.pem", "bytes", *signature)) << file;
        EXPECT_FALSE(verifies(folder_ / "public.pem", "byteS", *signature)) << file;
    }
}

TEST_F(Signing, SaysWhatToDoAboutAKeyItCannotUse) {
    shell("openssl genrsa -out rsa.pem 2048");
    shell("openssl ecparam -name secp384r1 -genkey -noout -out p384.pem");
    shell("echo text > text.pem");
    shell("head -c 70000 /dev/zero > huge.pem");
    EXPECT_THAT(refusal("rsa.pem"), HasSubstr("is not a P-256 key"));
    EXPECT_THAT(refusal("p384.pem"), HasSubstr("is not a P-256 key"));
    EXPECT_THAT(refusal("public.pem"), HasSubstr("holds no private key"));
    EXPECT_THAT(refusal("text.pem"), HasSubstr("holds no private key"));
    EXPECT_THAT(refusal("huge.pem"), HasSubstr("cannot be read as a key"));
    EXPECT_THAT(refusal("missing.pem"), HasSubstr("cannot be read as a key"));
    const auto none = [] { return std::unexpected<std::string>("nobody knows it"); };
    EXPECT_THAT(refusal("locked.pem", none), HasSubstr("is encrypted, and nobody knows it"));
    EXPECT_THAT(refusal("locked.pem", given("wrong")), HasSubstr("is not that of"));
    EXPECT_THAT(refusal("locked-sec1.pem", given("wrong")), HasSubstr("is not that of"));
    EXPECT_THAT(refusal("locked.pem", given(std::string(2000, 'x'))), HasSubstr("is not that of"));
}

TEST_F(Signing, BothFilesCarryTheStatementAndOneSignatureWithoutKeyid) {
    ASSERT_TRUE(write_file(folder_, "statement.intoto.json", R"({"a":1})"));
    ASSERT_TRUE(write_signatures(folder_, *signer("pkcs8.pem")));
    const json bundle = json::parse(content_of(folder_ / "report.sigstore.json"));
    const json envelope = json::parse(content_of(folder_ / "report.dsse.json"));
    EXPECT_EQ(bundle["dsseEnvelope"], envelope);
    EXPECT_EQ(decoded(envelope["payload"]), R"({"a":1})");
    ASSERT_EQ(envelope["signatures"].size(), 1U);
    EXPECT_EQ(envelope["signatures"][0].size(), 1U) << "no keyid";
    EXPECT_TRUE(verifies(folder_ / "public.pem", pre_authentication_encoding(R"({"a":1})"),
                         decoded(envelope["signatures"][0]["sig"])));
    EXPECT_EQ(bundle["verificationMaterial"]["publicKey"]["hint"].get<std::string>().size(), 44U);
}

TEST_F(Signing, NeedsAStatement) {
    EXPECT_FALSE(write_signatures(folder_, *signer("pkcs8.pem")));
    EXPECT_FALSE(fs::exists(folder_ / "report.sigstore.json"));
}

// Signs with one key and names another.
class TwoFaced : public Signer {
public:
    TwoFaced(std::unique_ptr<KeySigner> by, std::unique_ptr<KeySigner> named)
        : by_(std::move(by)), named_(std::move(named)) {}
    std::expected<std::string, std::string> sign(std::string_view bytes) const override {
        return by_->sign(bytes);
    }
    const PublicKey& public_key() const override { return named_->public_key(); }

private:
    std::unique_ptr<KeySigner> by_;
    std::unique_ptr<KeySigner> named_;
};

TEST_F(Signing, WritesNothingThatTheNamedKeyDidNotSign) {
    shell("openssl ecparam -name prime256v1 -genkey -noout -out other.pem");
    ASSERT_TRUE(write_file(folder_, "statement.intoto.json", R"({"a":1})"));
    const auto done = write_signatures(folder_, TwoFaced(signer("pkcs8.pem"), signer("other.pem")));
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error(), HasSubstr("not one of the signer's own key"));
    EXPECT_FALSE(fs::exists(folder_ / "report.sigstore.json"));
    EXPECT_FALSE(fs::exists(folder_ / "report.dsse.json"));
}

// The two numbers of an ECDSA signature, 32 bytes each, one after the other.
std::string raw_of(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
    std::string raw(64, '\0');
    auto* to = reinterpret_cast<unsigned char*>(raw.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), to, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), to + 32, 32);
    return raw;
}

TEST_F(Signing, TakesASignatureInEachFormToolsPrint) {
    const auto by = signer("pkcs8.pem");
    const PublicKey& key = by->public_key();
    for (int i = 0; i < 50; ++i) {  // numbers with leading zeros and without
        const std::string der = by->sign("bytes").value();
        const std::string raw = raw_of(der);
        std::string wrapped = base64(der);
        wrapped.insert(40, "\r\n");
        for (const std::string& printed :
             {der, raw, base64(der), base64(raw) + "\n", wrapped + "\n"}) {
            EXPECT_EQ(key.signature_in(printed, "bytes"), der);
            EXPECT_EQ(key.signature_in(printed, "byteS"), "");
        }
    }
    for (const std::string& printed : {std::string(), std::string("\n"), std::string(64, '\0'),
                                       std::string(64, 'A'), std::string("no signature")}) {
        EXPECT_EQ(key.signature_in(printed, "bytes"), "") << printed;
    }
}

}  // namespace
}  // namespace assay::reports
