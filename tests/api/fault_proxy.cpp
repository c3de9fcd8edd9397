// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/api/fault_proxy.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "kube/base64.h"
#include "kube/pause.h"
#include "tests/api/certificates.h"
#include "tests/api/fake_api_answers.h"
#include "tests/api/fault_content.h"
#include "tests/api/fault_rules.h"
#include "tests/api/fault_stream.h"

namespace assay::kube {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t connections = 256;       // at once
constexpr std::size_t requests_each = 100000;  // on one connection
constexpr std::chrono::seconds idle{2};  // a connection without a request; stopping waits so long
constexpr std::chrono::minutes longest_answer{5};
constexpr milliseconds first_word{500};  // of a stream: by then the server has refused it, or not
constexpr milliseconds tick{100};  // how often a silent stream looks whether its client is there

// The connection that this thread serves: the library gives a handler no way to cut it.
int& connection_of_this_thread() {
    thread_local int connection = -1;
    return connection;
}

void note_connection(const SSL* ssl, int where, int) {
    if ((where & SSL_CB_HANDSHAKE_START) != 0) {
        connection_of_this_thread() = SSL_get_fd(ssl);
    }
}

// To a connected socket the address "none" is a reset (connect(2)).
void reset_connection() {
    sockaddr none{};
    none.sa_family = AF_UNSPEC;
    static_cast<void>(::connect(connection_of_this_thread(), &none, sizeof none));
}

bool set_up(SSL_CTX& context, const Certified& identity) {
    SSL_CTX_set_info_callback(&context, note_connection);
    return SSL_CTX_use_certificate(&context, identity.certificate.get()) == 1 &&
           SSL_CTX_use_PrivateKey(&context, identity.key.get()) == 1;
}

Request request_of(const httplib::Request& in) {
    Request request;
    request.method = in.method;
    request.path = in.target;
    request.body = in.body;
    for (const char* name : {"Accept", "Content-Type"}) {
        if (in.has_header(name)) {
            request.headers[name] = in.get_header_value(name);
        }
    }
    return request;
}

// Bytes that are no JSON and no text; the same each time.
std::string garbage(std::size_t count) {
    std::string text(count, '\0');
    std::ranges::generate(text, [next = 0U]() mutable {
        next = next * 1103515245U + 12345U;
        return static_cast<char>(0x80U | (next >> 16U));
    });
    return text;
}

// The library would compress what it knows to be text, and so hold it back.
std::string content_type(const Response& answer) {
    const auto found = answer.headers.find("content-type");
    const std::string type = found == answer.headers.end() ? "application/json" : found->second;
    return type == "application/json"  ? "application/json; charset=utf-8"
           : type.starts_with("text/") ? "application/octet-stream"
                                       : type;
}

// How a body goes out: all of it, or in pieces, or not to the end.
struct Delivery {
    std::optional<std::size_t> cut_after;
    std::size_t piece = 0;
    milliseconds every{0};
    std::size_t sent = 0;

    explicit Delivery(const std::vector<const FaultRule*>& rules) {
        for (const FaultRule* rule : rules) {
            cut_after = rule->truncate ? rule->truncate : cut_after;
            piece = rule->slow_bytes > 0 ? rule->slow_bytes : piece;
            every = rule->slow_bytes > 0 ? rule->slow_every : every;
        }
    }
    bool whole() const { return !cut_after && piece == 0; }

    // False: here it is cut, or the client is gone.
    bool write(httplib::DataSink& sink, std::string_view text) {
        while (!text.empty()) {
            std::size_t size = piece == 0 ? text.size() : std::min(piece, text.size());
            size = cut_after ? std::min(size, *cut_after - sent) : size;
            if (size > 0 && !sink.write(text.data(), size)) {
                return false;
            }
            text.remove_prefix(size);
            sent += size;
            if (cut_after && sent >= *cut_after) {
                return false;
            }
            std::this_thread::sleep_for(every);
        }
        return true;
    }
};

}  // namespace

class FaultProxy::Server {
public:
    Server(Transport& upstream, const Json& rules, Log log, int port)
        : upstream_(&upstream),
          rules_(rules),
          log_(std::move(log)),
          identity_(authority_.issue("IP:127.0.0.1,DNS:localhost")),
          server_([this](SSL_CTX& context) { return set_up(context, identity_); }) {
        server_.new_task_queue = [] { return new httplib::ThreadPool(connections); };
        server_.set_keep_alive_max_count(requests_each);
        server_.set_keep_alive_timeout(idle.count());
        server_.set_tcp_nodelay(true);
        const auto handle = [this](const httplib::Request& in, httplib::Response& out) {
            serve(request_of(in), out);
        };
        server_.Get(".*", handle).Post(".*", handle).Put(".*", handle);
        server_.Patch(".*", handle).Delete(".*", handle);
        port_ = port == 0 ? server_.bind_to_any_port("127.0.0.1")
                          : (server_.bind_to_port("127.0.0.1", port) ? port : -1);
        if (port_ <= 0) {
            throw std::runtime_error(fmt::format("the proxy cannot listen on port {}", port));
        }
        listening_ = std::jthread([this] { server_.listen_after_bind(); });
        while (!server_.is_running()) {  // until then stop() does nothing
            std::this_thread::yield();
        }
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() {
        stopping_.request_stop();
        server_.stop();
    }

    int port() const { return port_; }
    const std::string& ca_pem() const { return authority_.pem(); }

private:
    using Rules = std::vector<const FaultRule*>;

    void log(Json entry) {
        const auto now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
        entry["time"] = fmt::format("{:%FT%H:%M:%S}Z", now);
        const std::scoped_lock lock(log_mutex_);
        log_(entry);
    }
    Told told_of(const Request& request) {
        return [this, method = request.method, path = request.path](const FaultRule& rule,
                                                                    const std::string& what) {
            log({{"rule", rule.name}, {"what", what}, {"method", method}, {"path", path}});
        };
    }

    // True if what happens before the server is asked has settled it.
    bool settled_before(const Rules& rules, const Told& told, httplib::Response& out) {
        for (const FaultRule* rule : rules) {
            if (rule->delay.count() > 0) {
                told(*rule, fmt::format("waited {} ms", rule->delay.count()));
                pause(rule->delay, Limit::of(longest_answer, stopping_.get_token()));
            }
            if (rule->reset == Reset::before) {
                told(*rule, "reset the connection before the request");
                reset_connection();
                return true;
            }
            if (rule->answer) {
                told(*rule, fmt::format("answered {}", rule->answer->status));
                Response answer{rule->answer->status, {}, rule->answer->body};
                if (!rule->answer->retry_after.empty()) {
                    answer.headers["retry-after"] = rule->answer->retry_after;
                }
                deliver(answer, rules, told, out);
                return true;
            }
        }
        return false;
    }

    void serve(const Request& request, httplib::Response& out) {
        const Rules rules = rules_.chosen(request);
        const Told told = told_of(request);
        if (settled_before(rules, told, out)) {
            return;
        }
        if (goes_on(request)) {
            pass_stream_on(request, rules, told, out);
            return;
        }
        auto answer = upstream_->send(request, Limit::of(longest_answer, stopping_.get_token()));
        const auto after = std::ranges::find(rules, Reset::after, &FaultRule::reset);
        if (after != rules.end()) {
            told(**after, "reset the connection after the request");
            reset_connection();
            return;
        }
        if (!answer) {
            log({{"error", answer.error().message}, {"path", request.path}});
            answer = failure(502, "BadGateway",
                             "the fault proxy's server does not answer: " + answer.error().message);
        } else if (answer->status / 100 == 2) {
            alter_body(answer->body, rules, told);
        }
        deliver(*answer, rules, told, out);
    }

    void tell_of_delivery(const Rules& rules, const Told& told) {
        for (const FaultRule* rule : rules) {
            if (rule->garbage) {
                told(*rule, fmt::format("sent {} bytes of garbage", *rule->garbage));
            }
            if (rule->truncate) {
                told(*rule, fmt::format("cut the body after {} bytes", *rule->truncate));
            }
            if (rule->slow_bytes > 0) {
                told(*rule, fmt::format("sent {} bytes each {} ms", rule->slow_bytes,
                                        rule->slow_every.count()));
            }
        }
    }

    void deliver(const Response& answer, const Rules& rules, const Told& told,
                 httplib::Response& out) {
        out.status = answer.status;
        for (const char* name : {"retry-after", "warning", "audit-id"}) {
            if (const auto found = answer.headers.find(name); found != answer.headers.end()) {
                out.set_header(name, found->second);
            }
        }
        tell_of_delivery(rules, told);
        std::string body = answer.body;
        const auto spoilt = std::ranges::find_if(
            rules, [](const FaultRule* one) { return one->garbage.has_value(); });
        if (spoilt != rules.end()) {
            body = garbage(*(*spoilt)->garbage);
        }
        Delivery delivery(rules);
        if (delivery.whole() || body.empty()) {
            out.set_content(body, content_type(answer).c_str());
            return;
        }
        const std::size_t size = body.size();
        out.set_content_provider(size, content_type(answer).c_str(),
                                 [text = std::move(body), delivery](
                                     std::size_t, std::size_t, httplib::DataSink& sink) mutable {
                                     return delivery.write(sink, text);
                                 });
    }

    void pass_stream_on(const Request& request, const Rules& rules, const Told& told,
                        httplib::Response& out) {
        const auto stream = std::make_shared<FaultStream>(*upstream_, request, rules, told);
        const auto refused = stream->refusal(first_word);
        const auto after = std::ranges::find(rules, Reset::after, &FaultRule::reset);
        if (after != rules.end()) {
            told(**after, "reset the connection after the request");
            reset_connection();
            return;
        }
        const auto is_garbage = [](const FaultRule* one) { return one->garbage.has_value(); };
        if (refused || std::ranges::any_of(rules, is_garbage)) {
            deliver(refused.value_or(Response{200, {}, ""}), rules, told, out);
            return;
        }
        tell_of_delivery(rules, told);
        out.status = 200;
        out.set_chunked_content_provider("application/json; charset=utf-8",
                                         [this, stream, delivery = Delivery(rules)](
                                             std::size_t, httplib::DataSink& sink) mutable {
                                             return pass_some(*stream, delivery, sink);
                                         });
    }

    // False ends the connection, without the end of the body.
    bool pass_some(FaultStream& stream, Delivery& delivery, httplib::DataSink& sink) const {
        std::string text;
        const FaultStream::State state = stream.take(text, tick);
        if (stopping_.stop_requested() || !sink.is_writable() || !delivery.write(sink, text) ||
            state == FaultStream::State::broken) {
            return false;
        }
        if (state == FaultStream::State::ended) {
            sink.done();
        }
        return true;
    }

    Transport* upstream_;
    FaultRules rules_;
    Log log_;
    std::mutex log_mutex_;
    std::stop_source stopping_;
    Authority authority_;
    Certified identity_;
    httplib::SSLServer server_;
    int port_ = 0;
    std::jthread listening_;
};

FaultProxy::FaultProxy(Transport& upstream, const Json& rules, Log log, int port)
    : server_(std::make_unique<Server>(upstream, rules, std::move(log), port)) {}

FaultProxy::~FaultProxy() = default;

std::string FaultProxy::url() const {
    return fmt::format("https://127.0.0.1:{}", server_->port());
}

std::string FaultProxy::ca_pem() const {
    return server_->ca_pem();
}

std::string FaultProxy::kubeconfig() const {
    const Json cluster{{"server", url()}, {"certificate-authority-data", base64_encoded(ca_pem())}};
    const Json context{{"cluster", "fault-proxy"}, {"user", "nobody"}};
    const Json config{{"apiVersion", "v1"},
                      {"kind", "Config"},
                      {"clusters", Json::array({{{"name", "fault-proxy"}, {"cluster", cluster}}})},
                      {"users", Json::array({{{"name", "nobody"}, {"user", Json::object()}}})},
                      {"contexts", Json::array({{{"name", "fault-proxy"}, {"context", context}}})},
                      {"current-context", "fault-proxy"}};
    return config.dump(2) + "\n";
}

}  // namespace assay::kube
