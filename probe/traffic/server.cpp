// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/traffic/server.h"

#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "probe/traffic/server_protocol.h"

namespace assay::probe {

namespace {

constexpr std::string_view http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::chrono::milliseconds sweep_every{1000};
constexpr std::chrono::milliseconds pause_for{100};
constexpr std::chrono::seconds request_within{30};
constexpr std::chrono::minutes silent_at_most{15};
constexpr int accepted_a_round = 64;
constexpr std::size_t telling = 4;  // bytes of a request that tell HTTP/2 from HTTP/1.1

}  // namespace

class ServerConnection final : private Watcher, private Outlet {
public:
    ServerConnection(Server& server, int descriptor) : server_(server), wire_(descriptor) {
        server_.loop_.watch(descriptor, events_, *this);
    }
    ServerConnection(const ServerConnection&) = delete;
    ServerConnection& operator=(const ServerConnection&) = delete;
    ~ServerConnection() { server_.loop_.forget(wire_.descriptor(), *this); }

    bool is_stale(EventLoop::Clock::time_point now) const {
        const auto since = protocol_ ? protocol_->waiting_since() : std::optional(began_);
        return (since && now - *since > request_within) || now - moved_ > silent_at_most;
    }
    void end() {
        if (!ended_) {
            ended_ = true;
            server_.ended(*this);
        }
    }

private:
    void ready(std::uint32_t events) override;
    Wire& wire() override { return wire_; }
    void flush() override;
    void take(std::string_view bytes);
    void want();

    Server& server_;
    Wire wire_;
    std::uint32_t events_ = EPOLLIN;
    std::string first_bytes_;  // until they tell the protocol
    std::unique_ptr<ServerProtocol> protocol_;
    bool open_ = true;  // false: close once all is sent
    bool ended_ = false;
    EventLoop::Clock::time_point began_ = EventLoop::Clock::now();
    EventLoop::Clock::time_point moved_ = began_;
};

void ServerConnection::ready(std::uint32_t events) {
    if (ended_) {
        return;
    }
    moved_ = EventLoop::Clock::now();
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        std::string_view bytes;
        switch (wire_.receive(bytes)) {
            case Wire::Read::bytes:
                take(bytes);
                break;
            case Wire::Read::nothing_yet:
                break;
            case Wire::Read::end:
            case Wire::Read::failed:
                end();
                return;
        }
    }
    flush();
}

void ServerConnection::take(std::string_view bytes) {
    if (!open_) {
        return;  // it is being closed, and what still comes is not answered
    }
    if (protocol_) {
        open_ = protocol_->take(bytes);
        return;
    }
    first_bytes_ += bytes;
    const std::string_view start = std::string_view(first_bytes_).substr(0, telling);
    const bool may_be_http2 = http2_preface.starts_with(start);
    if (may_be_http2 && start.size() < telling) {
        return;
    }
    const Serving serving{.loop = server_.loop_, .routes = server_.routes_};
    protocol_ =
        may_be_http2 ? make_http2_server(serving, *this) : make_http1_server(serving, *this);
    open_ = protocol_->take(first_bytes_);
    first_bytes_.clear();
}

void ServerConnection::flush() {
    if (ended_) {
        return;
    }
    do {
        if (protocol_ && open_) {
            open_ = protocol_->go_on();
        }
        if (!wire_.flush()) {
            end();
            return;
        }
    } while (open_ && wire_.waiting() == 0 && protocol_ && protocol_->has_more());
    if (!open_ && wire_.waiting() == 0) {
        end();
        return;
    }
    want();
}

void ServerConnection::want() {
    const bool reads = open_ && (!protocol_ || protocol_->reads());
    const std::uint32_t in = reads && wire_.waiting() < unsent_at_most ? EPOLLIN : 0U;
    const std::uint32_t out = wire_.waiting() > 0 ? EPOLLOUT : 0U;
    if ((in | out) != events_) {
        events_ = in | out;
        server_.loop_.change(wire_.descriptor(), events_, *this);
    }
}

Server::Server(EventLoop& loop, Routes& routes, int listener)
    : loop_(loop), routes_(routes), listener_(listener) {
    loop_.watch(listener_, EPOLLIN, *this);
    loop_.after_each_round([this] { ended_.clear(); });
    loop_.after(sweep_every, [this] { sweep(); });
}

Server::~Server() {
    loop_.forget(listener_, *this);
    ::close(listener_);
}

void Server::ready(std::uint32_t /*events*/) {
    for (int count = 0; count < accepted_a_round && accept_one(); ++count) {
    }
}

bool Server::accept_one() {
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            pause();
        }
        return errno == ECONNABORTED || errno == EINTR;
    }
    if (connections_.size() >= connections_at_most) {
        ::close(descriptor);
        return true;
    }
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto connection = std::make_unique<ServerConnection>(*this, descriptor);
    const ServerConnection* key = connection.get();
    connections_.emplace(key, std::move(connection));
    return true;
}

// Out of descriptors: what waits to be accepted would wake the loop without end.
void Server::pause() {
    loop_.forget(listener_, *this);
    loop_.after(pause_for, [this] { loop_.watch(listener_, EPOLLIN, *this); });
}

void Server::sweep() {
    const EventLoop::Clock::time_point now = EventLoop::Clock::now();
    std::vector<ServerConnection*> stale;
    for (const auto& [key, connection] : connections_) {
        if (connection->is_stale(now)) {
            stale.push_back(connection.get());
        }
    }
    for (ServerConnection* connection : stale) {
        connection->end();
    }
    loop_.after(sweep_every, [this] { sweep(); });
}

void Server::ended(ServerConnection& connection) {
    const auto found = connections_.find(&connection);
    ended_.push_back(std::move(found->second));
    connections_.erase(found);
}

}  // namespace assay::probe
