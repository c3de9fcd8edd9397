// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0
#include "reports/signer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
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
    std::string refusal(const char* file, std::string_view passphrase = "") const {
        const auto signer = Signer::read(folder_ / file, passphrase);
        return signer ? "" : signer.error();
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
        const auto signer = Signer::read(folder_ / file, "right");
        ASSERT_TRUE(signer) << signer.error();
        const auto signature = signer->sign("bytes");
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
    EXPECT_THAT(refusal("locked.pem"), HasSubstr("--sign-passphrase-file"));
    EXPECT_THAT(refusal("locked.pem", "wrong"), HasSubstr("is not that of"));
    EXPECT_THAT(refusal("locked-sec1.pem", "wrong"), HasSubstr("is not that of"));
}

TEST_F(Signing, BothFilesCarryTheStatementAndOneSignatureWithoutKeyid) {
    ASSERT_TRUE(write_file(folder_, "statement.intoto.json", R"({"a":1})"));
    const auto signer = Signer::read(folder_ / "pkcs8.pem", "");
    ASSERT_TRUE(signer) << signer.error();
    ASSERT_TRUE(write_signatures(folder_, *signer));
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
    const auto signer = Signer::read(folder_ / "pkcs8.pem", "");
    ASSERT_TRUE(signer) << signer.error();
    EXPECT_FALSE(write_signatures(folder_, *signer));
    EXPECT_FALSE(fs::exists(folder_ / "report.sigstore.json"));
}

}  // namespace
}  // namespace assay::reports
