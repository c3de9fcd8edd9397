// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "kube/base64.h"
#include "tests/unit/kube/scratch_folder.h"

namespace assay::kube {
namespace {

using testing::HasSubstr;

constexpr const char* two_contexts = R"(apiVersion: v1
kind: Config
current-context: prod
clusters:
- {name: c, cluster: {server: "https://10.0.0.1:6443", certificate-authority: pki/ca.pem, tls-server-name: api.test, proxy-url: "http://proxy:3128"}}
- {name: plain, cluster: {server: "https://10.0.0.2:6443", insecure-skip-tls-verify: true}}
users:
- {name: u, user: {client-certificate-data: Y2VydA==, client-key-data: a2V5}}
- {name: t, user: {token: tok, as: jane, as-uid: "7", as-groups: [a, b], as-user-extra: {scope: [x]}}}
- {name: f, user: {tokenFile: secret/token, token: other}}
- {name: b, user: {username: bob, password: "0123"}}
contexts:
- {name: prod, context: {cluster: c, user: u, namespace: work}}
- {name: token, context: {cluster: plain, user: t}}
- {name: file, context: {cluster: plain, user: f}}
- {name: basic, context: {cluster: plain, user: b}}
- {name: nobody, context: {cluster: plain, user: ""}}
- {name: no-cluster, context: {cluster: missing, user: u}}
- {name: no-user, context: {cluster: c, user: missing}}
)";

// Only what a test sets counts.
class Kubeconfig : public testing::Test {
protected:
    void SetUp() override {
        ::unsetenv("KUBECONFIG");
        ::unsetenv("KUBERNETES_SERVICE_HOST");
        ::setenv("HOME", folder_.path().c_str(), 1);
    }
    Result<Connection> load(const std::string& text, const std::string& context = "") {
        folder_.write("pki/ca.pem", "authority");
        return load_connection({folder_.write("config", text).string(), context});
    }
    void expect_error(const Result<Connection>& loaded, const std::string& words) {
        ASSERT_FALSE(loaded);
        EXPECT_EQ(loaded.error().kind, Error::Kind::config);
        EXPECT_THAT(loaded.error().message, HasSubstr(words));
    }

    ScratchFolder folder_;
};

TEST_F(Kubeconfig, TheCurrentContextIsTaken) {
    const auto loaded = load(two_contexts);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->context, "prod");
    EXPECT_EQ(loaded->server, "https://10.0.0.1:6443");
    EXPECT_EQ(loaded->tls_server_name, "api.test");
    EXPECT_EQ(loaded->proxy_url, "http://proxy:3128");
    EXPECT_EQ(loaded->default_namespace, "work");
}

TEST_F(Kubeconfig, DataIsDecodedAndFilesAreRelativeToTheirKubeconfig) {
    const auto loaded = load(two_contexts);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->ca_pem, "authority");
    EXPECT_EQ(loaded->client_certificate_pem, "cert");
    EXPECT_EQ(loaded->client_key_pem, "key");
}

TEST_F(Kubeconfig, TokensAndWhomToActAs) {
    const auto loaded = load(two_contexts, "token");
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->token, "tok");
    EXPECT_TRUE(loaded->insecure_skip_tls_verify);
    EXPECT_EQ(loaded->impersonate, "jane");
    EXPECT_EQ(loaded->impersonate_uid, "7");
    EXPECT_EQ(loaded->impersonate_groups, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(loaded->impersonate_extra.at("scope"), std::vector<std::string>{"x"});
    EXPECT_EQ(loaded->default_namespace, "default");
}

TEST_F(Kubeconfig, ATokenFileIsRelativeToItsKubeconfig) {
    EXPECT_EQ(load(two_contexts, "file")->token_file, folder_.path() / "secret/token");
}

TEST_F(Kubeconfig, NameAndPassword) {
    const auto loaded = load(two_contexts, "basic");
    EXPECT_EQ(loaded->username, "bob");
    EXPECT_EQ(loaded->password, "0123");
}

TEST_F(Kubeconfig, AContextMayHaveNoUser) {
    const auto loaded = load(two_contexts, "nobody");
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->token, "");
}

TEST_F(Kubeconfig, WhatIsNotThereIsNamedWithWhatIs) {
    expect_error(load(two_contexts, "production"), "there are: basic, file, no-cluster");
    expect_error(load(two_contexts, "no-cluster"), "no cluster is called 'missing'");
    expect_error(load(two_contexts, "no-user"), "there are: b, f, t, u");
    expect_error(load("contexts: [{name: a, context: {}}]"), "current-context is not set");
}

TEST_F(Kubeconfig, MistakesAreNamedWithTheirPlace) {
    struct Case {
        std::string cluster;
        std::string user;
        std::string words;
    };
    const std::vector<Case> cases{
        {"{}", "{}", "server is missing"},
        {"{server: 5}", "{}", "server is not text"},
        {"{server: x, certificate-authority-data: '!'}", "{}", "is not Base64"},
        {"{server: x, certificate-authority: gone.pem}", "{}", "gone.pem"},
        {"{server: x, insecure-skip-tls-verify: 1}", "{}", "neither true nor false"},
        {"{server: x, insecure-skip-tls-verify: true, certificate-authority: pki/ca.pem}", "{}",
         "exclude each other"},
        {"{server: x}", "{token: 123}", "user u: token is not text; put it in quotes"},
        {"{server: x}", "{client-certificate-data: Y2VydA==}", "belong together"},
        {"{server: x}", "{auth-provider: {name: gcp}}", "gke-gcloud-auth-plugin"},
        {"{server: x}", "{auth-provider: {name: azure}}", "kubelogin convert-kubeconfig"},
        {"{server: x}", "{exec: {apiVersion: v}}", "command is missing"},
        {"{server: x}", "{as-groups: [admins]}", "need as: whom to act as"},
        {"{server: x, disable-compression: 1}", "{}", "neither true nor false"},
    };
    for (const Case& one : cases) {
        const auto loaded =
            load("current-context: a\nclusters: [{name: c, cluster: " + one.cluster +
                 "}]\nusers: [{name: u, user: " + one.user +
                 "}]\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n");
        expect_error(loaded, one.words);
        expect_error(loaded, (folder_.path() / "config").string());
    }
}

TEST_F(Kubeconfig, MalformedYamlIsNamedWithItsLine) {
    expect_error(load("clusters:\n- name: [\n"), "line");
    expect_error(load("just words"), "not a kubeconfig");
    expect_error(load("clusters: {}\n"), "clusters is not a list");
}

TEST_F(Kubeconfig, OfSeveralFilesTheFirstWins) {
    folder_.write("one/ca.pem", "first authority");
    const auto first = folder_.write("one/config", R"(
clusters: [{name: c, cluster: {server: first, certificate-authority: ca.pem}}]
contexts: [{name: a, context: {cluster: c}}]
)");
    const auto second = folder_.write("two/config", R"(
current-context: a
clusters: [{name: c, cluster: {server: second}}]
contexts: [{name: b, context: {cluster: c}}]
)");
    ::setenv("KUBECONFIG", ("/no/such/file:" + first.string() + "::" + second.string()).c_str(), 1);
    const auto loaded = load_connection({});
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->context, "a");
    EXPECT_EQ(loaded->server, "first");
    EXPECT_EQ(loaded->ca_pem, "first authority");
    EXPECT_EQ(load_connection({"", "b"})->server, "first");
}

TEST_F(Kubeconfig, AnEntryOfTheFirstFileIsTakenWholeAndItsPathsAreThatFiles) {
    folder_.write("one/token", "first");
    const auto first = folder_.write("one/config", R"(
users: [{name: u, user: {tokenFile: token, exec: {apiVersion: v, command: bin/plugin}}}]
)");
    const auto second = folder_.write("two/config", R"(
current-context: a
clusters: [{name: c, cluster: {server: "https://x"}}]
contexts: [{name: a, context: {cluster: c, user: u}}]
users: [{name: u, user: {username: bob, password: p}}]
)");
    ::setenv("KUBECONFIG", (first.string() + ":" + second.string()).c_str(), 1);
    const auto loaded = load_connection({});
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->token_file, folder_.path() / "one/token");
    EXPECT_EQ(loaded->username, "");
    EXPECT_EQ(loaded->exec->command, (folder_.path() / "one/bin/plugin").string());
}

TEST_F(Kubeconfig, WithoutAnyTheSentenceSaysWhatToDo) {
    expect_error(load_connection({}), "--kubeconfig");
    expect_error(load_connection({"/no/such/file", ""}), "cannot read /no/such/file: No such file");
    ::setenv("KUBECONFIG", "/no/such/file", 1);
    expect_error(load_connection({}), "no file that KUBECONFIG=/no/such/file names exists");
}

TEST_F(Kubeconfig, TheOneAtHomeIsFound) {
    folder_.write("pki/ca.pem", "");
    folder_.write(".kube/config",
                  "current-context: a\nclusters: [{name: c, cluster: {server: home}}]\n"
                  "contexts: [{name: a, context: {cluster: c}}]\n");
    EXPECT_EQ(load_connection({})->server, "home");
}

TEST(Base64, BothWaysAndPadding) {
    for (const std::string bytes : {"", "a", "ab", "abc", "abcd"}) {
        EXPECT_EQ(base64_decoded(base64_encoded(bytes)), bytes);
    }
    EXPECT_EQ(base64_decoded("YW\nJj\n"), "abc");
    EXPECT_EQ(base64_decoded("Y*Jj"), std::nullopt);
    EXPECT_EQ(base64_decoded("YWJ"), std::nullopt);
}

}  // namespace
}  // namespace assay::kube
