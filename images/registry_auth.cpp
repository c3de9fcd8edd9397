// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "images/registry_auth.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "kube/base64.h"
#include "kube/child_process.h"
#include "kube/json.h"
#include "kube/query.h"
#include "kube/server_url.h"

namespace assay::images {

namespace {

using kube::Json;

constexpr const char* hub_key = "https://index.docker.io/v1/";  // docker's name for its own
constexpr std::size_t max_token_bytes = 1024 * 1024;

std::string lower_case(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

// "https://registry.example:5000/v2/" and "registry.example:5000" are one registry.
std::string host_of_key(std::string_view key) {
    if (const std::size_t scheme = key.find("://"); scheme != std::string_view::npos) {
        key.remove_prefix(scheme + 3);
    }
    return std::string(key.substr(0, key.find('/')));
}

bool is_hub(const std::string& host) {
    return host == "docker.io" || host == "index.docker.io" || host == "registry-1.docker.io";
}

bool same_registry(const std::string& key, const std::string& host) {
    const std::string other = host_of_key(key);
    return other == host || (is_hub(other) && is_hub(host));
}

std::vector<std::string> whole_environment() {
    std::vector<std::string> result;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        result.emplace_back(*entry);
    }
    return result;
}

std::expected<Login, std::string> login_of_helper(const std::string& helper,
                                                  const std::string& host,
                                                  const kube::Limit& limit) {
    const std::string program = "docker-credential-" + helper;
    if (helper.find('/') != std::string::npos) {
        return std::unexpected(fmt::format("{} is no name of a credential helper", helper));
    }
    const auto answer = kube::output_of({program, "get"}, whole_environment(), limit,
                                        is_hub(host) ? std::string(hub_key) : host);
    if (!answer) {
        return std::unexpected(fmt::format(
            "the credential helper that docker's config.json names does not run: {}; install it, "
            "or give --username with --password-stdin",
            answer.error().message));
    }
    if (answer->out.find("credentials not found") != std::string::npos) {
        return Login{};
    }
    const auto document = kube::parse(answer->out);
    if (answer->exit_code != 0 || !document) {
        // What it prints when it fails may hold a secret only if it is not a failure at all.
        return std::unexpected(fmt::format(
            "{} gives no credentials for {} (exit code {}); log in again, or give --username with "
            "--password-stdin",
            program, host, answer->exit_code));
    }
    const std::string name = kube::text(*document, {"Username"});
    const std::string secret = kube::text(*document, {"Secret"});
    return name == "<token>" ? Login{.username = {}, .password = {}, .identity_token = secret}
                             : Login{.username = name, .password = secret, .identity_token = {}};
}

std::expected<Login, std::string> login_of_entry(const Json& entry, const std::string& file) {
    Login login{.username = kube::text(entry, {"username"}),
                .password = kube::text(entry, {"password"}),
                .identity_token = kube::text(entry, {"identitytoken"})};
    const std::string packed = kube::text(entry, {"auth"});
    if (packed.empty()) {
        return login;
    }
    const auto pair = kube::base64_decoded(packed);
    if (!pair || !pair->contains(':')) {
        return std::unexpected(
            fmt::format("{} holds an auth that is not Base64 of user:password; run docker login "
                        "again",
                        file));
    }
    const std::size_t colon = pair->find(':');
    login.username = pair->substr(0, colon);
    login.password = pair->substr(colon + 1);
    return login;
}

void skip_blanks(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t,"), rest.size()));
}

// A token or a quoted string; moves behind it.
std::string value_at(std::string_view& rest) {
    std::string value;
    if (!rest.starts_with('"')) {
        const std::size_t end = std::min(rest.find_first_of(" \t,"), rest.size());
        value = rest.substr(0, end);
        rest.remove_prefix(end);
        return value;
    }
    rest.remove_prefix(1);
    while (!rest.empty() && rest.front() != '"') {
        if (rest.front() == '\\' && rest.size() > 1) {
            rest.remove_prefix(1);
        }
        value += rest.front();
        rest.remove_prefix(1);
    }
    rest.remove_prefix(std::min<std::size_t>(1, rest.size()));
    return value;
}

kube::Request token_request(const TokenRequest& asked, const std::string& path) {
    const std::string query = fmt::format("service={}&scope={}", kube::query_encoded(asked.service),
                                          kube::query_encoded(asked.scope));
    kube::Request request;
    request.max_body_bytes = max_token_bytes;
    if (!asked.login.identity_token.empty()) {
        request.method = "POST";
        request.path = path;
        request.headers["Content-Type"] = "application/x-www-form-urlencoded";
        request.body = fmt::format("grant_type=refresh_token&client_id=assay&{}&refresh_token={}",
                                   query, kube::query_encoded(asked.login.identity_token));
        return request;
    }
    request.path = path + (path.find('?') == std::string::npos ? "?" : "&") + query;
    if (!asked.login.empty()) {
        request.headers["Authorization"] = basic_authorization(asked.login);
    }
    return request;
}

std::string token_refused(const TokenRequest& request, int status) {
    if (status != 401 && status != 403) {
        return fmt::format("the token server {} answers with HTTP {}; try again later",
                           request.realm, status);
    }
    if (request.login.empty()) {
        return fmt::format(
            "the token server {} wants a login; run docker login, or give --username with "
            "--password-stdin",
            request.realm);
    }
    return fmt::format(
        "the token server {} refuses the login{} (HTTP {}); check the password, or log in again",
        request.realm, request.login.username.empty() ? "" : " of user " + request.login.username,
        status);
}

}  // namespace

std::filesystem::path docker_config_folder() {
    if (const char* folder = std::getenv("DOCKER_CONFIG"); folder != nullptr && *folder != '\0') {
        return folder;
    }
    const char* home = std::getenv("HOME");
    return std::filesystem::path(home == nullptr ? "/" : home) / ".docker";
}

std::expected<Login, std::string> login_of_docker_config(const std::filesystem::path& folder,
                                                         const std::string& host,
                                                         const kube::Limit& limit) {
    const std::filesystem::path file = folder / "config.json";
    std::ifstream stream(file);
    if (!stream) {
        return Login{};
    }
    const auto config = kube::parse(
        std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()));
    if (!config) {
        return std::unexpected(fmt::format("{} is not JSON ({}); repair it or set DOCKER_CONFIG",
                                           file.string(), config.error().message));
    }
    for (const auto& [key, helper] : kube::object(*config, {"credHelpers"}).items()) {
        if (same_registry(key, host) && helper.is_string()) {
            return login_of_helper(helper.get<std::string>(), host, limit);
        }
    }
    if (const std::string store = kube::text(*config, {"credsStore"}); !store.empty()) {
        return login_of_helper(store, host, limit);
    }
    for (const auto& [key, entry] : kube::object(*config, {"auths"}).items()) {
        if (same_registry(key, host)) {
            return login_of_entry(entry, file.string());
        }
    }
    return Login{};
}

std::vector<Challenge> challenges_of(std::string_view header) {
    std::vector<Challenge> result;
    for (skip_blanks(header); !header.empty(); skip_blanks(header)) {
        const std::size_t end = std::min(header.find_first_of(" \t,="), header.size());
        const std::string word = lower_case(header.substr(0, end));
        const bool is_parameter = end < header.size() && header[end] == '=' && !result.empty();
        header.remove_prefix(std::min(end + (is_parameter ? 1 : 0), header.size()));
        if (is_parameter) {
            result.back().parameters[word] = value_at(header);
        } else if (!word.empty()) {
            result.push_back({.scheme = word, .parameters = {}});
        } else {
            header.remove_prefix(1);  // a stray '=': the header is not ours to repair
        }
    }
    return result;
}

kube::Connection connection_to(const std::string& origin, const std::string& ca_pem) {
    kube::Connection connection;
    connection.peer = kube::Peer::registry;
    connection.server = origin;
    connection.ca_pem = ca_pem;
    return connection;
}

std::string basic_authorization(const Login& login) {
    return "Basic " + kube::base64_encoded(login.username + ":" + login.password);
}

std::expected<std::string, std::string> token_of(const TokenRequest& request,
                                                 const Connect& connect, const kube::Limit& limit) {
    const std::size_t scheme = request.realm.find("://");
    const std::size_t slash =
        scheme == std::string::npos ? scheme : request.realm.find('/', scheme + 3);
    const std::string origin = request.realm.substr(0, slash);
    const auto url = kube::server_url(origin);
    if (scheme == std::string::npos || !url) {
        return std::unexpected(
            fmt::format("the registry names a token server that is no URL: '{}'; is that a "
                        "registry?",
                        request.realm.substr(0, 200)));
    }
    if (url->scheme == "http" && !request.plain_ok && !url->is_local()) {
        return std::unexpected(fmt::format(
            "the registry's token server {} speaks plain http and would get the login in the "
            "clear; serve it by https, or allow it with --insecure-http",
            origin));
    }
    const auto transport = connect(connection_to(origin, request.ca_pem));
    if (!transport) {
        return std::unexpected(transport.error().message);
    }
    const std::string path = slash == std::string::npos ? "/" : request.realm.substr(slash);
    const auto answer = (*transport)->send(token_request(request, path), limit);
    if (!answer) {
        return std::unexpected("the registry's token server: " + answer.error().message);
    }
    if (answer->status != 200) {
        return std::unexpected(token_refused(request, answer->status));
    }
    const auto document = kube::parse(answer->body);
    std::string token = document ? kube::text(*document, {"token"}) : "";
    if (token.empty() && document) {
        token = kube::text(*document, {"access_token"});
    }
    if (token.empty()) {
        return std::unexpected(fmt::format(
            "the token server {} answers without a token; is it the right one?", origin));
    }
    return token;
}

}  // namespace assay::images
