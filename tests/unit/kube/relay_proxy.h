// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A proxy on the loopback for tests of the transport: CONNECT over plain or TLS connections, or
// SOCKS5. Whatever target it is asked for, it connects to one port of this machine, and remembers
// what it was asked. Thread contract: made and ended by one thread; the readers from any.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/api/certificates.h"

namespace assay::kube {

class RelayProxy {
public:
    enum class Speech { connect, socks5 };

    // With an identity, clients speak TLS with the proxy.
    RelayProxy(Speech speech, int target_port, const Certified* identity = nullptr);
    RelayProxy(const RelayProxy&) = delete;
    RelayProxy& operator=(const RelayProxy&) = delete;
    ~RelayProxy();

    int port() const { return port_; }
    // "api.test:6443", one for each connection.
    std::vector<std::string> targets() const;
    // The header lines of the CONNECT requests.
    std::string headers() const;

private:
    struct Client;

    void serve(int socket);
    bool greeted(Client& client);
    void note(const std::string& target, const std::string& headers);

    Speech speech_;
    int target_port_;
    int port_ = 0;
    int listener_ = -1;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls_{nullptr, SSL_CTX_free};
    mutable std::mutex mutex_;
    std::vector<std::string> targets_;
    std::string headers_;
    std::list<std::jthread> threads_;
    std::jthread accepting_;
};

}  // namespace assay::kube
