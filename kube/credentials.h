// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Who we are at this moment: reads a token file anew when what it read is older than a minute, and
// asks the credential plugin again when what it gave has expired or the server refuses it. Internal
// to the transport. Thread contract: all members from any thread; while one thread asks the plugin
// the others wait, each until its own limit.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kube/kubeconfig.h"
#include "kube/transport.h"

namespace assay::kube {

// What one request carries. Never printed.
struct Identity {
    std::vector<std::string> headers;  // "Authorization: Bearer …", "Impersonate-User: …"
    std::string username;
    std::string password;
    std::string client_certificate_pem;
    std::string client_key_pem;
    unsigned generation = 0;
};

class Credentials {
public:
    using Clock = std::function<Moment()>;

    explicit Credentials(const Connection& connection, Clock clock = std::chrono::system_clock::now)
        : connection_(connection), clock_(std::move(clock)) {}

    // Config: the token file has never been readable, the plugin fails, or a value cannot be sent
    // in a header.
    Result<Identity> current(const Limit& limit);
    // After the server refused that generation with 401. False: there is nothing newer to try.
    Result<bool> renew(unsigned refused, const Limit& limit);

private:
    using Lock = std::unique_lock<std::mutex>;

    // All with mutex_ held, which ask_plugin gives up while the plugin runs.
    Result<void> read_token_file();
    Result<void> ask_plugin(Lock& lock, const Limit& limit);
    void take(Connection renewed);
    bool expired() const;

    std::mutex mutex_;
    std::condition_variable_any answered_;
    Connection connection_;
    Clock clock_;
    std::string token_of_file_;
    std::optional<Moment> read_;
    bool asking_ = false;
    std::optional<Error> failure_;  // of the plugin, when it was asked last
    unsigned generation_ = 0;
};

}  // namespace assay::kube
