// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Who we are at this moment: reads a token file anew when what it read is older than a minute, and
// asks the credential plugin again when the server refuses what it gave. Internal to the transport.
// Thread contract: all members from any thread; while one thread asks the plugin the others wait.
#pragma once

#include <chrono>
#include <mutex>
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
    explicit Credentials(const Connection& connection) : connection_(connection) {}

    // Config: the token file cannot be read, or a value cannot be sent in a header.
    Result<Identity> current();
    // After the server refused that generation with 401. False: there is nothing newer to try.
    Result<bool> renew(unsigned refused, const Limit& limit);

private:
    Result<void> read_token_file();

    std::mutex mutex_;
    Connection connection_;
    std::string token_of_file_;
    std::chrono::steady_clock::time_point read_;
    unsigned generation_ = 0;
};

}  // namespace assay::kube
