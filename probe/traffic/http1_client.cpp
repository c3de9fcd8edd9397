// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <http_parser.h>

#include <cctype>

#include "probe/traffic/client_protocol.h"

namespace assay::probe {

namespace {

std::string request_bytes(const Phase& phase) {
    std::string bytes =
        phase.method + " " + phase.target + " HTTP/1.1\r\nhost: " + phase.host + "\r\n";
    for (const Header& header : phase.headers) {
        bytes += header.name + ": " + header.value + "\r\n";
    }
    if (!phase.body.empty()) {
        bytes += "content-length: " + std::to_string(phase.body.size()) + "\r\n";
    }
    return bytes + (phase.close ? "connection: close\r\n\r\n" : "\r\n") + phase.body;
}

class Http1Client final : public ClientProtocol {
public:
    Http1Client(const Phase& phase, ExchangeObserver& observer);

    bool takes_more() const override { return open_ && exchange_ == nullptr; }
    void start(Exchange& exchange) override;
    std::vector<Exchange*> in_flight() const override {
        return exchange_ != nullptr ? std::vector{exchange_} : std::vector<Exchange*>{};
    }
    bool abandon(const Exchange& /*exchange*/) override {
        exchange_ = nullptr;
        return false;
    }
    bool take(std::string_view bytes) override;
    void at_end() override;
    void queue(Wire& wire) override;
    const std::string& why_not() const override { return why_not_; }

private:
    static Http1Client& self(http_parser* parser) {
        return *static_cast<Http1Client*>(parser->data);
    }
    static const http_parser_settings& settings();
    int add_header(std::string_view bytes, bool value);
    bool deliver_header();
    int headers_complete();
    int message_complete();

    ExchangeObserver& observer_;
    bool head_only_;
    bool closes_;
    std::string request_;
    http_parser parser_{};
    bool unsent_ = false;
    Exchange* exchange_ = nullptr;
    std::string name_;  // of the header that is being read
    std::string value_;
    bool value_open_ = false;
    std::size_t header_bytes_ = 0;
    bool open_ = true;
    std::string why_not_;
};

Http1Client::Http1Client(const Phase& phase, ExchangeObserver& observer)
    : observer_(observer),
      head_only_(phase.method == "HEAD"),
      closes_(phase.close),
      request_(request_bytes(phase)) {
    http_parser_init(&parser_, HTTP_RESPONSE);
    parser_.data = this;
}

const http_parser_settings& Http1Client::settings() {
    static const http_parser_settings settings = [] {
        http_parser_settings made{};
        made.on_message_begin = [](http_parser* parser) {
            return self(parser).exchange_ == nullptr ? 1 : 0;  // nobody asked
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
            return self(parser).exchange_->take_body({at, size}) ? 0 : 1;
        };
        made.on_message_complete = [](http_parser* parser) {
            return self(parser).message_complete();
        };
        return made;
    }();
    return settings;
}

int Http1Client::add_header(std::string_view bytes, bool value) {
    header_bytes_ += bytes.size();
    if (header_bytes_ > answer_headers_at_most || (!value && value_open_ && !deliver_header())) {
        return 1;
    }
    value_open_ = value;
    if (value) {
        value_.append(bytes);
    } else {
        for (const char character : bytes) {
            name_ += static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
        }
    }
    return 0;
}

bool Http1Client::deliver_header() {
    const bool good = name_.empty() || exchange_->take_header(name_, value_);
    name_.clear();
    value_.clear();
    value_open_ = false;
    return good;
}

int Http1Client::headers_complete() {
    if (parser_.status_code == 101) {
        return 3;  // nobody asked for another protocol; 1 and 2 mean something else here
    }
    if (parser_.status_code >= 200) {
        exchange_->take_status(parser_.status_code);
        return deliver_header() ? (head_only_ ? 1 : 0) : 3;
    }
    name_.clear();
    value_.clear();
    value_open_ = false;
    return 0;
}

int Http1Client::message_complete() {
    header_bytes_ = 0;
    if (parser_.status_code < 200) {
        return 0;  // "100 Continue" and its like: the answer follows
    }
    const bool good = deliver_header();  // a trailer
    open_ = open_ && !closes_ && http_should_keep_alive(&parser_) != 0;
    if (!good) {
        return 1;
    }
    Exchange& exchange = *exchange_;
    exchange_ = nullptr;
    observer_.answered(exchange);
    return 0;
}

void Http1Client::start(Exchange& exchange) {
    exchange_ = &exchange;
    unsent_ = true;
}

void Http1Client::queue(Wire& wire) {
    if (unsent_) {
        wire.queue(request_);
        unsent_ = false;
    }
}

bool Http1Client::take(std::string_view bytes) {
    if (exchange_ != nullptr) {
        exchange_->first_byte();
    }
    const std::size_t taken =
        http_parser_execute(&parser_, &settings(), bytes.data(), bytes.size());
    const http_errno error = HTTP_PARSER_ERRNO(&parser_);
    if (error != HPE_OK || taken != bytes.size()) {
        open_ = false;
        why_not_ = std::string("not HTTP/1.1: ") + http_errno_description(error);
    }
    return open_;
}

void Http1Client::at_end() {
    // Without a length the end of the connection is that of the answer.
    if (exchange_ != nullptr && HTTP_PARSER_ERRNO(&parser_) == HPE_OK) {
        http_parser_execute(&parser_, &settings(), nullptr, 0);
    }
    open_ = false;
}

}  // namespace

std::unique_ptr<ClientProtocol> make_http1_client(const Phase& phase, ExchangeObserver& observer) {
    return std::make_unique<Http1Client>(phase, observer);
}

}  // namespace assay::probe
