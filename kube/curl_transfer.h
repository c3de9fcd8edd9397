// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// One request in libcurl's hands: every option it is sent with is set here. Internal to the
// transport. Thread contract: made by the caller, then touched by the I/O thread only, but for the
// exchange, which is made for both.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <string>

#include "kube/connection_error.h"
#include "kube/credentials.h"
#include "kube/exchange.h"
#include "kube/kubeconfig.h"
#include "kube/server_url.h"

namespace assay::kube {

// Where requests go: the same for all of a transport.
struct Endpoint {
    Connection connection;
    ServerUrl url;
    std::string base;        // before every path; its host is the name the certificate must carry
    std::string connect_to;  // "" or where libcurl connects to in its place
    std::string proxy;       // "" for none, whatever the environment says
};

class Transfer {
public:
    Transfer(const Request& request, const Endpoint& endpoint, const Identity& identity);
    ~Transfer() = default;
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    Transfer(Transfer&&) = delete;
    Transfer& operator=(Transfer&&) = delete;

    CURL* easy() const { return easy_.get(); }
    // Tells the exchange how it ended.
    void finish(CURLcode code);

    Exchange exchange;

private:
    struct HandleEnd {
        void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    };
    struct ListEnd {
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };

    template <class Value>
    void set(CURLoption option, Value value) {
        curl_easy_setopt(easy_.get(), option, value);
    }
    void add_header(const std::string& line);
    void set_method(const Request& request);
    void set_headers(const Request& request, const Endpoint& endpoint, const Identity& identity);
    void set_ways(bool compressed);
    void set_route(const Endpoint& endpoint);
    void set_trust(const Connection& connection);
    void set_trust_of_proxy(const Connection& connection);
    void set_identity(const Identity& identity);
    ConnectionFailure failure_of(CURLcode code) const;
    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user);
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user);

    Peer peer_;
    std::string server_;
    bool through_proxy_;
    std::string body_;
    std::array<char, CURL_ERROR_SIZE> error_text_{};
    bool too_large_ = false;
    std::unique_ptr<curl_slist, ListEnd> headers_;
    std::unique_ptr<curl_slist, ListEnd> route_;
    std::unique_ptr<CURL, HandleEnd> easy_;  // last: goes before what it refers to
};

}  // namespace assay::kube
