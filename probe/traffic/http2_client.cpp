// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstdlib>
#include <unordered_map>

#include "probe/traffic/client_protocol.h"
#include "probe/traffic/http2_session.h"

namespace assay::probe {

namespace {

constexpr std::int32_t window = 16 * 1024 * 1024;  // bytes in flight towards the client
constexpr std::size_t written_at_once = std::size_t{256} * 1024;

class Http2Client final : public ClientProtocol {
public:
    Http2Client(const Phase& phase, ExchangeObserver& observer);

    bool takes_more() const override { return open_ && (!closes_ || started_ == 0); }
    void start(Exchange& exchange) override;
    std::vector<Exchange*> in_flight() const override;
    bool abandon(const Exchange& exchange) override;
    bool take(std::string_view bytes) override;
    void at_end() override { open_ = false; }
    void queue(Wire& wire) override;
    const std::string& why_not() const override { return why_not_; }

private:
    struct InFlight {
        Exchange* exchange;
        bool whole = false;     // END_STREAM came
        bool beyond = false;    // a limit: what comes is not what was asked for
        bool informed = false;  // of the final status; what follows are trailers
    };

    static Http2Client& self(void* user) { return *static_cast<Http2Client*>(user); }
    static Callbacks callbacks();
    InFlight* find(std::int32_t id);
    void header(std::int32_t id, std::string_view name, std::string_view value);
    void data(std::int32_t id, std::string_view bytes);
    void received(const nghttp2_frame& frame);
    void sent(const nghttp2_frame& frame);
    void closed(std::int32_t id, std::uint32_t error);
    void refuse(std::int32_t id, InFlight& one);
    static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t* buffer, std::size_t size,
                             std::uint32_t* flags, nghttp2_data_source* source, void* user);

    const Phase& phase_;
    ExchangeObserver& observer_;
    bool closes_;
    Session session_;
    std::vector<nghttp2_nv> head_;
    std::string length_;
    std::unordered_map<std::int32_t, InFlight> streams_;
    std::uint64_t started_ = 0;
    bool open_ = true;
    std::string why_not_;
};

Http2Client::Http2Client(const Phase& phase, ExchangeObserver& observer)
    : phase_(phase), observer_(observer), closes_(phase.close) {
    nghttp2_session* made = nullptr;
    nghttp2_session_client_new(&made, callbacks().get(), this);
    session_.reset(made);
    const nghttp2_settings_entry entries[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, answer_headers_at_most}};
    nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, entries, std::size(entries));
    nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0, window);
    length_ = std::to_string(phase.body.size());
    head_ = {name_value(":method", phase.method), name_value(":scheme", "http"),
             name_value(":authority", phase.host), name_value(":path", phase.target)};
    add_name_values(head_, phase.headers);
    if (!phase.body.empty() && !phase.is_grpc()) {
        head_.push_back(name_value("content-length", length_));
    }
}

Callbacks Http2Client::callbacks() {
    Callbacks made = make_callbacks();
    nghttp2_session_callbacks_set_on_header_callback(
        made.get(), [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* user) {
            self(user).header(frame->hd.stream_id, text_of(name, name_size),
                              text_of(value, value_size));
            return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        made.get(), [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                       std::size_t size, void* user) {
            self(user).data(id, text_of(bytes, size));
            return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        made.get(), [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
            self(user).received(*frame);
            return 0;
        });
    nghttp2_session_callbacks_set_on_frame_send_callback(
        made.get(), [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
            self(user).sent(*frame);
            return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(
        made.get(), [](nghttp2_session*, std::int32_t id, std::uint32_t error, void* user) {
            self(user).closed(id, error);
            return 0;
        });
    return made;
}

Http2Client::InFlight* Http2Client::find(std::int32_t id) {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : &found->second;
}

void Http2Client::start(Exchange& exchange) {
    ++started_;
    nghttp2_data_provider provider{};
    provider.source.ptr = &exchange;
    provider.read_callback = read_body;
    const std::int32_t id =
        nghttp2_submit_request(session_.get(), nullptr, head_.data(), head_.size(),
                               phase_.body.empty() ? nullptr : &provider, nullptr);
    if (id > 0) {
        streams_.emplace(id, InFlight{.exchange = &exchange});
    } else {
        open_ = false;
        observer_.failed(exchange, Failure::closed, nghttp2_strerror(id));
    }
}

ssize_t Http2Client::read_body(nghttp2_session*, std::int32_t id, std::uint8_t* buffer,
                               std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                               void* user) {
    Http2Client& client = self(user);
    if (client.find(id) == nullptr) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;  // it was given up
        return 0;
    }
    auto& exchange = *static_cast<Exchange*>(source->ptr);
    const std::string& body = client.phase_.body;
    const std::size_t count = std::min(size, body.size() - exchange.body_sent);
    std::copy_n(body.data() + exchange.body_sent, count, buffer);
    exchange.body_sent += count;
    if (exchange.body_sent == body.size()) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return static_cast<ssize_t>(count);
}

// What exceeds a limit ends its stream alone.
void Http2Client::refuse(std::int32_t id, InFlight& one) {
    if (!one.beyond) {
        one.beyond = true;
        nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    }
}

void Http2Client::header(std::int32_t id, std::string_view name, std::string_view value) {
    InFlight* one = find(id);
    if (one == nullptr || one->beyond) {
        return;
    }
    one->exchange->first_byte();
    if (name == ":status") {
        const int status = std::atoi(std::string(value).c_str());  // three figures: nghttp2 checks
        one->informed = status >= 200;
        one->exchange->take_status(status);
    } else if (one->informed && !one->exchange->take_header(name, value)) {
        refuse(id, *one);
    }
}

void Http2Client::data(std::int32_t id, std::string_view bytes) {
    InFlight* one = find(id);
    if (one != nullptr && !one->beyond && !one->exchange->take_body(bytes)) {
        refuse(id, *one);
    }
}

void Http2Client::received(const nghttp2_frame& frame) {
    if (frame.hd.type == NGHTTP2_GOAWAY) {
        open_ = false;  // for new requests; those begun may still be answered
    }
    const bool of_answer = frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA;
    InFlight* one = of_answer ? find(frame.hd.stream_id) : nullptr;
    if (one != nullptr && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        one->whole = true;
    }
}

// nghttp2 says good-bye to a server that breaks the protocol.
void Http2Client::sent(const nghttp2_frame& frame) {
    if (frame.hd.type == NGHTTP2_GOAWAY && frame.goaway.error_code != NGHTTP2_NO_ERROR) {
        why_not_ = std::string("not HTTP/2: ") + nghttp2_http2_strerror(frame.goaway.error_code);
    }
}

void Http2Client::closed(std::int32_t id, std::uint32_t error) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) {
        return;
    }
    const InFlight one = found->second;
    streams_.erase(found);
    open_ = open_ && !closes_;
    // A server that answered in whole may cancel what is left of the request (RFC 9113, 8.1).
    if (one.beyond) {
        observer_.failed(*one.exchange, Failure::garbage,
                         "an answer beyond the limits, or no gRPC frames");
    } else if (one.whole && (error == NGHTTP2_NO_ERROR || error == NGHTTP2_CANCEL)) {
        observer_.answered(*one.exchange);
    } else {
        observer_.failed(*one.exchange, Failure::reset,
                         std::string("stream reset: ") + nghttp2_http2_strerror(error));
    }
}

std::vector<Exchange*> Http2Client::in_flight() const {
    std::vector<Exchange*> all;
    all.reserve(streams_.size());
    for (const auto& [id, one] : streams_) {
        all.push_back(one.exchange);
    }
    return all;
}

bool Http2Client::abandon(const Exchange& exchange) {
    const auto found = std::ranges::find_if(
        streams_, [&](const auto& one) { return one.second.exchange == &exchange; });
    if (found != streams_.end()) {
        nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, found->first, NGHTTP2_CANCEL);
        streams_.erase(found);
    }
    open_ = open_ && !closes_;
    return open_ || !streams_.empty();
}

bool Http2Client::take(std::string_view bytes) {
    const ssize_t taken = nghttp2_session_mem_recv(
        session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    if (taken < 0) {
        why_not_ = std::string("not HTTP/2: ") + nghttp2_strerror(static_cast<int>(taken));
    }
    return why_not_.empty() && (open_ || !streams_.empty());
}

void Http2Client::queue(Wire& wire) {
    while (wire.waiting() < written_at_once) {
        const std::uint8_t* bytes = nullptr;
        const ssize_t count = nghttp2_session_mem_send(session_.get(), &bytes);
        if (count <= 0) {
            return;
        }
        wire.queue(text_of(bytes, static_cast<std::size_t>(count)));
    }
}

}  // namespace

std::unique_ptr<ClientProtocol> make_http2_client(const Phase& phase, ExchangeObserver& observer) {
    return std::make_unique<Http2Client>(phase, observer);
}

}  // namespace assay::probe
