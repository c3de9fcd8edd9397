// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What tests/signing does not ask of the real program, because it would take a minute.
#include "cli/command_signer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace assay::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

class ByCommand : public testing::Test {
protected:
    ByCommand() {
        std::string name = (fs::temp_directory_path() / "assay-signer-XXXXXX").string();
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
        const std::string make_key =
            "openssl ecparam -name prime256v1 -genkey -noout | "
            "openssl pkey -pubout -out " +
            (folder_ / "key.pub").string();
        EXPECT_EQ(std::system(make_key.c_str()), 0);
    }
    ~ByCommand() override { fs::remove_all(folder_); }

    std::string program(const std::string& asked_for_key, const std::string& asked_to_sign) const {
        const fs::path file = folder_ / "signer";
        std::ofstream(file) << "#!/bin/sh\ncd " << folder_.string() << "\n"
                            << "if [ \"$1\" = pubkey ]; then " << asked_for_key << "; else "
                            << asked_to_sign << "; fi\n";
        fs::permissions(file, fs::perms::owner_all);
        return file.string();
    }

    fs::path folder_;
};

TEST_F(ByCommand, IsNotWaitedForLongerThanTheLimit) {
    const auto began = steady_clock::now();
    const auto silent = CommandSigner::start(program("sleep 60", "sleep 60"), milliseconds(300));
    ASSERT_FALSE(silent);
    EXPECT_THAT(silent.error(), HasSubstr("signer pubkey did not end within 0.3 s"));
    const auto signer =
        CommandSigner::start(program("cat key.pub", "sleep 60"), milliseconds(3000));
    ASSERT_TRUE(signer) << signer.error();
    const auto signature = (*signer)->sign("bytes");
    ASSERT_FALSE(signature);
    EXPECT_THAT(signature.error(), HasSubstr("did not end within 3 s"));
    EXPECT_LT(steady_clock::now() - began, std::chrono::seconds(30));
}

TEST_F(ByCommand, MayPrintAnyAmount) {
    const auto signer = CommandSigner::start(program("cat key.pub", "head -c 9000000 /dev/zero"));
    ASSERT_TRUE(signer) << signer.error();
    const auto signature = (*signer)->sign("bytes");
    ASSERT_FALSE(signature);
    EXPECT_THAT(signature.error(), HasSubstr("are no signature"));
    const auto endless = CommandSigner::start(program("head -c 9000000 /dev/zero", ":"));
    ASSERT_FALSE(endless);
    EXPECT_THAT(endless.error(), HasSubstr("printed no P-256 public key"));
}

TEST_F(ByCommand, SaysThatASignalEndedIt) {
    const auto signer = CommandSigner::start(program("kill -9 $$", ":"));
    ASSERT_FALSE(signer);
    EXPECT_THAT(signer.error(), HasSubstr("was ended by a signal"));
}

}  // namespace
}  // namespace assay::cli
