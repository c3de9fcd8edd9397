// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/credentials.h"

#include <fmt/format.h>

#include <algorithm>

#include "kube/exec_plugin.h"
#include "kube/kubeconfig_files.h"
#include "kube/query.h"

namespace assay::kube {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::minutes token_age{1};

void trim(std::string& token) {
    token.erase(token.find_last_not_of(" \t\r\n") + 1);
    token.erase(0, std::min(token.find_first_not_of(" \t\r\n"), token.size()));
}

bool sendable(const std::string& header) {
    return std::ranges::none_of(
        header, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

std::vector<std::string> impersonation(const Connection& connection) {
    std::vector<std::string> headers;
    if (!connection.impersonate.empty()) {
        headers.push_back("Impersonate-User: " + connection.impersonate);
    }
    if (!connection.impersonate_uid.empty()) {
        headers.push_back("Impersonate-Uid: " + connection.impersonate_uid);
    }
    for (const std::string& group : connection.impersonate_groups) {
        headers.push_back("Impersonate-Group: " + group);
    }
    for (const auto& [key, values] : connection.impersonate_extra) {
        for (const std::string& value : values) {
            headers.push_back(fmt::format("Impersonate-Extra-{}: {}", query_encoded(key), value));
        }
    }
    return headers;
}

}  // namespace

Result<void> Credentials::read_token_file() {
    const auto now = steady_clock::now();
    if (!token_of_file_.empty() && now - read_ < token_age) {
        return {};
    }
    auto content = content_of(connection_.token_file);
    if (!content) {
        return std::unexpected(content.error());
    }
    trim(*content);
    if (content->empty()) {
        return std::unexpected(
            Error{Error::Kind::config, 0, "",
                  fmt::format("the token file {} is empty", connection_.token_file.string())});
    }
    if (*content != token_of_file_) {
        ++generation_;
    }
    token_of_file_ = std::move(*content);
    read_ = now;
    return {};
}

Result<Identity> Credentials::current() {
    const std::scoped_lock lock(mutex_);
    std::string token = connection_.token;
    if (!connection_.token_file.empty()) {
        if (const auto read = read_token_file(); !read) {
            return std::unexpected(read.error());
        }
        token = token_of_file_;
    }
    trim(token);
    Identity identity{impersonation(connection_), connection_.username,
                      connection_.password,       connection_.client_certificate_pem,
                      connection_.client_key_pem, generation_};
    if (!token.empty()) {
        identity.headers.push_back("Authorization: Bearer " + token);
        identity.username.clear();  // one Authorization header, and kubectl takes the token
    }
    if (!std::ranges::all_of(identity.headers, sendable)) {
        return std::unexpected(Error{Error::Kind::config, 0, "",
                                     "the token or the impersonated user holds a line break or "
                                     "control character; write the kubeconfig anew"});
    }
    return identity;
}

Result<bool> Credentials::renew(unsigned refused, const Limit& limit) {
    const std::scoped_lock lock(mutex_);
    if (refused != generation_) {
        return true;  // another thread has renewed them in the meantime
    }
    if (!connection_.token_file.empty()) {
        read_ = {};
        const auto read = read_token_file();
        return read ? Result<bool>(refused != generation_) : std::unexpected(read.error());
    }
    if (!connection_.exec) {
        return false;
    }
    auto renewed = with_plugin_credentials(connection_, limit);
    if (!renewed) {
        return std::unexpected(renewed.error());
    }
    connection_ = std::move(*renewed);
    ++generation_;
    return true;
}

}  // namespace assay::kube
