// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The echo server's socket and its connections. One thread; run() of the loop drives it.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "probe/traffic/event_loop.h"
#include "probe/traffic/routes.h"
#include "probe/traffic/wire.h"

namespace assay::probe {

class ServerConnection;

inline constexpr std::size_t connections_at_most = 512;

class Server final : private Watcher {
public:
    // `listener`: a socket that listens; the server closes it.
    Server(EventLoop& loop, Routes& routes, int listener);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    Address address() const { return local_address(listener_); }

private:
    friend class ServerConnection;

    void ready(std::uint32_t events) override;
    bool accept_one();
    void pause();
    void sweep();
    void ended(ServerConnection& connection);

    EventLoop& loop_;
    Routes& routes_;
    int listener_;
    std::unordered_map<const ServerConnection*, std::unique_ptr<ServerConnection>> connections_;
    std::vector<std::unique_ptr<ServerConnection>> ended_;  // until nothing of them runs
};

}  // namespace assay::probe
