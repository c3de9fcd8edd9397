// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/curl_transport.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "kube/connection_error.h"
#include "kube/credentials.h"
#include "kube/curl_transfer.h"
#include "kube/proxy_choice.h"

namespace assay::kube {

namespace {

constexpr int longest_poll_ms = 60'000;

struct MultiEnd {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

}  // namespace

// The I/O thread and what it owns.
class CurlTransport::Loop {
public:
    explicit Loop(Endpoint endpoint)
        : endpoint_(std::move(endpoint)),
          credentials_(endpoint_.connection),
          multi_(curl_multi_init()),
          thread_([this](const std::stop_token& stop) { turn(stop); }) {}
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    Loop(Loop&&) = delete;
    Loop& operator=(Loop&&) = delete;
    ~Loop() {
        thread_.request_stop();
        curl_multi_wakeup(multi_.get());
        thread_.join();
        std::unique_lock lock(mutex_);
        left_.wait(lock, [this] { return callers_ == 0; });
    }

    Result<Response> send(const Request& request, const Limit& limit) {
        const Visit visit(*this);
        return sent(request, limit);
    }

private:
    using Shared = std::shared_ptr<Transfer>;
    enum class Order { begin, resume, abandon };

    // A caller inside send(): the destructor waits for it to leave.
    class Visit {
    public:
        explicit Visit(Loop& loop) : loop_(loop) {
            const std::scoped_lock lock(loop_.mutex_);
            ++loop_.callers_;
        }
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;
        Visit(Visit&&) = delete;
        Visit& operator=(Visit&&) = delete;
        ~Visit() {
            const std::scoped_lock lock(loop_.mutex_);
            --loop_.callers_;
            loop_.left_.notify_all();
        }

    private:
        Loop& loop_;
    };

    Result<Response> sent(const Request& request, const Limit& limit);

    Result<Response> sent_as(const Identity& identity, const Request& request, const Limit& limit);
    void order(Order order, const Shared& transfer);

    // I/O thread.
    void turn(const std::stop_token& stop);
    void carry_out(Order order, const Shared& transfer);
    void settle_finished();
    void close();
    void remove(const Shared& transfer) {
        curl_multi_remove_handle(multi_.get(), transfer->easy());
        std::erase(active_, transfer);
    }

    const Endpoint endpoint_;
    Credentials credentials_;
    std::unique_ptr<CURLM, MultiEnd> multi_;
    std::vector<Shared> active_;  // the I/O thread's own

    std::mutex mutex_;  // of what follows
    std::condition_variable left_;
    std::vector<std::pair<Order, Shared>> orders_;
    unsigned callers_ = 0;
    bool closed_ = false;

    std::jthread thread_;
};

Result<Response> CurlTransport::Loop::sent(const Request& request, const Limit& limit) {
    const auto printable = [](char c) { return c > ' ' && c < '\x7f'; };
    if (!request.path.starts_with('/') || !std::ranges::all_of(request.path, printable)) {
        return std::unexpected(
            Error{Error::Kind::invalid, 0, "", "the path of a request holds what no URL may"});
    }
    const auto identity = credentials_.current(limit);
    if (!identity) {
        return std::unexpected(identity.error());
    }
    auto answer = sent_as(*identity, request, limit);
    if (!answer || answer->status != 401) {
        return answer;
    }
    // Refused means not done, so that this is safe for a create, too.
    const auto renewed = credentials_.renew(identity->generation, limit);
    if (!renewed) {
        return std::unexpected(renewed.error());
    }
    const auto newer = *renewed ? credentials_.current(limit) : Result<Identity>{*identity};
    return *renewed && newer ? sent_as(*newer, request, limit) : std::move(answer);
}

Result<Response> CurlTransport::Loop::sent_as(const Identity& identity, const Request& request,
                                              const Limit& limit) {
    const auto began = std::chrono::steady_clock::now();
    if (const auto over = limit_error(endpoint_.url.text(), request, limit, began)) {
        return std::unexpected(*over);
    }
    const auto transfer = std::make_shared<Transfer>(request, endpoint_, identity);
    order(Order::begin, transfer);
    auto answer =
        transfer->exchange.await(request.on_chunk, [&] { order(Order::resume, transfer); }, limit);
    order(Order::abandon, transfer);  // does nothing once it has finished
    if (answer) {
        return std::move(*answer);
    }
    return std::unexpected(limit_error(endpoint_.url.text(), request, limit, began)
                               .value_or(too_late(endpoint_.url.text(), request, began)));
}

void CurlTransport::Loop::order(Order order, const Shared& transfer) {
    {
        const std::scoped_lock lock(mutex_);
        if (closed_) {
            transfer->exchange.finish(
                Error{Error::Kind::cancelled, 0, "", "the connection is closed"});
            return;
        }
        orders_.emplace_back(order, transfer);
    }
    curl_multi_wakeup(multi_.get());
}

void CurlTransport::Loop::turn(const std::stop_token& stop) {
    // A server that closes while we write is an error of that exchange, not the end of the program.
    sigset_t pipe{};
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    while (!stop.stop_requested()) {
        std::vector<std::pair<Order, Shared>> orders;
        {
            const std::scoped_lock lock(mutex_);
            orders.swap(orders_);
        }
        for (const auto& [order, transfer] : orders) {
            carry_out(order, transfer);
        }
        int running = 0;
        curl_multi_perform(multi_.get(), &running);
        settle_finished();
        curl_multi_poll(multi_.get(), nullptr, 0, longest_poll_ms, nullptr);
    }
    close();
}

void CurlTransport::Loop::close() {
    const auto cancel = [](const Shared& transfer) {
        transfer->exchange.finish(
            Error{Error::Kind::cancelled, 0, "", "the connection is being closed"});
    };
    while (!active_.empty()) {
        const Shared transfer = active_.back();
        remove(transfer);
        cancel(transfer);
    }
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    for (const auto& [order, transfer] : orders_) {
        cancel(transfer);
    }
    orders_.clear();
}

void CurlTransport::Loop::carry_out(Order order, const Shared& transfer) {
    const bool active = std::ranges::find(active_, transfer) != active_.end();
    if (order == Order::begin) {
        active_.push_back(transfer);
        curl_multi_add_handle(multi_.get(), transfer->easy());
    } else if (active && order == Order::resume) {
        curl_easy_pause(transfer->easy(), CURLPAUSE_CONT);
    } else if (active) {
        remove(transfer);
    }
}

void CurlTransport::Loop::settle_finished() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        const CURLcode code = message->data.result;
        const auto found = std::ranges::find_if(
            active_, [&](const Shared& one) { return one->easy() == message->easy_handle; });
        if (found != active_.end()) {
            const Shared transfer = std::move(*found);
            active_.erase(found);
            transfer->finish(code);
            curl_multi_remove_handle(multi_.get(), transfer->easy());
        }
    }
}

CurlTransport::CurlTransport(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
CurlTransport::~CurlTransport() = default;

Result<std::unique_ptr<CurlTransport>> CurlTransport::connect(Connection connection) {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (ready != CURLE_OK) {
        return std::unexpected(
            Error{Error::Kind::config, 0, "", "libcurl cannot be initialised on this machine"});
    }
    const auto url = server_url(connection.server);
    if (!url) {
        return std::unexpected(url.error());
    }
    auto proxy = proxy_for(*url, connection.proxy_url, ProxyVariables::of_environment());
    if (!proxy) {
        return std::unexpected(proxy.error());
    }
    Endpoint endpoint{std::move(connection), *url, url->text(), {}, std::move(*proxy)};
    if (const std::string& name = endpoint.connection.tls_server_name; !name.empty()) {
        // libcurl checks the certificate against the URL's host: that is the name, and the
        // connection goes to the server all the same.
        ServerUrl named = *url;
        named.host = name;
        endpoint.base = named.text();
        endpoint.connect_to = fmt::format("::{}:{}", url->host, url->port);
    }
    return std::unique_ptr<CurlTransport>(
        new CurlTransport(std::make_unique<Loop>(std::move(endpoint))));
}

Result<Response> CurlTransport::send(const Request& request, const Limit& limit) {
    return loop_->send(request, limit);
}

}  // namespace assay::kube
