// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// How a connection of the server speaks, once its first bytes have told. Holds a stranger to the
// limits of docs/probe.md. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "probe/traffic/answering.h"
#include "probe/traffic/wire.h"

namespace assay::probe {

inline constexpr std::size_t header_bytes_at_most = std::size_t{32} * 1024;
inline constexpr std::size_t header_fields_at_most = 100;
inline constexpr std::size_t request_body_at_most = std::size_t{1024} * 1024;
inline constexpr unsigned streams_at_most = 256;
inline constexpr std::size_t unsent_at_most = std::size_t{256} * 1024;  // then it reads no more

// The connection, as its protocol sees it.
class Outlet {
public:
    virtual Wire& wire() = 0;
    virtual void flush() = 0;  // sends what is queued; may end the connection

protected:
    Outlet() = default;
    Outlet(const Outlet&) = default;
    Outlet& operator=(const Outlet&) = default;
    ~Outlet() = default;
};

class ServerProtocol {
public:
    ServerProtocol() = default;
    ServerProtocol(const ServerProtocol&) = delete;
    ServerProtocol& operator=(const ServerProtocol&) = delete;
    virtual ~ServerProtocol() = default;

    // Both queue what is to be sent. False: send what is queued, then close.
    virtual bool take(std::string_view bytes) = 0;
    virtual bool go_on() = 0;  // there is room to send again, or an answer came late

    virtual bool reads() const = 0;     // false: it takes no more for now
    virtual bool has_more() const = 0;  // to queue, as soon as what is queued was sent
    // Since when it waits for the rest of a request, the longest wait of all.
    virtual std::optional<EventLoop::Clock::time_point> waiting_since() const = 0;
};

std::unique_ptr<ServerProtocol> make_http1_server(Serving serving, Outlet& outlet);
std::unique_ptr<ServerProtocol> make_http2_server(Serving serving, Outlet& outlet);

}  // namespace assay::probe
