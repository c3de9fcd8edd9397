// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <http_parser.h>

#include <algorithm>
#include <cctype>

#include "probe/traffic/server_protocol.h"

namespace assay::probe {

namespace {

bool has_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

// HTTP/1.1: one request after the other; what comes meanwhile waits.
class Http1Server final : public ServerProtocol, private AnswerSink {
public:
    Http1Server(Serving serving, Outlet& outlet);

    bool take(std::string_view bytes) override;
    bool go_on() override;
    bool reads() const override { return unread_.size() < header_bytes_at_most; }
    bool has_more() const override { return false; }
    std::optional<EventLoop::Clock::time_point> waiting_since() const override {
        return begun_ && !answering_ ? std::optional(begun_at_) : std::nullopt;
    }

private:
    static Http1Server& self(http_parser* parser) {
        return *static_cast<Http1Server*>(parser->data);
    }
    static const http_parser_settings& settings();
    int add_header(std::string_view bytes, bool value);
    int headers_complete();
    int body(std::string_view bytes);
    int refuse_with(int status);

    void parse();
    void settle_answer();
    void answer(Response response);
    void open_head(const Response& response);

    void whole(const Response& response) override;
    void head(const Response& response) override;
    void part(const std::string& bytes) override;
    void end(const Response& response) override;
    void flush() override { outlet_.flush(); }

    Serving serving_;
    Outlet& outlet_;
    http_parser parser_{};
    std::string unread_;
    Request request_;
    std::size_t header_bytes_ = 0;
    int refusal_ = 0;     // the status a callback ended the parsing with
    bool begun_ = false;  // of a request, some bytes are here
    EventLoop::Clock::time_point begun_at_;
    bool complete_ = false;  // of a request, all bytes are here
    bool keeps_ = true;      // the connection, after this answer
    bool bodiless_ = false;  // HEAD
    bool chunked_ = false;
    bool value_open_ = false;
    bool ends_ = false;
    std::unique_ptr<Answering> answering_;
    std::unique_ptr<Answering> answered_;  // kept until nothing of it runs
};

Http1Server::Http1Server(Serving serving, Outlet& outlet) : serving_(serving), outlet_(outlet) {
    http_parser_init(&parser_, HTTP_REQUEST);
    parser_.data = this;
}

const http_parser_settings& Http1Server::settings() {
    static const http_parser_settings settings = [] {
        http_parser_settings made{};
        made.on_message_begin = [](http_parser* parser) {
            self(parser).begun_ = true;
            self(parser).begun_at_ = EventLoop::Clock::now();
            return 0;
        };
        made.on_url = [](http_parser* parser, const char* at, std::size_t size) {
            Http1Server& server = self(parser);
            server.request_.target.append(at, size);
            server.header_bytes_ += size;
            return server.header_bytes_ > header_bytes_at_most ? server.refuse_with(414) : 0;
        };
        made.on_header_field = [](http_parser* parser, const char* at, std::size_t size) {
            return self(parser).add_header({at, size}, false);
        };
        made.on_header_value = [](http_parser* parser, const char* at, std::size_t size) {
            return self(parser).add_header({at, size}, true);
        };
        made.on_headers_complete = [](http_parser* parser) {
            return self(parser).headers_complete();
        };
        made.on_body = [](http_parser* parser, const char* at, std::size_t size) {
            return self(parser).body({at, size});
        };
        made.on_message_complete = [](http_parser* parser) {
            self(parser).complete_ = true;
            http_parser_pause(parser, 1);
            return 0;
        };
        return made;
    }();
    return settings;
}

int Http1Server::refuse_with(int status) {
    refusal_ = status;
    return 1;
}

int Http1Server::add_header(std::string_view bytes, bool value) {
    header_bytes_ += bytes.size();
    std::vector<Header>& headers = request_.headers;
    if (!value && (value_open_ || headers.empty())) {
        headers.emplace_back();
    }
    if (header_bytes_ > header_bytes_at_most || headers.size() > header_fields_at_most) {
        return refuse_with(431);
    }
    value_open_ = value;
    if (value) {
        headers.back().value.append(bytes);
    } else {
        for (const char character : bytes) {
            headers.back().name +=
                static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
        }
    }
    return 0;
}

int Http1Server::headers_complete() {
    parser_.upgrade = 0;  // nothing else is spoken here, so the request is answered as it is
    if ((parser_.flags & F_CONTENTLENGTH) != 0 && parser_.content_length > request_body_at_most) {
        return refuse_with(413) + 2;  // 1 and 2 mean something else here
    }
    if (request_.header("expect") == "100-continue") {
        outlet_.wire().queue("HTTP/1.1 100 Continue\r\n\r\n");
    }
    return 0;
}

int Http1Server::body(std::string_view bytes) {
    if (request_.body.size() + bytes.size() > request_body_at_most) {
        return refuse_with(413);
    }
    request_.body.append(bytes);
    return 0;
}

bool Http1Server::take(std::string_view bytes) {
    unread_.append(bytes);
    return go_on();
}

bool Http1Server::go_on() {
    while (!ends_ && !answering_ && !unread_.empty()) {
        parse();
    }
    answered_.reset();
    return !ends_ || answering_ != nullptr;
}

void Http1Server::parse() {
    const std::size_t taken =
        http_parser_execute(&parser_, &settings(), unread_.data(), unread_.size());
    const http_errno error = HTTP_PARSER_ERRNO(&parser_);
    unread_.erase(0, taken);
    if (complete_) {
        http_parser_pause(&parser_, 0);
        settle_answer();
    } else if (error != HPE_OK) {
        ends_ = true;
        keeps_ = false;
        const int status = refusal_ != 0 ? refusal_ : 400;
        answer(serving_.routes.refuse(
            status, refusal_ != 0 ? "more than this server takes" : http_errno_description(error)));
    }
}

void Http1Server::settle_answer() {
    complete_ = false;
    begun_ = false;
    keeps_ = http_should_keep_alive(&parser_) != 0;
    request_.method = http_method_str(static_cast<http_method>(parser_.method));
    request_.authority = request_.header("host");
    bodiless_ = parser_.method == HTTP_HEAD;
    chunked_ = parser_.http_major == 1 && parser_.http_minor >= 1;
    Request request;
    std::swap(request, request_);
    header_bytes_ = 0;
    value_open_ = false;
    answer(serving_.routes.answer(request));
}

void Http1Server::answer(Response response) {
    if (bodiless_ && response.parts > 0) {
        response.parts = 0;
    }
    answered_.reset();
    answering_ =
        std::make_unique<Answering>(serving_, static_cast<AnswerSink&>(*this), std::move(response));
    answering_->start();
}

void Http1Server::open_head(const Response& response) {
    Wire& wire = outlet_.wire();
    const auto status = static_cast<unsigned>(response.status);
    wire.queue("HTTP/1.1 " + std::to_string(status) + " " +
               http_status_str(static_cast<http_status>(status)) + "\r\n");
    for (const Header& header : response.headers) {
        wire.queue(header.name);
        wire.queue(": ");
        wire.queue(header.value);
        wire.queue("\r\n");
    }
    if (!keeps_) {
        wire.queue("connection: close\r\n");
    }
}

void Http1Server::whole(const Response& response) {
    open_head(response);
    if (has_body(response.status)) {
        outlet_.wire().queue("content-length: " + std::to_string(response.body.size()) + "\r\n");
    }
    outlet_.wire().queue("\r\n");
    if (!bodiless_ && has_body(response.status)) {
        outlet_.wire().queue(response.body);
    }
    end(response);
}

void Http1Server::head(const Response& response) {
    keeps_ = keeps_ && chunked_;
    open_head(response);
    outlet_.wire().queue(chunked_ ? "transfer-encoding: chunked\r\n\r\n" : "\r\n");
}

void Http1Server::part(const std::string& bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    if (bytes.empty()) {
        return;  // an empty chunk would be the last
    }
    std::string size;
    for (std::size_t left = bytes.size(); left > 0; left >>= 4U) {
        size.insert(size.begin(), digits[left & 15U]);
    }
    Wire& wire = outlet_.wire();
    wire.queue(chunked_ ? size + "\r\n" : "");
    wire.queue(bytes);
    wire.queue(chunked_ ? "\r\n" : "");
}

void Http1Server::end(const Response& response) {
    if (response.parts > 0 && chunked_) {
        outlet_.wire().queue("0\r\n\r\n");
    }
    ends_ = ends_ || !keeps_;
    answered_ = std::move(answering_);  // it is what called
}

}  // namespace

std::unique_ptr<ServerProtocol> make_http1_server(Serving serving, Outlet& outlet) {
    return std::make_unique<Http1Server>(serving, outlet);
}

}  // namespace assay::probe
