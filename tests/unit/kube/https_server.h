// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A real HTTPS server on the loopback for tests of the transport. Routes are set before start().
// Thread contract: set up by one thread; handlers run on the server's own threads and may block in
// until_released(), which ends with the server.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tests/api/certificates.h"

namespace assay::kube {

class HttpsServer {
public:
    // With clients_of, only clients with a certificate of that authority are let in.
    explicit HttpsServer(Certified identity, const Authority* clients_of = nullptr)
        : identity_(std::move(identity)),
          server_(identity_.certificate.get(), identity_.key.get(), store_of(clients_of)) {}
    HttpsServer(const HttpsServer&) = delete;
    HttpsServer& operator=(const HttpsServer&) = delete;
    ~HttpsServer() {
        release();
        server_.stop();
    }

    httplib::SSLServer& routes() { return server_; }
    void start(const std::string& address = "127.0.0.1") {
        port_ = server_.bind_to_any_port(address);
        thread_ = std::jthread([this] { server_.listen_after_bind(); });
        while (!server_.is_running()) {  // until then stop() does nothing
            std::this_thread::yield();
        }
    }
    std::string url(const std::string& host = "127.0.0.1") const {
        return "https://" + host + ":" + std::to_string(port_);
    }

    void until_released() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return released_; });
    }
    void release() {
        const std::scoped_lock lock(mutex_);
        released_ = true;
        changed_.notify_all();
    }

private:
    // Owned by the server's TLS context once given.
    static X509_STORE* store_of(const Authority* authority) {
        if (authority == nullptr) {
            return nullptr;
        }
        X509_STORE* store = X509_STORE_new();
        X509_STORE_add_cert(store, authority->certificate());
        return store;
    }

    Certified identity_;
    httplib::SSLServer server_;
    int port_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool released_ = false;
    std::jthread thread_;
};

}  // namespace assay::kube
