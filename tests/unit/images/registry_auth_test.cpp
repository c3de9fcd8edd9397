// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "images/registry_auth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "tests/unit/kube/scratch_folder.h"

namespace assay::images {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct DockerConfig : testing::Test {
    std::expected<Login, std::string> login(const std::string& config, const std::string& host) {
        folder.write("config.json", config);
        return login_of_docker_config(folder.path(), host, kube::Limit::of(seconds(20)));
    }
    // A credential helper in the PATH.
    void helper(const std::string& name, const std::string& script) {
        folder.write_program("docker-credential-" + name, "#!/bin/sh\n" + script);
        const std::string path = folder.path().string() + ":" + ::getenv("PATH");
        ::setenv("PATH", path.c_str(), 1);
    }

    kube::ScratchFolder folder;
};

TEST_F(DockerConfig, NoFileAndNoEntryMeanNoLogin) {
    EXPECT_TRUE(login_of_docker_config(folder.path() / "none", "r", kube::Limit::of(seconds(1)))
                    .value()
                    .empty());
    EXPECT_TRUE(login(R"({"auths":{"other.test":{"auth":"dTpw"}}})", "reg.test").value().empty());
}

TEST_F(DockerConfig, AnAuthIsUserAndPassword) {
    const auto found =
        login(R"({"auths":{"https://reg.test:5000/v2/":{"auth":"dTpwOnE="}}})", "reg.test:5000");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->username, "u");
    EXPECT_EQ(found->password, "p:q");
}

TEST_F(DockerConfig, AnIdentityTokenIsKept) {
    const auto found =
        login(R"({"auths":{"reg.test":{"auth":"dTo=","identitytoken":"abc"}}})", "reg.test");
    EXPECT_EQ(found->identity_token, "abc");
}

TEST_F(DockerConfig, DockersOwnRegistryHasThreeNames) {
    const std::string config = R"({"auths":{"https://index.docker.io/v1/":{"auth":"dTpw"}}})";
    EXPECT_EQ(login(config, "docker.io")->username, "u");
    EXPECT_EQ(login(config, "registry-1.docker.io")->username, "u");
}

TEST_F(DockerConfig, AHelperIsAskedByTheNameOnItsInput) {
    helper("try1", R"(read host; echo "{\"Username\":\"of-$host\",\"Secret\":\"s\"}")");
    EXPECT_EQ(login(R"({"credHelpers":{"reg.test":"try1"}})", "reg.test")->username, "of-reg.test");
    EXPECT_EQ(login(R"({"credsStore":"try1"})", "else.test")->username, "of-else.test");
}

TEST_F(DockerConfig, AHelpersTokenIsAnIdentityToken) {
    helper("try2", R"(echo '{"Username":"<token>","Secret":"abc"}')");
    const auto found = login(R"({"credsStore":"try2"})", "reg.test");
    EXPECT_EQ(found->identity_token, "abc");
    EXPECT_EQ(found->username, "");
}

TEST_F(DockerConfig, AHelperThatKnowsNothingMeansNoLogin) {
    helper("try3", "echo credentials not found in native keychain; exit 1");
    EXPECT_TRUE(login(R"({"credsStore":"try3"})", "reg.test").value().empty());
}

TEST_F(DockerConfig, AHelperThatFailsIsSaidWithoutItsOutput) {
    helper("try4", "echo s3cret; exit 3");
    EXPECT_THAT(login(R"({"credsStore":"try4"})", "reg.test").error(),
                AllOf(HasSubstr("docker-credential-try4"), HasSubstr("exit code 3"),
                      Not(HasSubstr("s3cret"))));
    EXPECT_THAT(login(R"({"credsStore":"not-there-at-all"})", "reg.test").error(),
                HasSubstr("install it"));
}

TEST_F(DockerConfig, WhatIsBrokenIsSaid) {
    EXPECT_THAT(login("{", "reg.test").error(), HasSubstr("is not JSON"));
    EXPECT_THAT(login(R"({"auths":{"reg.test":{"auth":"?"}}})", "reg.test").error(),
                HasSubstr("docker login again"));
}

TEST(Challenges, AHeaderHoldsSeveralWithQuotedCommas) {
    const auto all =
        challenges_of(R"(Bearer realm="https://a/t?x=1,2",service="s \"q\"" , Basic realm=plain)");
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].scheme, "bearer");
    EXPECT_EQ(all[0].parameters.at("realm"), "https://a/t?x=1,2");
    EXPECT_EQ(all[0].parameters.at("service"), "s \"q\"");
    EXPECT_EQ(all[1].scheme, "basic");
    EXPECT_EQ(all[1].parameters.at("realm"), "plain");
}

TEST(Challenges, NonsenseEnds) {
    for (const char* text : {"", "=", "==\"", "Basic", "a b c", "Bearer realm=\"", ",,=,"}) {
        challenges_of(text);
    }
    SUCCEED();
}

}  // namespace
}  // namespace assay::images
