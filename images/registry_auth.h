// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Who we are to a registry: credentials as `docker login` keeps them, and the answers to a
// registry's challenges (Basic, and Bearer tokens of a token server). Functions of their arguments,
// but for the files and the helper program they read; any thread. Errors are a sentence, and never
// hold a password or token.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kube/kubeconfig.h"
#include "kube/transport.h"

namespace assay::images {

struct Login {
    std::string username;
    std::string password;
    std::string identity_token;  // an OAuth2 refresh token, in place of the two above

    bool empty() const { return username.empty() && identity_token.empty(); }
};

// config.json of the folder, as docker reads it: credHelpers, credsStore, auths. An empty Login
// where it knows none for the host ("registry.example:5000").
std::expected<Login, std::string> login_of_docker_config(const std::filesystem::path& folder,
                                                         const std::string& host,
                                                         const kube::Limit& limit);
// $DOCKER_CONFIG, else ~/.docker.
std::filesystem::path docker_config_folder();

struct Challenge {
    std::string scheme;                             // lower case: "basic", "bearer"
    std::map<std::string, std::string> parameters;  // names in lower case
};

// Of a WWW-Authenticate header (RFC 9110, 11.6.1), which may hold several.
std::vector<Challenge> challenges_of(std::string_view header);

using Connect =
    std::function<kube::Result<std::unique_ptr<kube::Transport>>(const kube::Connection&)>;

kube::Connection connection_to(const std::string& origin, const std::string& ca_pem);

struct TokenRequest {
    Login login;
    std::string realm;  // URL of the token server
    std::string service;
    std::string scope;      // "repository:tools/assay-probe:pull,push"
    std::string ca_pem;     // "" means the system's trust store
    bool plain_ok = false;  // credentials may go over plain http
};

std::expected<std::string, std::string> token_of(const TokenRequest& request,
                                                 const Connect& connect, const kube::Limit& limit);

std::string basic_authorization(const Login& login);

}  // namespace assay::images
