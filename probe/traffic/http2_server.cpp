// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "probe/traffic/http2_session.h"
#include "probe/traffic/server_protocol.h"

namespace assay::probe {

namespace {

// One request and its answer.
class Stream final : private AnswerSink {
public:
    Stream(Serving serving, Outlet& outlet, nghttp2_session* session, std::int32_t id)
        : serving_(serving), outlet_(outlet), session_(session), id_(id) {
        request_.protocol = "h2";
    }

    bool add_header(std::string_view name, std::string_view value);  // false: too many
    bool add_body(std::string_view bytes);                           // false: too many
    void complete();
    bool is_complete() const { return answering_ != nullptr; }
    EventLoop::Clock::time_point began() const { return began_; }

    // For nghttp2: the bytes that wait, NGHTTP2_ERR_DEFERRED if there are none yet.
    ssize_t read(std::uint8_t* buffer, std::size_t size, std::uint32_t& flags);

private:
    void submit(const Response& response, bool with_body);
    void whole(const Response& response) override;
    void head(const Response& response) override { submit(response, true); }
    void part(const std::string& bytes) override;
    void end(const Response& response) override;
    void flush() override { outlet_.flush(); }

    Serving serving_;
    Outlet& outlet_;
    nghttp2_session* session_;
    std::int32_t id_;
    EventLoop::Clock::time_point began_ = EventLoop::Clock::now();
    Request request_;
    std::size_t header_bytes_ = 0;
    std::string waiting_;
    std::size_t sent_ = 0;  // of waiting_
    bool ended_ = false;
    std::vector<Header> trailers_;
    std::unique_ptr<Answering> answering_;
};

bool Stream::add_header(std::string_view name, std::string_view value) {
    header_bytes_ += name.size() + value.size();
    if (header_bytes_ > header_bytes_at_most || request_.headers.size() >= header_fields_at_most) {
        return false;
    }
    if (name == ":method") {
        request_.method = value;
    } else if (name == ":path") {
        request_.target = value;
    } else if (name == ":authority" || (name == "host" && request_.authority.empty())) {
        request_.authority = value;
    } else if (!name.starts_with(':')) {
        request_.headers.push_back({std::string(name), std::string(value)});
    }
    return true;
}

bool Stream::add_body(std::string_view bytes) {
    if (request_.body.size() + bytes.size() > request_body_at_most) {
        return false;
    }
    request_.body.append(bytes);
    return true;
}

void Stream::complete() {
    answering_ = std::make_unique<Answering>(serving_, static_cast<AnswerSink&>(*this),
                                             serving_.routes.answer(request_));
    answering_->start();
}

void Stream::submit(const Response& response, bool with_body) {
    const std::string status = std::to_string(response.status);
    const std::string length = std::to_string(response.body.size());
    std::vector<nghttp2_nv> head = {name_value(":status", status)};
    add_name_values(head, response.headers);
    if (response.parts == 0 && with_body) {
        head.push_back(name_value("content-length", length));
    }
    nghttp2_data_provider provider{};
    provider.source.ptr = this;
    provider.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* buffer,
                                std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                                void*) {
        return static_cast<Stream*>(source->ptr)->read(buffer, size, *flags);
    };
    nghttp2_submit_response(session_, id_, head.data(), head.size(),
                            with_body ? &provider : nullptr);
}

void Stream::whole(const Response& response) {
    const bool with_body = !response.body.empty() && request_.method != "HEAD";
    if (with_body) {
        waiting_ = response.body;
    }
    ended_ = true;
    submit(response, with_body);
}

void Stream::part(const std::string& bytes) {
    waiting_ += bytes;
    nghttp2_session_resume_data(session_, id_);
}

void Stream::end(const Response& response) {
    ended_ = true;
    trailers_ = response.trailers;
    nghttp2_session_resume_data(session_, id_);
}

ssize_t Stream::read(std::uint8_t* buffer, std::size_t size, std::uint32_t& flags) {
    const std::size_t count = std::min(size, waiting_.size() - sent_);
    std::memcpy(buffer, waiting_.data() + sent_, count);
    sent_ += count;
    if (sent_ == waiting_.size()) {
        waiting_.clear();
        sent_ = 0;
    }
    if (waiting_.empty() && ended_) {
        flags |= NGHTTP2_DATA_FLAG_EOF;
        if (!trailers_.empty()) {
            flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            std::vector<nghttp2_nv> list;
            add_name_values(list, trailers_);
            nghttp2_submit_trailer(session_, id_, list.data(), list.size());
        }
        return static_cast<ssize_t>(count);
    }
    return count == 0 ? static_cast<ssize_t>(NGHTTP2_ERR_DEFERRED) : static_cast<ssize_t>(count);
}

class Http2Server final : public ServerProtocol {
public:
    Http2Server(Serving serving, Outlet& outlet);

    bool take(std::string_view bytes) override;
    bool go_on() override;
    bool reads() const override { return true; }
    bool has_more() const override { return has_more_; }
    std::optional<EventLoop::Clock::time_point> waiting_since() const override;

private:
    static Http2Server& self(void* user) { return *static_cast<Http2Server*>(user); }
    static Callbacks callbacks();
    Stream* stream(std::int32_t id);
    void begin(const nghttp2_frame& frame);
    int header(std::int32_t id, std::string_view name, std::string_view value);
    void data(std::int32_t id, std::string_view bytes);
    void received(const nghttp2_frame& frame);

    Serving serving_;
    Outlet& outlet_;
    Session session_;
    std::unordered_map<std::int32_t, std::unique_ptr<Stream>> streams_;
    bool has_more_ = false;
};

Http2Server::Http2Server(Serving serving, Outlet& outlet) : serving_(serving), outlet_(outlet) {
    nghttp2_session* made = nullptr;
    nghttp2_session_server_new(&made, callbacks().get(), this);
    session_.reset(made);
    const nghttp2_settings_entry entries[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams_at_most},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, header_bytes_at_most}};
    nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, entries, std::size(entries));
}

Callbacks Http2Server::callbacks() {
    Callbacks made = make_callbacks();
    nghttp2_session_callbacks_set_on_begin_headers_callback(
        made.get(), [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
            self(user).begin(*frame);
            return 0;
        });
    nghttp2_session_callbacks_set_on_header_callback(
        made.get(), [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* user) {
            return self(user).header(frame->hd.stream_id, text_of(name, name_size),
                                     text_of(value, value_size));
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
    nghttp2_session_callbacks_set_on_stream_close_callback(
        made.get(), [](nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
            self(user).streams_.erase(id);
            return 0;
        });
    return made;
}

Stream* Http2Server::stream(std::int32_t id) {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : found->second.get();
}

void Http2Server::begin(const nghttp2_frame& frame) {
    if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
        const std::int32_t id = frame.hd.stream_id;
        streams_[id] = std::make_unique<Stream>(serving_, outlet_, session_.get(), id);
    }
}

int Http2Server::header(std::int32_t id, std::string_view name, std::string_view value) {
    Stream* one = stream(id);
    return one == nullptr || one->is_complete() || one->add_header(name, value)
               ? 0
               : static_cast<int>(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE);  // resets the stream
}

void Http2Server::data(std::int32_t id, std::string_view bytes) {
    Stream* one = stream(id);
    if (one != nullptr && !one->add_body(bytes)) {
        nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_ENHANCE_YOUR_CALM);
    }
}

void Http2Server::received(const nghttp2_frame& frame) {
    const bool of_request = frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA;
    if (of_request && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        Stream* one = stream(frame.hd.stream_id);
        if (one != nullptr && !one->is_complete()) {
            one->complete();
        }
    }
}

bool Http2Server::take(std::string_view bytes) {
    const ssize_t taken = nghttp2_session_mem_recv(
        session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    return go_on() && taken >= 0;
}

bool Http2Server::go_on() {
    Wire& wire = outlet_.wire();
    has_more_ = true;
    while (wire.waiting() < unsent_at_most) {
        const std::uint8_t* bytes = nullptr;
        const ssize_t count = nghttp2_session_mem_send(session_.get(), &bytes);
        if (count <= 0) {
            has_more_ = false;
            break;
        }
        wire.queue(text_of(bytes, static_cast<std::size_t>(count)));
    }
    return nghttp2_session_want_read(session_.get()) != 0 ||
           nghttp2_session_want_write(session_.get()) != 0;
}

std::optional<EventLoop::Clock::time_point> Http2Server::waiting_since() const {
    std::optional<EventLoop::Clock::time_point> oldest;
    for (const auto& [id, one] : streams_) {
        if (!one->is_complete() && (!oldest || one->began() < *oldest)) {
            oldest = one->began();
        }
    }
    return oldest;
}

}  // namespace

std::unique_ptr<ServerProtocol> make_http2_server(Serving serving, Outlet& outlet) {
    return std::make_unique<Http2Server>(serving, outlet);
}

}  // namespace assay::probe
