// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/proxy_choice.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace assay::kube {

namespace {

using Address = std::vector<unsigned char>;  // 4 or 16 bytes; empty: none

std::string variable(const char* upper, const char* lower) {
    for (const char* name : {upper, lower}) {
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets it
        if (value != nullptr && *value != '\0') {
            return value;
        }
    }
    return {};
}

std::string without_brackets(std::string_view host) {
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    return std::string(bracketed ? host.substr(1, host.size() - 2) : host);
}

Address address_of(const std::string& text) {
    Address address(sizeof(in6_addr));
    if (::inet_pton(AF_INET6, text.c_str(), address.data()) == 1) {
        return address;
    }
    address.resize(sizeof(in_addr));
    return ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ? address : Address{};
}

bool in_range(const Address& address, std::string_view cidr) {
    const std::size_t slash = cidr.find('/');
    const Address net = address_of(std::string(cidr.substr(0, slash)));
    const std::string_view length = cidr.substr(slash + 1);
    std::size_t bits = 0;
    const auto parsed = std::from_chars(length.data(), length.data() + length.size(), bits);
    if (parsed.ec != std::errc{} || net.empty() || net.size() != address.size() ||
        bits > 8 * net.size()) {
        return false;
    }
    for (std::size_t i = 0; i < bits; ++i) {
        if ((net[i / 8] ^ address[i / 8]) & (0x80U >> (i % 8))) {
            return false;
        }
    }
    return true;
}

// Whether the host is the domain or below it; ".a.b" and "*.a.b" are what is below only.
bool in_domain(std::string_view host, std::string_view domain) {
    domain.remove_prefix(domain.starts_with("*.") ? 1 : 0);
    if (domain.empty()) {
        return false;
    }
    const std::string below =
        domain.starts_with('.') ? std::string(domain) : fmt::format(".{}", domain);
    return host.ends_with(below) || host == domain;
}

bool excepted_by(std::string_view entry, const std::string& host, std::string_view port) {
    if (entry == "*") {
        return true;
    }
    const Address address = address_of(host);
    if (entry.find('/') != std::string_view::npos) {
        return !address.empty() && in_range(address, entry);
    }
    std::string_view name = entry;
    const bool bare_ipv6 = std::ranges::count(entry, ':') > 1 && !entry.starts_with('[');
    const std::size_t bracket = entry.find(']');
    const std::size_t colon =
        bare_ipv6 ? std::string_view::npos
                  : entry.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon != std::string_view::npos) {
        name = entry.substr(0, colon);
        if (entry.substr(colon + 1) != port) {
            return false;
        }
    }
    const Address named = address_of(without_brackets(name));
    return named.empty() ? in_domain(host, name) : named == address;
}

std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

bool excepted(const ServerUrl& server, const std::string& list) {
    const std::string host = lower_case(without_brackets(server.host));
    const std::string entries = lower_case(list);
    for (std::size_t begin = 0; begin <= entries.size();) {
        const std::size_t end = std::min(entries.find(',', begin), entries.size());
        std::string entry = entries.substr(begin, end - begin);
        std::erase_if(entry, [](char c) { return c == ' ' || c == '\t'; });
        if (!entry.empty() && excepted_by(entry, host, server.port)) {
            return true;
        }
        begin = end + 1;
    }
    return false;
}

// As libcurl takes it: its socks5 looks names up here, Go's and ours at the proxy.
Result<std::string> checked(const std::string& url, std::string_view from) {
    const std::size_t colon = url.find("://");
    const std::string scheme = lower_case(url.substr(0, colon));
    constexpr std::array<std::string_view, 4> known{"http", "https", "socks5", "socks5h"};
    const bool sound = colon != std::string::npos && url.size() > colon + 3 &&
                       std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f'; });
    if (!sound || std::ranges::find(known, scheme) == known.end()) {
        return std::unexpected(
            Error{Error::Kind::config, 0, "",
                  fmt::format("{} is no proxy's URL; it should look like http://proxy:3128, "
                              "https://proxy:3129 or socks5://proxy:1080",
                              from)});
    }
    return (scheme == "socks5" ? "socks5h" : scheme) + url.substr(colon);
}

}  // namespace

ProxyVariables ProxyVariables::of_environment() {
    return {.https = variable("HTTPS_PROXY", "https_proxy"),
            .http = variable("HTTP_PROXY", "http_proxy"),
            .none = variable("NO_PROXY", "no_proxy")};
}

Result<std::string> proxy_for(const ServerUrl& server, const std::string& proxy_url,
                              const ProxyVariables& variables) {
    if (!proxy_url.empty()) {
        return checked(proxy_url, "the kubeconfig's proxy-url");
    }
    const bool tls = server.scheme == "https";
    const std::string& url = tls ? variables.https : variables.http;
    if (url.empty() || server.is_local() || excepted(server, variables.none)) {
        return std::string();
    }
    return checked(url.find("://") == std::string::npos ? "http://" + url : url,
                   tls ? "HTTPS_PROXY" : "HTTP_PROXY");
}

}  // namespace assay::kube
