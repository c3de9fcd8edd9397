// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// How the client speaks over one connection: requests out, answers in. What it is told by a server
// is not trusted. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "probe/traffic/exchange.h"
#include "probe/traffic/tally.h"
#include "probe/traffic/wire.h"

namespace assay::probe {

// Told of every exchange once, by either; the exchange may be gone afterwards.
class ExchangeObserver {
public:
    virtual void answered(Exchange& exchange) = 0;
    virtual void failed(Exchange& exchange, Failure failure, const std::string& text) = 0;

protected:
    ExchangeObserver() = default;
    ExchangeObserver(const ExchangeObserver&) = default;
    ExchangeObserver& operator=(const ExchangeObserver&) = default;
    ~ExchangeObserver() = default;
};

class ClientProtocol {
public:
    ClientProtocol() = default;
    ClientProtocol(const ClientProtocol&) = delete;
    ClientProtocol& operator=(const ClientProtocol&) = delete;
    virtual ~ClientProtocol() = default;

    virtual bool takes_more() const = 0;  // requests
    virtual void start(Exchange& exchange) = 0;
    virtual std::vector<Exchange*> in_flight() const = 0;
    // Forgets it, as after a timeout. False: the connection is of no further use.
    virtual bool abandon(const Exchange& exchange) = 0;

    // False: the connection is of no further use; `why_not` has why, "" if it ended in order.
    virtual bool take(std::string_view bytes) = 0;
    virtual void at_end() = 0;  // the server sends no more
    virtual void queue(Wire& wire) = 0;
    virtual const std::string& why_not() const = 0;
};

std::unique_ptr<ClientProtocol> make_http1_client(const Phase& phase, ExchangeObserver& observer);
std::unique_ptr<ClientProtocol> make_http2_client(const Phase& phase, ExchangeObserver& observer);

}  // namespace assay::probe
