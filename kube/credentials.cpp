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

// Like kubectl, goes on with what was read last while the file cannot be read.
Result<void> Credentials::read_token_file() {
    const Moment now = clock_();
    if (read_ && now >= *read_ && now - *read_ < token_age) {
        return {};
    }
    auto content = content_of(connection_.token_file);
    if (content) {
        trim(*content);
    }
    const bool known = !token_of_file_.empty() || !connection_.token.empty();
    if (!content && !known) {
        return std::unexpected(content.error());
    }
    if (content && content->empty() && !known) {
        return std::unexpected(
            Error{Error::Kind::config, 0, "",
                  fmt::format("the token file {} is empty", connection_.token_file.string())});
    }
    read_ = now;
    if (content && !content->empty() && *content != token_of_file_) {
        ++generation_;
        token_of_file_ = std::move(*content);
    }
    return {};
}

bool Credentials::expired() const {
    return connection_.credentials_expire && *connection_.credentials_expire <= clock_();
}

void Credentials::take(Connection renewed) {
    const bool newer = renewed.token != connection_.token ||
                       renewed.client_certificate_pem != connection_.client_certificate_pem;
    connection_ = std::move(renewed);
    if (expired()) {  // by a clock that differs from the issuer's: the server will tell
        connection_.credentials_expire.reset();
    }
    generation_ += newer ? 1 : 0;
}

Result<void> Credentials::ask_plugin(Lock& lock, const Limit& limit) {
    while (asking_) {
        const bool answered =
            answered_.wait_until(lock, limit.stop, limit.deadline, [this] { return !asking_; });
        if (!answered) {
            const bool stopped = limit.stop.stop_requested();
            return std::unexpected(
                Error{stopped ? Error::Kind::cancelled : Error::Kind::timeout, 0, "",
                      fmt::format("{} while another request waits for the credential plugin",
                                  stopped ? "cancelled" : "the time was up")});
        }
        if (!failure_) {
            return {};
        }
        if (failure_->kind == Error::Kind::config) {  // else it was the other's limit
            return std::unexpected(*failure_);
        }
    }
    asking_ = true;
    const Connection asked = connection_;
    lock.unlock();
    auto renewed = with_plugin_credentials(asked, limit);
    lock.lock();
    asking_ = false;
    failure_ = renewed ? std::nullopt : std::optional(renewed.error());
    answered_.notify_all();
    if (!renewed) {
        return std::unexpected(renewed.error());
    }
    take(std::move(*renewed));
    return {};
}

Result<Identity> Credentials::current(const Limit& limit) {
    Lock lock(mutex_);
    if (connection_.exec && expired()) {
        if (const auto asked = ask_plugin(lock, limit); !asked) {
            return std::unexpected(asked.error());
        }
    }
    std::string token = connection_.token;
    if (!connection_.token_file.empty()) {
        if (const auto read = read_token_file(); !read) {
            return std::unexpected(read.error());
        }
        token = token_of_file_.empty() ? token : token_of_file_;
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
    Lock lock(mutex_);
    if (refused != generation_) {
        return true;  // another thread has renewed them in the meantime
    }
    if (!connection_.token_file.empty()) {
        read_.reset();
        const auto read = read_token_file();
        return read ? Result<bool>(refused != generation_) : std::unexpected(read.error());
    }
    if (!connection_.exec) {
        return false;
    }
    const auto asked = ask_plugin(lock, limit);
    return asked ? Result<bool>(refused != generation_) : std::unexpected(asked.error());
}

}  // namespace assay::kube
