// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/kube/relay_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>
#include <stdexcept>

namespace assay::kube {

namespace {

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int connected_to(int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const auto* plain = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(socket, plain, sizeof address) != 0) {
        ::close(socket);
        return -1;
    }
    return socket;
}

}  // namespace

struct RelayProxy::Client {
    int socket;
    std::unique_ptr<SSL, decltype(&SSL_free)> tls{nullptr, SSL_free};

    std::optional<std::string> some(std::size_t most = 65536) const {
        std::string bytes(most, '\0');
        const auto count = tls ? SSL_read(tls.get(), bytes.data(), static_cast<int>(most))
                               : ::recv(socket, bytes.data(), most, 0);
        if (count <= 0) {
            return std::nullopt;
        }
        bytes.resize(static_cast<std::size_t>(count));
        return bytes;
    }
    // Exactly so many, "" where the client goes before.
    std::string exactly(std::size_t count) const {
        std::string bytes;
        while (bytes.size() < count) {
            const auto more = some(count - bytes.size());
            if (!more) {
                return {};
            }
            bytes += *more;
        }
        return bytes;
    }
    void say(const std::string& bytes) const {
        if (tls) {
            SSL_write(tls.get(), bytes.data(), static_cast<int>(bytes.size()));
        } else {
            ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        }
    }
    bool waits() const { return tls && SSL_pending(tls.get()) > 0; }
    // Both ways, until one side ends.
    void relay(int server) const {
        for (bool open = true; open;) {
            std::array<pollfd, 2> both{{{socket, POLLIN, 0}, {server, POLLIN, 0}}};
            ::poll(both.data(), both.size(), waits() ? 0 : -1);
            if (both[0].revents != 0 || waits()) {
                const auto bytes = some();
                open = bytes && ::send(server, bytes->data(), bytes->size(), MSG_NOSIGNAL) > 0;
            }
            if (open && both[1].revents != 0) {
                std::string bytes(65536, '\0');
                const auto count = ::recv(server, bytes.data(), bytes.size(), 0);
                open = count > 0;
                say(bytes.substr(0, open ? static_cast<std::size_t>(count) : 0));
            }
        }
    }
};

RelayProxy::RelayProxy(Speech speech, int target_port, const Certified* identity)
    : speech_(speech), target_port_(target_port) {
    ::signal(SIGPIPE, SIG_IGN);  // NOLINT(concurrency-mt-unsafe): OpenSSL writes without a flag
    if (identity != nullptr) {
        tls_.reset(SSL_CTX_new(TLS_server_method()));
        SSL_CTX_use_certificate(tls_.get(), identity->certificate.get());
        SSL_CTX_use_PrivateKey(tls_.get(), identity->key.get());
    }
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (::bind(listener_, plain, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, plain, &size) != 0) {
        throw std::runtime_error("no proxy can listen");
    }
    port_ = ntohs(address.sin_port);
    accepting_ = std::jthread([this](const std::stop_token& stop) {
        for (;;) {
            const int socket = ::accept(listener_, nullptr, nullptr);
            if (stop.stop_requested() || socket < 0) {
                return;
            }
            threads_.emplace_back([this, socket] { serve(socket); });
        }
    });
}

RelayProxy::~RelayProxy() {
    accepting_.request_stop();
    ::shutdown(listener_, SHUT_RDWR);
    accepting_.join();
    threads_.clear();  // each ends with its client, which is gone before the proxy
    ::close(listener_);
}

std::vector<std::string> RelayProxy::targets() const {
    const std::scoped_lock lock(mutex_);
    return targets_;
}

std::string RelayProxy::headers() const {
    const std::scoped_lock lock(mutex_);
    return headers_;
}

void RelayProxy::note(const std::string& target, const std::string& headers) {
    const std::scoped_lock lock(mutex_);
    targets_.push_back(target);
    headers_ += headers;
}

bool RelayProxy::greeted(Client& client) {
    if (speech_ == Speech::connect) {
        std::string head;
        while (head.find("\r\n\r\n") == std::string::npos) {
            const auto more = client.some();
            if (!more) {
                return false;
            }
            head += *more;
        }
        const std::size_t line = head.find("\r\n");
        const std::size_t blank = head.find(' ');
        note(head.substr(blank + 1, head.find(' ', blank + 1) - blank - 1), head.substr(line + 2));
        client.say("HTTP/1.1 200 OK\r\n\r\n");
        return head.starts_with("CONNECT ");
    }
    const std::string methods = client.exactly(2);  // RFC 1928
    client.exactly(methods.empty() ? 0 : static_cast<unsigned char>(methods[1]));
    client.say(std::string("\x05\x00", 2));
    const std::string request = client.exactly(4);
    if (request.size() < 4 || request[3] != 3) {  // a name, to be looked up here
        note("not a name", "");
        return false;
    }
    const std::string name = client.exactly(static_cast<unsigned char>(client.exactly(1)[0]));
    const std::string port = client.exactly(2);
    const int number =
        static_cast<unsigned char>(port[0]) * 256 + static_cast<unsigned char>(port[1]);
    note(name + ":" + std::to_string(number), "");
    client.say(std::string("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00", 10));
    return true;
}

void RelayProxy::serve(int socket) {
    Client client{socket};
    if (tls_) {
        client.tls.reset(SSL_new(tls_.get()));
        SSL_set_fd(client.tls.get(), socket);
        if (SSL_accept(client.tls.get()) != 1) {
            ::close(socket);
            return;
        }
    }
    const int server = greeted(client) ? connected_to(target_port_) : -1;
    if (server >= 0) {
        client.relay(server);
    }
    client.tls.reset();
    ::close(server);
    ::close(socket);
}

}  // namespace assay::kube
