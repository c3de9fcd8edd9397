// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/server_url.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::kube {

namespace {

std::unexpected<Error> not_a_server(std::string_view text, std::string_view why) {
    return std::unexpected(
        Error{Error::Kind::config, 0, "",
              fmt::format("server '{}' {}; it should look like https://10.0.0.1:6443", text, why)});
}

bool is_port(std::string_view port) {
    return !port.empty() && port.size() <= 5 &&
           std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
}

bool plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

bool ServerUrl::is_local() const {
    return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

Result<ServerUrl> server_url(std::string_view text) {
    ServerUrl url;
    std::string_view rest = text;
    const std::size_t colon = rest.find("://");
    url.scheme = colon == std::string_view::npos ? "https" : rest.substr(0, colon);
    if (url.scheme != "https" && url.scheme != "http") {
        return not_a_server(text, "is neither https nor http");
    }
    rest.remove_prefix(colon == std::string_view::npos ? 0 : colon + 3);
    if (!plain(rest) || rest.find_first_of("?#@") != std::string_view::npos) {
        return not_a_server(text.substr(0, colon), "holds blanks, a query or a user");
    }
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    url.base_path = rest.substr(slash);
    url.base_path.erase(url.base_path.find_last_not_of('/') + 1);
    std::string_view authority = rest.substr(0, slash);
    const std::size_t bracket = authority.rfind(']');
    const std::size_t port = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    url.host = authority.substr(0, port);
    url.port = port == std::string_view::npos ? (url.scheme == "https" ? "443" : "80")
                                              : authority.substr(port + 1);
    if (url.host.empty() || !is_port(url.port)) {
        return not_a_server(text, "has no host or no port");
    }
    return url;
}

}  // namespace assay::kube
