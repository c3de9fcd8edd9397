// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/curl_transfer.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <string_view>

#include "kube/system_trust.h"

namespace assay::kube {

namespace {

constexpr long connect_timeout_ms = 10'000;
constexpr long keepalive_s = 15;
// How long sent bytes may stay unacknowledged before the connection counts as lost.
constexpr unsigned half_open_ms = 30'000;

// The bytes an option refers to are copied by libcurl.
curl_blob blob_of(const std::string& pem) {
    return {const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
}

int on_socket(void* /*user*/, curl_socket_t socket, curlsocktype /*purpose*/) {
    const unsigned value = half_open_ms;
    ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, sizeof value);
    return CURL_SOCKOPT_OK;
}

// A library that was built for one distribution knows where that keeps them.
bool knows_no_authorities() {
    const curl_version_info_data* built = curl_version_info(CURLVERSION_NOW);
    return built->cainfo == nullptr && built->capath == nullptr;
}

ConnectionFailure failure_of_code(CURLcode code) {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
            return ConnectionFailure::unknown_host;
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_PROXY:
            return ConnectionFailure::proxy;
        case CURLE_COULDNT_CONNECT:
            return ConnectionFailure::unreachable;
        case CURLE_OPERATION_TIMEDOUT:  // only connecting has a limit of libcurl's own
            return ConnectionFailure::silent;
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_ISSUER_ERROR:
            return ConnectionFailure::untrusted;
        case CURLE_SSL_CACERT_BADFILE:
            return ConnectionFailure::bad_authority;
        case CURLE_SSL_CERTPROBLEM:
            return ConnectionFailure::bad_client_certificate;
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_ENGINE_INITFAILED:
            return ConnectionFailure::no_handshake;
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_BAD_CONTENT_ENCODING:
            return ConnectionFailure::not_http;
        default:
            return ConnectionFailure::lost;
    }
}

}  // namespace

Transfer::Transfer(const Request& request, const Endpoint& endpoint, const Identity& identity)
    : exchange(static_cast<bool>(request.on_chunk), request.max_body_bytes),
      peer_(endpoint.connection.peer),
      server_(endpoint.url.text()),
      through_proxy_(!endpoint.proxy.empty()),
      body_(request.body),
      easy_(curl_easy_init()) {
    set(CURLOPT_URL, (endpoint.base + request.path).c_str());
    set(CURLOPT_ERRORBUFFER, error_text_.data());
    set(CURLOPT_HEADERFUNCTION, on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, on_body);
    set(CURLOPT_WRITEDATA, this);
    set_method(request);
    set_headers(request, endpoint, identity);
    set_ways(!request.on_chunk && !endpoint.connection.disable_compression);
    set_route(endpoint);
    set_trust(endpoint.connection);
    set_identity(identity);
}

void Transfer::add_header(const std::string& line) {
    curl_slist* shorter = headers_.release();
    headers_.reset(curl_slist_append(shorter, line.c_str()));  // begins with shorter
}

void Transfer::set_method(const Request& request) {
    if (request.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);  // or libcurl waits for the body that Content-Length announces
        return;
    }
    set(CURLOPT_HTTPGET, 1L);
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (!body_.empty()) {
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
        set(CURLOPT_POSTFIELDS, body_.data());
        set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
}

void Transfer::set_headers(const Request& request, const Endpoint& endpoint,
                           const Identity& identity) {
    for (const auto& [name, value] : request.headers) {
        add_header(fmt::format("{}: {}", name, value));
    }
    for (const std::string& line : identity.headers) {
        add_header(line);
    }
    if (!endpoint.connect_to.empty()) {
        add_header(fmt::format("Host: {}:{}", endpoint.url.host, endpoint.url.port));
    }
    add_header("User-Agent: assay");
    add_header("Expect:");  // no round trip before a body
    set(CURLOPT_HTTPHEADER, headers_.get());
    set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // none of it to a proxy
}

void Transfer::set_ways(bool compressed) {
    set(CURLOPT_PROTOCOLS_STR, "https,http");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_PIPEWAIT, 1L);
    set(CURLOPT_ACCEPT_ENCODING, compressed ? "gzip" : nullptr);
    set(CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // or a slow name server would hold up every other exchange
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_TCP_KEEPIDLE, keepalive_s);
    set(CURLOPT_TCP_KEEPINTVL, keepalive_s);
    set(CURLOPT_SOCKOPTFUNCTION, on_socket);
}

void Transfer::set_route(const Endpoint& endpoint) {
    if (!endpoint.connect_to.empty()) {
        route_.reset(curl_slist_append(nullptr, endpoint.connect_to.c_str()));
        set(CURLOPT_CONNECT_TO, route_.get());
    }
    set(CURLOPT_PROXY, endpoint.proxy.c_str());
    set(CURLOPT_NOPROXY, "");
    if (endpoint.proxy.starts_with("https:")) {
        set_trust_of_proxy(endpoint.connection);
    }
}

void Transfer::set_trust(const Connection& connection) {
    if (connection.insecure_skip_tls_verify) {
        set(CURLOPT_SSL_VERIFYPEER, 0L);
        set(CURLOPT_SSL_VERIFYHOST, 0L);
    } else if (!connection.ca_pem.empty()) {
        // This authority and none of the machine's.
        curl_blob blob = blob_of(connection.ca_pem);
        set(CURLOPT_CAINFO_BLOB, &blob);
        set(CURLOPT_CAINFO, nullptr);
        set(CURLOPT_CAPATH, nullptr);
    } else if (knows_no_authorities() && !trusted_bundle().empty()) {
        set(CURLOPT_CAINFO, trusted_bundle().c_str());
    }
}

// Whom kubectl trusts as a proxy: whoever it trusts as the server.
void Transfer::set_trust_of_proxy(const Connection& connection) {
    if (connection.insecure_skip_tls_verify) {
        set(CURLOPT_PROXY_SSL_VERIFYPEER, 0L);
        set(CURLOPT_PROXY_SSL_VERIFYHOST, 0L);
    } else if (!connection.ca_pem.empty()) {
        curl_blob blob = blob_of(connection.ca_pem);
        set(CURLOPT_PROXY_CAINFO_BLOB, &blob);
        set(CURLOPT_PROXY_CAINFO, nullptr);
        set(CURLOPT_PROXY_CAPATH, nullptr);
    } else if (knows_no_authorities() && !trusted_bundle().empty()) {
        set(CURLOPT_PROXY_CAINFO, trusted_bundle().c_str());
    }
}

void Transfer::set_identity(const Identity& identity) {
    if (!identity.client_certificate_pem.empty()) {
        curl_blob certificate = blob_of(identity.client_certificate_pem);
        curl_blob key = blob_of(identity.client_key_pem);
        set(CURLOPT_SSLCERT_BLOB, &certificate);
        set(CURLOPT_SSLKEY_BLOB, &key);
    }
    if (!identity.username.empty()) {
        set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
        set(CURLOPT_USERNAME, identity.username.c_str());
        set(CURLOPT_PASSWORD, identity.password.c_str());
    }
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* user) {
    static_cast<Transfer*>(user)->exchange.deliver_header({data, size * count});
    return size * count;
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* user) {
    auto* transfer = static_cast<Transfer*>(user);
    switch (transfer->exchange.deliver_body({data, size * count})) {
        case Exchange::Taken::yes:
            return size * count;
        case Exchange::Taken::full:
            return CURL_WRITEFUNC_PAUSE;
        case Exchange::Taken::too_large:
            break;
    }
    transfer->too_large_ = true;
    return CURL_WRITEFUNC_ERROR;
}

// Whether it is the proxy that failed, and not the server behind it.
ConnectionFailure Transfer::failure_of(CURLcode code) const {
    long proxy_verified = 0;
    curl_easy_getinfo(easy(), CURLINFO_PROXY_SSL_VERIFYRESULT, &proxy_verified);
    const std::string_view detail(error_text_.data());
    const bool refused = detail.find("CONNECT") != std::string_view::npos;
    const ConnectionFailure failure = failure_of_code(code);
    const bool never_there =
        failure == ConnectionFailure::unreachable || failure == ConnectionFailure::unknown_host;
    return through_proxy_ && (never_there || refused || proxy_verified != 0)
               ? ConnectionFailure::proxy
               : failure;
}

void Transfer::finish(CURLcode code) {
    if (code == CURLE_OK) {
        exchange.finish(std::nullopt);
        return;
    }
    if (too_large_) {
        exchange.finish(too_large_error(server_));
        return;
    }
    long os_error = 0;
    long verified = 0;
    curl_easy_getinfo(easy(), CURLINFO_OS_ERRNO, &os_error);
    curl_easy_getinfo(easy(), CURLINFO_SSL_VERIFYRESULT, &verified);
    const char* detail = error_text_[0] != '\0' ? error_text_.data() : curl_easy_strerror(code);
    exchange.finish(connection_error({.peer = peer_,
                                      .server = server_,
                                      .failure = failure_of(code),
                                      .detail = detail,
                                      .os_error = static_cast<int>(os_error),
                                      .verify_result = verified}));
}

}  // namespace assay::kube
