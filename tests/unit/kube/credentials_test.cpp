// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/kube/scratch_folder.h"

namespace assay::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::Contains;

Limit soon() {
    return Limit::of(seconds(20));
}

class CredentialsTest : public testing::Test {
protected:
    // A plugin whose n-th answer is the token "t<n>", expiring as said.
    Connection with_plugin(const std::string& expiration = "") {
        Connection connection;
        connection.exec = ExecPlugin{};
        connection.exec->api_version = "client.authentication.k8s.io/v1";
        const std::string runs = (folder_.path() / "runs").string();
        const std::string status =
            expiration.empty() ? "" : R"(,"expirationTimestamp":")" + expiration + "\"";
        connection.exec->command =
            folder_
                .write_program("plugin", "#!/bin/sh\necho >> " + runs + "\nn=$(wc -l < " + runs +
                                             ")\ncat <<END\n"
                                             R"({"apiVersion":"client.authentication.k8s.io/v1",)"
                                             R"("kind":"ExecCredential","status":{"token":"t$n")" +
                                             status + "}}\nEND\n")
                .string();
        return *with_credentials(connection);
    }
    std::ptrdiff_t runs() const { return std::ranges::count(folder_.read("runs"), '\n'); }
    Credentials credentials(const Connection& connection) {
        return Credentials(connection, [this] { return now_; });
    }
    static std::string token(Credentials& credentials) {
        const auto identity = credentials.current(soon());
        return identity ? identity->headers.at(0) : identity.error().message;
    }

    ScratchFolder folder_;
    Moment now_ = *moment_of("2026-11-21T12:00:00Z");
};

TEST_F(CredentialsTest, WhatAPluginGaveIsKeptUntilItExpires) {
    Credentials mine = credentials(with_plugin("2026-11-21T12:10:00Z"));
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(token(mine), "Authorization: Bearer t1");
    }
    EXPECT_EQ(runs(), 1);
    now_ += minutes(10);
    EXPECT_EQ(token(mine), "Authorization: Bearer t2");
    EXPECT_EQ(runs(), 2);
}

TEST_F(CredentialsTest, AnExpirationThatIsPastOnArrivalIsNotBelieved) {
    Credentials mine = credentials(with_plugin("2026-11-21T11:00:00Z"));
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(token(mine), "Authorization: Bearer t2");
    }
    EXPECT_EQ(runs(), 2);
}

TEST_F(CredentialsTest, WithoutAnExpirationItIsKeptUntilRefused) {
    Credentials mine = credentials(with_plugin());
    now_ += std::chrono::hours(1000);
    EXPECT_EQ(token(mine), "Authorization: Bearer t1");
    EXPECT_EQ(*mine.renew(mine.current(soon())->generation, soon()), true);
    EXPECT_EQ(token(mine), "Authorization: Bearer t2");
}

TEST_F(CredentialsTest, ManyRefusedAtOnceAskThePluginOnce) {
    Credentials mine = credentials(with_plugin());
    const unsigned refused = mine.current(soon())->generation;
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < 8; ++i) {
            callers.emplace_back([&] { EXPECT_TRUE(*mine.renew(refused, soon())); });
        }
    }
    EXPECT_EQ(runs(), 2);
}

TEST_F(CredentialsTest, TheSameAnswerAgainIsNothingNewToTry) {
    Connection connection = with_plugin();
    connection.exec->command =
        folder_
            .write_program("same",
                           "#!/bin/sh\necho '{\"apiVersion\":\"client.authentication.k8s.io/v1\","
                           "\"kind\":\"ExecCredential\",\"status\":{\"token\":\"t1\"}}'\n")
            .string();
    Credentials mine = credentials(connection);
    EXPECT_EQ(*mine.renew(mine.current(soon())->generation, soon()), false);
}

TEST_F(CredentialsTest, AStopEndsTheWaitForAnothersPluginWithin100Milliseconds) {
    Connection connection = with_plugin();
    const auto ready = folder_.path() / "ready";
    connection.exec->command =
        folder_.write_program("slow", "#!/bin/sh\ntouch " + ready.string() + "\nsleep 600\n")
            .string();
    Credentials mine = credentials(connection);
    const unsigned refused = mine.current(soon())->generation;
    std::stop_source asker;
    std::stop_source waiter;
    std::jthread asking(
        [&] { EXPECT_FALSE(mine.renew(refused, Limit::of(seconds(60), asker.get_token()))); });
    while (!std::filesystem::exists(ready)) {
        std::this_thread::yield();
    }
    steady_clock::time_point asked;
    std::jthread stopper([&] {
        // Also others' requests go on while the plugin runs.
        EXPECT_EQ(token(mine), "Authorization: Bearer t1");
        asked = steady_clock::now();
        waiter.request_stop();
    });
    const auto renewed = mine.renew(refused, Limit::of(seconds(60), waiter.get_token()));
    EXPECT_LT(steady_clock::now() - asked, milliseconds(100));
    EXPECT_EQ(renewed.error().kind, Error::Kind::cancelled);
    asker.request_stop();
}

TEST_F(CredentialsTest, ATokenFileIsReadOnceAMinute) {
    Connection connection;
    connection.token = "written";
    connection.token_file = folder_.write("token", "one\n");
    Credentials mine = credentials(connection);
    EXPECT_EQ(token(mine), "Authorization: Bearer one");
    folder_.write("token", "two\n");
    now_ += seconds(59);
    EXPECT_EQ(token(mine), "Authorization: Bearer one");
    now_ += seconds(1);
    EXPECT_EQ(token(mine), "Authorization: Bearer two");
    EXPECT_EQ(runs(), 0);
}

TEST_F(CredentialsTest, WhileATokenFileCannotBeReadTheLastTokenCounts) {
    Connection connection;
    connection.token_file = folder_.write("token", "one");
    Credentials mine = credentials(connection);
    EXPECT_EQ(token(mine), "Authorization: Bearer one");
    std::filesystem::remove(connection.token_file);
    now_ += minutes(5);
    EXPECT_EQ(token(mine), "Authorization: Bearer one");
    Credentials never = credentials(connection);
    EXPECT_EQ(never.current(soon()).error().kind, Error::Kind::config);
    connection.token = "written";
    Credentials other = credentials(connection);
    EXPECT_EQ(token(other), "Authorization: Bearer written");
}

TEST_F(CredentialsTest, ImpersonationIsInHeaders) {
    Connection connection;
    connection.impersonate = "jane";
    connection.impersonate_uid = "7";
    connection.impersonate_groups = {"a", "b"};
    connection.impersonate_extra["example.com/scope"] = {"x", "y"};
    const auto headers = credentials(connection).current(soon())->headers;
    for (const char* line : {"Impersonate-User: jane", "Impersonate-Uid: 7", "Impersonate-Group: a",
                             "Impersonate-Group: b", "Impersonate-Extra-example.com%2Fscope: x",
                             "Impersonate-Extra-example.com%2Fscope: y"}) {
        EXPECT_THAT(headers, Contains(line));
    }
}

}  // namespace
}  // namespace assay::kube
