// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// One connection of the client: connects, carries a protocol, tells of its end. One thread.
#pragma once

#include <memory>

#include "probe/traffic/client_protocol.h"
#include "probe/traffic/event_loop.h"

namespace assay::probe {

class ClientConnection final : private Watcher {
public:
    // `descriptor`: of start_connecting(address).
    ClientConnection(EventLoop& loop, int descriptor, Address address, const Phase& phase,
                     ExchangeObserver& observer);
    ClientConnection(const ClientConnection&) = delete;
    ClientConnection& operator=(const ClientConnection&) = delete;
    ~ClientConnection();

    bool is_over() const { return over_; }
    bool takes_more() const { return !over_ && protocol_->takes_more(); }
    std::size_t load() const { return load_; }  // exchanges begun and not ended
    void start(Exchange& exchange);
    void ended_one() { --load_; }
    void abandon(const Exchange& exchange);
    void flush();  // after what was started

private:
    void ready(std::uint32_t events) override;
    void read();
    void break_off(int error);  // of the socket
    void end(Failure failure, const std::string& text);
    void want();

    EventLoop& loop_;
    Wire wire_;
    Address address_;
    ExchangeObserver& observer_;
    std::unique_ptr<ClientProtocol> protocol_;
    std::uint32_t events_ = EPOLLOUT;  // writable: connected, or refused
    bool connected_ = false;
    bool over_ = false;
    std::size_t load_ = 0;
};

}  // namespace assay::probe
