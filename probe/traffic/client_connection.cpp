// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/traffic/client_connection.h"

#include <cerrno>
#include <cstring>

namespace assay::probe {

ClientConnection::ClientConnection(EventLoop& loop, int descriptor, Address address,
                                   const Phase& phase, ExchangeObserver& observer)
    : loop_(loop),
      wire_(descriptor),
      address_(address),
      observer_(observer),
      protocol_(phase.http2 ? make_http2_client(phase, observer)
                            : make_http1_client(phase, observer)) {
    loop_.watch(descriptor, events_, *this);
}

ClientConnection::~ClientConnection() {
    loop_.forget(wire_.descriptor(), *this);
}

void ClientConnection::start(Exchange& exchange) {
    ++load_;
    protocol_->start(exchange);
}

void ClientConnection::abandon(const Exchange& exchange) {
    --load_;
    if (!protocol_->abandon(exchange)) {
        over_ = true;
    }
}

void ClientConnection::ready(std::uint32_t events) {
    if (over_) {
        return;
    }
    if (!connected_) {
        const int error = connecting_error(wire_.descriptor());
        if (error != 0) {
            break_off(error);
            return;
        }
        connected_ = true;
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        read();
    }
    flush();
}

void ClientConnection::read() {
    std::string_view bytes;
    switch (wire_.receive(bytes)) {
        case Wire::Read::bytes:
            if (!protocol_->take(bytes)) {
                end(Failure::garbage, protocol_->why_not());
            }
            break;
        case Wire::Read::nothing_yet:
            break;
        case Wire::Read::end:
            protocol_->at_end();
            end(Failure::closed, address_.text() + " closed the connection before its answer");
            break;
        case Wire::Read::failed:
            break_off(wire_.error());
            break;
    }
}

void ClientConnection::break_off(int error) {
    const char* what = connected_ ? "talking to " : "connecting to ";
    const Failure failure = connected_              ? Failure::reset
                            : error == ECONNREFUSED ? Failure::refused
                                                    : Failure::unreachable;
    end(failure, what + address_.text() + ": " + std::strerror(error));
}

void ClientConnection::end(Failure failure, const std::string& text) {
    over_ = true;
    for (Exchange* exchange : protocol_->in_flight()) {
        static_cast<void>(protocol_->abandon(*exchange));
        observer_.failed(*exchange, failure, text);
    }
}

void ClientConnection::flush() {
    if (over_ || !connected_) {
        return;
    }
    protocol_->queue(wire_);
    if (!protocol_->why_not().empty()) {
        end(Failure::garbage, protocol_->why_not());
        return;
    }
    if (!wire_.flush()) {
        break_off(wire_.error());
        return;
    }
    want();
}

void ClientConnection::want() {
    const std::uint32_t wanted = EPOLLIN | (wire_.waiting() > 0 ? EPOLLOUT : 0U);
    if (wanted != events_) {
        events_ = wanted;
        loop_.change(wire_.descriptor(), events_, *this);
    }
}

}  // namespace assay::probe
