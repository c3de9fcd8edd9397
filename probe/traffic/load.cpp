// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/traffic/load.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <unordered_map>

#include "probe/traffic/client_connection.h"

namespace assay::probe {

namespace {

using Clock = EventLoop::Clock;

constexpr std::chrono::milliseconds look_for_late_ones{20};

Clock::duration seconds(double count) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(count));
}

class Load final : private ExchangeObserver {
public:
    explicit Load(const Phase& phase);
    Tally run();

private:
    struct Active {
        std::unique_ptr<Exchange> exchange;
        ClientConnection* connection;
    };

    void answered(Exchange& exchange) override;
    void failed(Exchange& exchange, Failure failure, const std::string& text) override;
    void forget(const Exchange& exchange);

    bool until() const { return !phase_.until_marker.empty(); }
    bool is_last() const;  // none is to be started any more
    bool may_start();
    Clock::time_point next_start() const;
    void start_one();
    ClientConnection* connection();
    ClientConnection* connect();
    void fail_to_start(Failure failure, const std::string& text);
    void end_late_ones();
    void after_round();

    const Phase& phase_;
    Tally tally_;
    EventLoop loop_;
    Clock::time_point began_ = Clock::now();
    std::size_t most_connections_;
    Address address_;
    bool resolved_ = false;
    bool hopeless_ = false;
    bool woken_ = false;  // a timer is set for the next start
    std::vector<std::unique_ptr<ClientConnection>> connections_;
    std::unordered_map<const Exchange*, Active> active_;
};

Load::Load(const Phase& phase) : phase_(phase), tally_(phase) {
    const std::size_t usual = phase.http2 && !phase.close ? 1 : phase.parallel;
    most_connections_ = phase.connections > 0 ? phase.connections : usual;
}

Tally Load::run() {
    loop_.after_each_round([this] { after_round(); });
    loop_.after(look_for_late_ones, [this] { end_late_ones(); });
    after_round();
    if (!is_last() || !active_.empty()) {
        loop_.run();
    }
    tally_.end();
    return std::move(tally_);
}

void Load::answered(Exchange& exchange) {
    tally_.answered(exchange);
    forget(exchange);
}

void Load::failed(Exchange& exchange, Failure failure, const std::string& text) {
    tally_.failed(failure, text);
    forget(exchange);
}

void Load::forget(const Exchange& exchange) {
    const auto found = active_.find(&exchange);
    found->second.connection->ended_one();
    active_.erase(found);
}

bool Load::is_last() const {
    if (hopeless_) {
        return true;
    }
    if (until()) {
        return tally_.is_live() || Clock::now() - began_ >= seconds(phase_.within_s);
    }
    return phase_.for_s > 0 ? Clock::now() - began_ >= seconds(phase_.for_s)
                            : tally_.requests() >= phase_.requests;
}

Clock::time_point Load::next_start() const {
    const auto count = static_cast<double>(tally_.requests());
    if (until()) {
        return began_ + std::chrono::milliseconds(phase_.every_ms) * tally_.requests();
    }
    return phase_.rate > 0 ? began_ + seconds(count / phase_.rate) : began_;
}

bool Load::may_start() {
    if (active_.size() >= phase_.parallel || is_last()) {
        return false;
    }
    const Clock::time_point next = next_start();
    if (next <= Clock::now()) {
        return true;
    }
    if (!woken_) {
        woken_ = true;
        loop_.at(next, [this] { woken_ = false; });
    }
    return false;
}

void Load::fail_to_start(Failure failure, const std::string& text) {
    tally_.sent();
    tally_.failed(failure, text);
}

ClientConnection* Load::connect() {
    if (!resolved_) {
        const std::string error = resolve(phase_.server, phase_.port, address_);
        if (!error.empty()) {
            fail_to_start(Failure::resolve, phase_.server + ": " + error);
            hopeless_ = !until();  // each further look would take its time, too
            return nullptr;
        }
        resolved_ = true;
    }
    const int descriptor = start_connecting(address_);
    if (descriptor < 0) {
        fail_to_start(errno == ECONNREFUSED ? Failure::refused : Failure::unreachable,
                      "connecting to " + address_.text() + ": " + std::strerror(errno));
        return nullptr;
    }
    connections_.push_back(std::make_unique<ClientConnection>(
        loop_, descriptor, address_, phase_, static_cast<ExchangeObserver&>(*this)));
    return connections_.back().get();
}

// The one with the least to do, a new one as long as there may be more.
ClientConnection* Load::connection() {
    ClientConnection* best = nullptr;
    std::size_t usable = 0;
    for (const auto& one : connections_) {
        if (one->is_over()) {
            continue;
        }
        ++usable;
        if (one->takes_more() && (best == nullptr || one->load() < best->load())) {
            best = one.get();
        }
        if (best != nullptr && best->load() == 0) {
            return best;
        }
    }
    return usable < most_connections_ ? connect() : best;
}

void Load::start_one() {
    ClientConnection* one = connection();
    if (one == nullptr) {
        return;
    }
    auto exchange = std::make_unique<Exchange>(phase_, tally_.requests());
    Exchange& started = *exchange;
    active_.emplace(&started, Active{std::move(exchange), one});
    tally_.sent();
    one->start(started);
}

void Load::end_late_ones() {
    const Clock::time_point now = Clock::now();
    const Clock::duration most = seconds(phase_.timeout_s);
    const bool over = until() && now - began_ >= seconds(phase_.within_s);
    std::vector<Exchange*> late;
    for (const auto& [key, active] : active_) {
        if (over || now - key->began() >= most) {
            late.push_back(active.exchange.get());
        }
    }
    for (Exchange* exchange : late) {
        ClientConnection& connection = *active_.at(exchange).connection;
        connection.abandon(*exchange);
        tally_.failed(Failure::timeout,
                      address_.text() + (exchange->first_byte_at() ? ": the answer did not end"
                                                                   : ": no answer in time"));
        active_.erase(exchange);
    }
    loop_.after(look_for_late_ones, [this] { end_late_ones(); });
}

void Load::after_round() {
    std::size_t before = 0;
    do {
        before = tally_.requests();
        while (may_start()) {
            const std::size_t started = tally_.requests();
            start_one();
            if (tally_.requests() == started) {
                break;  // no connection is free
            }
        }
        for (const auto& one : connections_) {
            one->flush();
        }
    } while (tally_.requests() != before && active_.size() < phase_.parallel);
    std::erase_if(connections_, [](const auto& one) { return one->is_over(); });
    if (is_last() && active_.empty()) {
        loop_.stop();
    }
}

}  // namespace

Tally carry_out(const Phase& phase) {
    return Load(phase).run();
}

}  // namespace assay::probe
