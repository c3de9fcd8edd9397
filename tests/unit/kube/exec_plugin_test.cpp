// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/exec_plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "kube/base64.h"
#include "kube/json.h"
#include "tests/unit/kube/scratch_folder.h"

namespace assay::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

constexpr const char* v1 = "client.authentication.k8s.io/v1";
constexpr const char* credential =
    R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":)";

class ExecPluginTest : public testing::Test {
protected:
    Connection with_script(const std::string& script) {
        Connection connection;
        connection.server = "https://10.0.0.1:6443";
        connection.exec = ExecPlugin{};
        connection.exec->api_version = v1;
        connection.exec->command =
            folder_.write_program("plugin", "#!/bin/sh\n" + script + "\n").string();
        return connection;
    }
    static std::string answering(const std::string& status) {
        return std::string("echo '") + credential + status + "}'";
    }
    void expect_error(const Result<Connection>& given, const std::string& words) {
        ASSERT_FALSE(given);
        EXPECT_EQ(given.error().kind, Error::Kind::config);
        EXPECT_THAT(given.error().message, HasSubstr(words));
    }

    static bool alive(int process) {
        std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
        const std::string line{std::istreambuf_iterator<char>(stat), {}};
        return !line.empty() && line.find(") Z ") == std::string::npos;
    }

    ScratchFolder folder_;
};

TEST_F(ExecPluginTest, AConnectionWithoutPluginIsItself) {
    Connection connection;
    connection.token = "own";
    EXPECT_EQ(with_credentials(connection)->token, "own");
}

TEST_F(ExecPluginTest, ATokenIsTaken) {
    const auto given = with_credentials(with_script(answering(R"({"token":"tok"})")));
    ASSERT_TRUE(given) << given.error().message;
    EXPECT_EQ(given->token, "tok");
}

TEST_F(ExecPluginTest, ACertificateIsTaken) {
    const auto given = with_credentials(
        with_script(answering(R"({"clientCertificateData":"cert","clientKeyData":"key"})")));
    ASSERT_TRUE(given) << given.error().message;
    EXPECT_EQ(given->client_certificate_pem, "cert");
    EXPECT_EQ(given->client_key_pem, "key");
}

TEST_F(ExecPluginTest, TheOlderVersionIsUnderstood) {
    Connection connection = with_script(
        R"(echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential",)"
        R"("status":{"token":"old"}}')");
    connection.exec->api_version = "client.authentication.k8s.io/v1beta1";
    EXPECT_EQ(with_credentials(connection)->token, "old");
}

TEST_F(ExecPluginTest, ArgumentsAndEnvironmentReachItWithoutAShell) {
    Connection connection =
        with_script("printf '%s|' \"$@\" \"$WHO\" > " + (folder_.path() / "said").string() + "\n" +
                    answering(R"({"token":"t"})"));
    connection.exec->args = {"get token", "$(id)", "; ls"};
    connection.exec->env = {{"WHO", "me and you"}};
    ASSERT_TRUE(with_credentials(connection));
    EXPECT_EQ(folder_.read("said"), "get token|$(id)|; ls|me and you|");
}

TEST_F(ExecPluginTest, ItIsToldTheClusterWhereItWantsTo) {
    Connection connection =
        with_script("printf '%s' \"$KUBERNETES_EXEC_INFO\" > " +
                    (folder_.path() / "info").string() + "\n" + answering(R"({"token":"t"})"));
    ASSERT_TRUE(with_credentials(connection));
    Json info = *parse(folder_.read("info"));
    EXPECT_EQ(text(info, {"apiVersion"}), v1);
    EXPECT_FALSE(boolean(info, {"spec", "interactive"}, true));
    EXPECT_EQ(find(info, {"spec", "cluster"}), nullptr);

    connection.exec->provide_cluster_info = true;
    connection.exec->cluster_config = R"({"audience":"x"})";
    connection.ca_pem = "authority";
    ASSERT_TRUE(with_credentials(connection));
    info = *parse(folder_.read("info"));
    EXPECT_EQ(text(info, {"spec", "cluster", "server"}), "https://10.0.0.1:6443");
    EXPECT_EQ(base64_decoded(text(info, {"spec", "cluster", "certificate-authority-data"})),
              "authority");
    EXPECT_EQ(text(info, {"spec", "cluster", "config", "audience"}), "x");
}

TEST_F(ExecPluginTest, AFailureIsInItsOwnWordsWithTheHintAndNeverWithItsOutput) {
    Connection connection = with_script("echo s3cr3t; echo 'log in\nfirst' >&2; exit 7");
    connection.exec->install_hint = "Get it from example.com";
    const auto given = with_credentials(connection);
    expect_error(given, "exit code 7: log in first. Get it from example.com");
    EXPECT_THAT(given.error().message, Not(HasSubstr("s3cr3t")));
}

TEST_F(ExecPluginTest, AMissingProgramIsNamedWithTheHint) {
    Connection connection = with_script("");
    connection.exec->command = "no-such-plugin-anywhere";
    connection.exec->install_hint = "Get it from example.com";
    expect_error(with_credentials(connection),
                 "cannot start no-such-plugin-anywhere: No such file or directory. Get it");
}

TEST_F(ExecPluginTest, AnswersThatAreNoCredentials) {
    expect_error(with_credentials(with_script("echo token")), "printed no ExecCredential");
    expect_error(with_credentials(with_script("")), "printed no ExecCredential");
    expect_error(with_credentials(with_script(answering("{}"))), "neither a token nor");
    expect_error(with_credentials(with_script(answering(R"({"clientCertificateData":"c"})"))),
                 "neither a token nor");
    expect_error(with_credentials(
                     with_script(R"(echo '{"apiVersion":"other/v1","kind":"ExecCredential"}')")),
                 "apiVersion 'other/v1'");
}

TEST_F(ExecPluginTest, WhatCannotBeRunHereIsRefused) {
    Connection old = with_script("");
    old.exec->api_version = "client.authentication.k8s.io/v1alpha1";
    expect_error(with_credentials(old), "v1alpha1");
    Connection asking = with_script("");
    asking.exec->interactive_mode = "Always";
    expect_error(with_credentials(asking), "terminal");
}

TEST_F(ExecPluginTest, OneThatHangsIsEndedWithItsChildren) {
    const std::string file = (folder_.path() / "pid").string();
    const Connection connection = with_script("sleep 600 &\necho $! > " + file + "\nwait");
    const auto began = steady_clock::now();
    const auto given = with_plugin_credentials(connection, Limit::of(milliseconds(700)));
    EXPECT_LT(steady_clock::now() - began, seconds(5));
    expect_error(given, "takes too long");
    const int sleeper = std::stoi(folder_.read("pid"));
    // Gone, or dead and not yet collected by whoever inherited it.
    const auto deadline = steady_clock::now() + seconds(5);
    while (alive(sleeper) && steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    EXPECT_FALSE(alive(sleeper));
}

TEST_F(ExecPluginTest, AStopEndsItWithin100Milliseconds) {
    std::stop_source source;
    const auto ready = folder_.path() / "ready";
    const Connection connection = with_script("touch " + ready.string() + "\nsleep 600");
    steady_clock::time_point asked;
    const std::jthread stopper([&] {
        while (!std::filesystem::exists(ready)) {
            std::this_thread::yield();
        }
        asked = steady_clock::now();
        source.request_stop();
    });
    const auto given =
        with_plugin_credentials(connection, Limit::of(seconds(60), source.get_token()));
    EXPECT_LT(steady_clock::now() - asked, milliseconds(100));
    EXPECT_EQ(given.error().kind, Error::Kind::cancelled);
}

TEST_F(ExecPluginTest, AChildThatKeepsThePipeOpenDoesNotHoldUpTheAnswer) {
    const auto began = steady_clock::now();
    const auto given =
        with_credentials(with_script("sleep 20 &\n" + answering(R"({"token":"tok"})")));
    EXPECT_LT(steady_clock::now() - began, seconds(10));
    ASSERT_TRUE(given) << given.error().message;
}

TEST_F(ExecPluginTest, MuchOutputIsReadWhileItIsWritten) {
    const auto given = with_credentials(
        with_script("head -c 300000 /dev/zero | tr '\\0' ' '\nhead -c 300000 /dev/zero >&2\n" +
                    answering(R"({"token":"tok"})")));
    ASSERT_TRUE(given) << given.error().message;
    EXPECT_EQ(given->token, "tok");
}

}  // namespace
}  // namespace assay::kube
