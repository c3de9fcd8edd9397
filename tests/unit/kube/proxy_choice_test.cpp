// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/proxy_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::kube {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string chosen(const std::string& server, const std::string& except,
                   const std::string& https = "http://p:1", const std::string& http = "") {
    const auto proxy =
        proxy_for(*server_url(server), "", {.https = https, .http = http, .none = except});
    return proxy ? *proxy : proxy.error().message;
}

TEST(ProxyChoice, TheVariableIsThatOfTheScheme) {
    EXPECT_EQ(chosen("https://a.test", "", "http://p:1", "http://q:2"), "http://p:1");
    EXPECT_EQ(chosen("http://a.test", "", "http://p:1", "http://q:2"), "http://q:2");
    EXPECT_EQ(chosen("https://a.test", "", "", "http://q:2"), "");
    EXPECT_EQ(chosen("https://a.test", "", "p:1"), "http://p:1");
}

TEST(ProxyChoice, WhatIsOnThisMachineNeedsNone) {
    EXPECT_EQ(chosen("https://localhost:6443", ""), "");
    EXPECT_EQ(chosen("https://127.0.0.9:6443", ""), "");
    EXPECT_EQ(chosen("https://[::1]:6443", ""), "");
}

TEST(ProxyChoice, ExceptionsAreNamesBelowAndTheNameItself) {
    EXPECT_EQ(chosen("https://api.a.test", "b.test, A.test"), "");
    EXPECT_EQ(chosen("https://a.test", "a.test"), "");
    EXPECT_EQ(chosen("https://aa.test", "a.test"), "http://p:1");
    EXPECT_EQ(chosen("https://api.a.test", ".a.test"), "");
    EXPECT_EQ(chosen("https://api.a.test", "*.a.test"), "");
    EXPECT_EQ(chosen("https://a.test", ".a.test"), "http://p:1");
    EXPECT_EQ(chosen("https://a.test", "*"), "");
}

TEST(ProxyChoice, ExceptionsAreAddressesAndRanges) {
    EXPECT_EQ(chosen("https://10.1.2.3:6443", "10.0.0.0/8"), "");
    EXPECT_EQ(chosen("https://11.1.2.3:6443", "10.0.0.0/8"), "http://p:1");
    EXPECT_EQ(chosen("https://10.1.2.3:6443", "10.1.2.2/31"), "");
    EXPECT_EQ(chosen("https://10.1.2.3:6443", "10.1.2.3"), "");
    EXPECT_EQ(chosen("https://10.1.2.3:6443", "10.1.2.3/99,x/8,/"), "http://p:1");
    EXPECT_EQ(chosen("https://[fd00::5]:6443", "fd00::/16"), "");
    EXPECT_EQ(chosen("https://[fd00::5]:6443", "fd00:0::5"), "");
    EXPECT_EQ(chosen("https://[fd00::5]:6443", "[fd00::5]:6443"), "");
    EXPECT_EQ(chosen("https://[fd00::5]:6443", "10.0.0.0/8"), "http://p:1");
}

TEST(ProxyChoice, AnExceptionsPortCounts) {
    EXPECT_EQ(chosen("https://a.test:6443", "a.test:6443"), "");
    EXPECT_EQ(chosen("https://a.test:6443", "a.test:443"), "http://p:1");
    EXPECT_EQ(chosen("https://10.1.2.3:6443", "10.1.2.3:443"), "http://p:1");
}

TEST(ProxyChoice, TheKubeconfigsComesFirstAndForEveryServer) {
    const ProxyVariables variables{.https = "http://p:1", .http = "", .none = "*"};
    const ServerUrl local = *server_url("https://127.0.0.1:6443");
    EXPECT_EQ(*proxy_for(local, "http://k:3128", variables), "http://k:3128");
    EXPECT_EQ(*proxy_for(local, "https://k:3128", variables), "https://k:3128");
}

TEST(ProxyChoice, NamesAreLookedUpAtASocksProxyAsByKubectl) {
    const ServerUrl server = *server_url("https://a.test");
    EXPECT_EQ(*proxy_for(server, "socks5://k:1080", {}), "socks5h://k:1080");
}

TEST(ProxyChoice, WhatIsNoProxyIsRefusedWithoutItsPassword) {
    for (const char* url : {"ftp://u:s3cr3t@p", "u:s3cr3t@p", "http://", "http://u:s3cr3t@p\n"}) {
        const auto proxy = proxy_for(*server_url("https://a.test"), url, {});
        ASSERT_FALSE(proxy) << url;
        EXPECT_EQ(proxy.error().kind, Error::Kind::config);
        EXPECT_THAT(proxy.error().message, HasSubstr("proxy-url"));
        EXPECT_THAT(proxy.error().message, Not(HasSubstr("s3cr3t")));
    }
    EXPECT_THAT(chosen("https://a.test", "", "gopher://p"), HasSubstr("HTTPS_PROXY"));
}

}  // namespace
}  // namespace assay::kube
