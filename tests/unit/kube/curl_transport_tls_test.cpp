// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Whom the transport trusts, who it says it is, and how it says that it cannot connect.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "kube/curl_transport.h"
#include "tests/unit/kube/https_server.h"

namespace assay::kube {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr const char* secret = "s3cr3t-token";

const Authority& authority() {
    static const Authority one;
    return one;
}

Result<Response> asked(const Connection& connection) {
    auto transport = CurlTransport::connect(connection);
    if (!transport) {
        return std::unexpected(transport.error());
    }
    Request request;
    request.path = "/api";
    return (*transport)->send(request, Limit::of(seconds(20)));
}

Connection to(const HttpsServer& server) {
    Connection connection;
    connection.server = server.url();
    connection.ca_pem = authority().pem();
    connection.token = secret;
    return connection;
}

void expect_error(const Result<Response>& answer, Error::Kind kind, const std::string& words) {
    ASSERT_FALSE(answer) << answer->status;
    EXPECT_EQ(answer.error().kind, kind) << answer.error().message;
    EXPECT_THAT(answer.error().message, HasSubstr(words));
    EXPECT_THAT(answer.error().message, Not(HasSubstr(secret)));
}

TEST(CurlTransportTls, AnotherAuthorityIsNotTrusted) {
    const Authority stranger;
    HttpsServer server(stranger.issue("IP:127.0.0.1"));
    server.start();
    expect_error(asked(to(server)), Error::Kind::tls, "not signed by");
}

TEST(CurlTransportTls, AnotherNameIsNotTrusted) {
    HttpsServer server(authority().issue("DNS:api.test"));
    server.start();
    expect_error(asked(to(server)), Error::Kind::tls, "another name");
}

TEST(CurlTransportTls, TheNameMayBeSaid) {
    HttpsServer server(authority().issue("DNS:api.test"));
    server.routes().Get("/api", [](const httplib::Request& request, httplib::Response& response) {
        response.set_content(request.get_header_value("Host"), "text/plain");
    });
    server.start();
    Connection connection = to(server);
    connection.tls_server_name = "api.test";
    const auto answer = asked(connection);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ("https://" + answer->body, server.url());
}

TEST(CurlTransportTls, AnExpiredCertificateIsNotTrusted) {
    HttpsServer server(authority().issue("IP:127.0.0.1", hours(-1)));
    server.start();
    expect_error(asked(to(server)), Error::Kind::tls, "expired");
}

TEST(CurlTransportTls, TrustMayBeGivenUp) {
    const Authority stranger;
    HttpsServer server(stranger.issue("DNS:api.test", hours(-1)));
    server.start();
    Connection connection = to(server);
    connection.ca_pem.clear();
    connection.insecure_skip_tls_verify = true;
    EXPECT_EQ(asked(connection)->status, 404);
}

TEST(CurlTransportTls, AClientCertificateFromMemoryLetsIn) {
    HttpsServer server(authority().issue("IP:127.0.0.1"), &authority());
    server.start();
    Connection connection = to(server);
    const Certified client = authority().issue("");
    connection.client_certificate_pem = client.certificate_pem;
    connection.client_key_pem = client.key_pem;
    const auto answer = asked(connection);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 404);
}

TEST(CurlTransportTls, AMissingClientCertificateSaysSo) {
    HttpsServer server(authority().issue("IP:127.0.0.1"), &authority());
    server.start();
    // tls, or network where the server has closed before its alert could be read.
    const auto answer = asked(to(server));
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().kind, testing::AnyOf(Error::Kind::tls, Error::Kind::network));
}

TEST(CurlTransportTls, ABrokenClientKeySaysSo) {
    HttpsServer server(authority().issue("IP:127.0.0.1"));
    server.start();
    Connection connection = to(server);
    connection.client_certificate_pem = authority().issue("").certificate_pem;
    connection.client_key_pem = "no key";
    expect_error(asked(connection), Error::Kind::tls, "client-key");
}

TEST(CurlTransportTls, ABrokenAuthoritySaysSo) {
    HttpsServer server(authority().issue("IP:127.0.0.1"));
    server.start();
    Connection connection = to(server);
    connection.ca_pem = "no certificate";
    expect_error(asked(connection), Error::Kind::tls, "certificate-authority");
}

TEST(CurlTransportTls, NobodyListening) {
    std::string url;
    {
        HttpsServer server(authority().issue("IP:127.0.0.1"));
        server.start();
        url = server.url();
        // Answers once, so that it listens before it is stopped.
        EXPECT_TRUE(asked(to(server)));
    }
    Connection connection;
    connection.server = url;
    expect_error(asked(connection), Error::Kind::network, "refuses the connection");
}

TEST(CurlTransportTls, AHostWithoutAddress) {
    Connection connection;
    connection.server = "https://nowhere.invalid:6443";
    expect_error(asked(connection), Error::Kind::network, "nowhere.invalid");
}

TEST(CurlTransportTls, PlainHttpWhereTlsIsExpected) {
    httplib::Server server;
    const int port = server.bind_to_any_port("127.0.0.1");
    const std::jthread thread([&] { server.listen_after_bind(); });
    Connection connection;
    connection.server = "https://127.0.0.1:" + std::to_string(port);
    expect_error(asked(connection), Error::Kind::tls, "https");
    server.stop();
}

TEST(CurlTransportTls, ServersThatAreNoUrlAreRefused) {
    for (const char* server : {"", "ftp://x", "https://", "https://h:port", "https://u@h", "a b"}) {
        Connection connection;
        connection.server = server;
        expect_error(asked(connection), Error::Kind::config, "server");
    }
}

TEST(CurlTransportTls, ATokenFileIsReadAndItsChangeTakenUpWhenRefused) {
    const fs::path file = fs::path(testing::TempDir()) / "token_of_transport_test";
    std::ofstream(file) << "first\n";
    HttpsServer server(authority().issue("IP:127.0.0.1"));
    std::string wanted = "Bearer first";
    server.routes().Get("/api", [&](const httplib::Request& request, httplib::Response& response) {
        response.status = request.get_header_value("Authorization") == wanted ? 200 : 401;
    });
    server.start();
    Connection connection = to(server);
    connection.token_file = file;
    const auto transport = CurlTransport::connect(connection);
    Request request;
    request.path = "/api";
    EXPECT_EQ((*transport)->send(request, Limit::of(seconds(10)))->status, 200);
    wanted = "Bearer second";
    EXPECT_EQ((*transport)->send(request, Limit::of(seconds(10)))->status, 401);
    std::ofstream(file) << "second";
    EXPECT_EQ((*transport)->send(request, Limit::of(seconds(10)))->status, 200);
    fs::remove(file);
}

TEST(CurlTransportTls, ATokenWithALineBreakIsNotSent) {
    HttpsServer server(authority().issue("IP:127.0.0.1"));
    server.start();
    Connection connection = to(server);
    connection.token = "a\r\nX-Injected: b";
    expect_error(asked(connection), Error::Kind::config, "line break");
}

TEST(CurlTransportTls, ImpersonationAndBasicCredentialsAreSent) {
    HttpsServer server(authority().issue("IP:127.0.0.1"));
    server.routes().Get("/api", [](const httplib::Request& request, httplib::Response& response) {
        response.set_content(request.get_header_value("Impersonate-User") + " " +
                                 request.get_header_value("Impersonate-Group") + " " +
                                 request.get_header_value("Authorization"),
                             "text/plain");
    });
    server.start();
    Connection connection = to(server);
    connection.token.clear();
    connection.username = "u";
    connection.password = "p";
    connection.impersonate = "jane";
    connection.impersonate_groups = {"devs"};
    EXPECT_EQ(asked(connection)->body, "jane devs Basic dTpw");
}

}  // namespace
}  // namespace assay::kube
