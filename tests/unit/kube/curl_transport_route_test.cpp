// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Which way a request takes to the server: proxies, IPv6, and another name for TLS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "kube/curl_transport.h"
#include "tests/unit/kube/https_server.h"
#include "tests/unit/kube/relay_proxy.h"

namespace assay::kube {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Authority& authority() {
    static const Authority one;
    return one;
}

// The server is api.test, which has no address: only a proxy can reach it.
class Route : public testing::Test {
protected:
    void SetUp() override {
        clear_environment();
        server_.routes().Get(
            "/base/api", [](const httplib::Request& request, httplib::Response& response) {
                response.set_content(request.get_header_value("Host"), "text/plain");
            });
        server_.start();
    }
    void TearDown() override { clear_environment(); }
    static void clear_environment() {
        for (const char* name : variables) {
            ::unsetenv(name);
        }
    }
    static Connection connection(const std::string& proxy_url) {
        Connection connection;
        connection.server = "https://api.test:6443/base";
        connection.ca_pem = authority().pem();
        connection.token = "s3cr3t-token";
        connection.proxy_url = proxy_url;
        return connection;
    }
    static Result<Response> asked(const Connection& connection) {
        auto transport = CurlTransport::connect(connection);
        if (!transport) {
            return std::unexpected(transport.error());
        }
        Request request;
        request.path = "/api";
        return (*transport)->send(request, Limit::of(seconds(20)));
    }
    static void expect_answer(const Result<Response>& answer, const std::string& host) {
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->body, host);
    }
    int port() const {
        const std::string url = server_.url();
        return std::stoi(url.substr(url.rfind(':') + 1));
    }
    static std::string at(const RelayProxy& proxy) {
        return "127.0.0.1:" + std::to_string(proxy.port());
    }

    static constexpr std::array<const char*, 6> variables{
        "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"};
    HttpsServer server_{authority().issue("DNS:api.test")};
};

TEST_F(Route, ThroughAnHttpProxyWhichLearnsNoSecret) {
    RelayProxy proxy(RelayProxy::Speech::connect, port());
    expect_answer(asked(connection("http://u:p@" + at(proxy))), "api.test:6443");
    EXPECT_THAT(proxy.targets(), ElementsAre("api.test:6443"));
    EXPECT_THAT(proxy.headers(), HasSubstr("Proxy-Authorization: Basic dTpw"));
    EXPECT_THAT(proxy.headers(), Not(HasSubstr("s3cr3t")));
}

TEST_F(Route, ThroughAnHttpsProxyOfTheKubeconfigsAuthority) {
    const Certified identity = authority().issue("IP:127.0.0.1");
    RelayProxy proxy(RelayProxy::Speech::connect, port(), &identity);
    expect_answer(asked(connection("https://" + at(proxy))), "api.test:6443");
    EXPECT_THAT(proxy.targets(), ElementsAre("api.test:6443"));
}

TEST_F(Route, NotThroughAnHttpsProxyNobodyVouchesFor) {
    const Certified identity = Authority().issue("IP:127.0.0.1");
    RelayProxy proxy(RelayProxy::Speech::connect, port(), &identity);
    const auto answer = asked(connection("https://" + at(proxy)));
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().message, HasSubstr("the proxy to https://api.test:6443"));
    EXPECT_THAT(proxy.targets(), IsEmpty());
}

TEST_F(Route, ThroughASocksProxyThatLooksTheNameUp) {
    RelayProxy proxy(RelayProxy::Speech::socks5, port());
    expect_answer(asked(connection("socks5://" + at(proxy))), "api.test:6443");
    EXPECT_THAT(proxy.targets(), ElementsAre("api.test:6443"));
}

TEST_F(Route, AsTheEnvironmentSays) {
    RelayProxy proxy(RelayProxy::Speech::connect, port());
    ::setenv("HTTPS_PROXY", at(proxy).c_str(), 1);
    expect_answer(asked(connection("")), "api.test:6443");
    EXPECT_THAT(proxy.targets(), ElementsAre("api.test:6443"));
    ::setenv("NO_PROXY", ".test", 1);
    EXPECT_THAT(asked(connection("")).error().message, HasSubstr("has no address here"));
    ::unsetenv("NO_PROXY");
    ::unsetenv("HTTPS_PROXY");
    ::setenv("ALL_PROXY", at(proxy).c_str(), 1);  // kubectl knows none
    EXPECT_THAT(asked(connection("")).error().message, HasSubstr("has no address here"));
    EXPECT_THAT(proxy.targets(), ElementsAre("api.test:6443"));
}

TEST_F(Route, AnExceptionIsForTheServerAndNotForItsNameInTls) {
    RelayProxy proxy(RelayProxy::Speech::connect, port());
    ::setenv("HTTPS_PROXY", at(proxy).c_str(), 1);
    ::setenv("NO_PROXY", "api.test", 1);
    Connection named = connection("");
    named.server = "https://192.0.2.7:6443/base";
    named.tls_server_name = "api.test";
    expect_answer(asked(named), "192.0.2.7:6443");
    EXPECT_THAT(proxy.targets(), ElementsAre("192.0.2.7:6443"));
}

TEST_F(Route, AProxyThatDoesNotAnswerIsNamed) {
    std::string gone;
    {
        const RelayProxy proxy(RelayProxy::Speech::connect, port());
        gone = at(proxy);
    }
    const auto answer = asked(connection("http://u:s3cr3t@" + gone));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Error::Kind::network);
    EXPECT_THAT(answer.error().message, HasSubstr("proxy"));
    EXPECT_THAT(answer.error().message, Not(HasSubstr("s3cr3t")));
}

TEST_F(Route, AProxyThatRefusesIsNamed) {
    httplib::Server proxy;  // knows no CONNECT
    const int proxy_port = proxy.bind_to_any_port("127.0.0.1");
    const std::jthread thread([&] { proxy.listen_after_bind(); });
    const auto answer = asked(connection("http://127.0.0.1:" + std::to_string(proxy_port)));
    proxy.stop();
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().message, HasSubstr("the proxy to https://api.test:6443"));
}

TEST_F(Route, AServerOnIpv6WithABasePath) {
    HttpsServer server(authority().issue("IP:::1"));
    server.routes().Get("/base/api",
                        [](const httplib::Request& request, httplib::Response& response) {
                            response.set_content(request.get_header_value("Host"), "text/plain");
                        });
    server.start("::1");
    const std::string host = server.url("[::1]").substr(std::string("https://").size());
    Connection six = connection("");
    six.server = server.url("[::1]") + "/base/";
    expect_answer(asked(six), host);
}

TEST_F(Route, AnotherNameForTlsOnIpv6) {
    HttpsServer server(authority().issue("DNS:api.test"));
    server.routes().Get("/api", [](const httplib::Request& request, httplib::Response& response) {
        response.set_content(request.get_header_value("Host"), "text/plain");
    });
    server.start("::1");
    Connection six = connection("");
    six.server = server.url("[::1]");
    six.tls_server_name = "api.test";
    expect_answer(asked(six), six.server.substr(std::string("https://").size()));
}

TEST_F(Route, CompressionCanBeTurnedOff) {
    HttpsServer server(authority().issue("IP:127.0.0.1"));
    server.routes().Get("/api", [](const httplib::Request& request, httplib::Response& response) {
        response.set_content(request.get_header_value("Accept-Encoding"), "text/plain");
    });
    server.start();
    Connection plain = connection("");
    plain.server = server.url();
    plain.disable_compression = true;
    EXPECT_EQ(asked(plain)->body, "");
    plain.disable_compression = false;
    EXPECT_EQ(asked(plain)->body, "gzip");
}

}  // namespace
}  // namespace assay::kube
