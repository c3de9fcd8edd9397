// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/traffic/routes.h"

#include <charconv>
#include <cmath>
#include <memory>

#include "probe/document.h"
#include "probe/traffic/grpc.h"

namespace assay::probe {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t headers_echoed = 64;
constexpr std::uint32_t longest_wait_ms = 600'000;
constexpr std::uint32_t most_parts = 1000;
constexpr std::uint32_t most_idle_s = 600;
constexpr int grpc_unimplemented = 12;
constexpr int grpc_invalid_argument = 3;

Response text_response(int status, const std::string& text) {
    Response response;
    response.status = status;
    response.headers = {{"content-type", "text/plain; charset=utf-8"}};
    response.body = text;
    return response;
}

std::string dumped(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json headers_json(const Request& request) {
    Json headers = Json::object();
    for (const Header& header : request.headers) {
        if (headers.size() >= headers_echoed && !headers.contains(header.name)) {
            break;
        }
        Json& value = headers[header.name];
        value = value.is_null() ? header.value : value.get<std::string>() + ", " + header.value;
    }
    return headers;
}

Response grpc_refusal(int code, const std::string& why) {
    Response response;
    response.headers = {{"content-type", "application/grpc"},
                        {"grpc-status", std::to_string(code)},
                        {"grpc-message", why}};
    return response;
}

Response grpc_answer(std::size_t messages, std::chrono::milliseconds interval,
                     const EchoReply& reply) {
    Response response;
    response.headers = {{"content-type", "application/grpc"}};
    response.parts = messages;
    response.interval = interval;
    response.part = [reply](std::size_t index) {
        EchoReply one = reply;
        one.index = static_cast<std::uint32_t>(index);
        return grpc_frame(encode(one));
    };
    response.trailers = {{"grpc-status", "0"}};
    return response;
}

Response event_stream(std::size_t events, std::chrono::milliseconds interval,
                      const Identity& identity) {
    Response response;
    response.headers = {{"content-type", "text/event-stream"}, {"cache-control", "no-store"}};
    response.parts = events;
    response.interval = interval;
    response.part = [events, identity, began = Clock::time_point()](std::size_t index) mutable {
        const Clock::time_point now = Clock::now();
        began = index == 0 ? now : began;
        const auto sent = std::chrono::duration_cast<std::chrono::milliseconds>(now - began);
        const Json data = {{"event", index},
                           {"of", events},
                           {"sent_ms", sent.count()},
                           {"backend", identity.name},
                           {"marker", identity.marker}};
        return "id: " + std::to_string(index) + "\ndata: " + dumped(data) + "\n\n";
    };
    return response;
}

bool is_grpc(const Request& request) {
    return request.header("content-type").starts_with("application/grpc");
}

}  // namespace

std::optional<std::uint32_t> query_number(const Request& request, std::string_view name,
                                          std::uint32_t otherwise, std::uint32_t least,
                                          std::uint32_t most) {
    const std::string_view target = request.target;
    const std::size_t mark = target.find('?');
    std::string_view query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
    while (!query.empty()) {
        const std::string_view one = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), one.size() + 1));
        if (one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=') {
            std::uint32_t number = 0;
            const std::string_view value = one.substr(name.size() + 1);
            const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
            const bool good = read.ec == std::errc() && read.ptr == value.data() + value.size() &&
                              number >= least && number <= most;
            return good ? std::optional(number) : std::nullopt;
        }
    }
    return otherwise;
}

Response Routes::answer(const Request& request) {
    Response response = route(request);
    sign(request, response);
    return response;
}

Response Routes::refuse(int status, const std::string& why) const {
    Response response = text_response(status, why + "\n");
    response.counted = false;
    sign(Request{}, response);
    return response;
}

// Who answered, on whatever path.
void Routes::sign(const Request& request, Response& response) const {
    const auto add = [&](const char* name, std::string_view value) {
        if (!value.empty()) {
            response.headers.push_back({name, std::string(value)});
        }
    };
    add("x-assay-backend", identity_.name);
    add("x-assay-marker", identity_.marker);
    add("x-assay-pod", identity_.pod);
    add("x-assay-config", request.header("x-assay-config"));
}

Response Routes::route(const Request& request) {
    const std::string_view path = request.path();
    if (is_grpc(request)) {
        return grpc(request);
    }
    if (path == "/healthz" || path == "/metrics") {
        Response response = text_response(200, path == "/healthz" ? "ok\n" : metrics_.text());
        response.counted = false;
        return response;
    }
    if (path.starts_with("/gauge/")) {
        return gauge(request);
    }
    if (path.starts_with("/fail/")) {
        return fail(request);
    }
    if (path == "/slow") {
        return slow(request);
    }
    if (path == "/sse") {
        return events(request);
    }
    if (path == "/sse/idle") {
        return idle_stream(request);
    }
    if (path == "/v1/chat/completions") {
        return chat_completion(request);
    }
    return path == "/v1/models" ? model_list() : echo(request, 200);
}

Response Routes::echo(const Request& request, int status) const {
    Response response;
    response.status = status;
    response.headers = {{"content-type", "application/json"}};
    response.body = dumped({{"method", request.method},
                            {"path", request.target},
                            {"host", request.authority},
                            {"protocol", request.protocol},
                            {"headers", headers_json(request)},
                            {"body_bytes", request.body.size()},
                            {"backend", identity_.name},
                            {"marker", identity_.marker},
                            {"pod", identity_.pod}}) +
                    "\n";
    return response;
}

Response Routes::fail(const Request& request) const {
    const std::string_view digits = request.path().substr(std::string_view("/fail/").size());
    int status = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), status);
    const bool good = read.ec == std::errc() && read.ptr == digits.data() + digits.size() &&
                      status >= 400 && status <= 599;
    return good ? echo(request, status)
                : text_response(400, "/fail/STATUS: a status from 400 to 599\n");
}

Response Routes::slow(const Request& request) const {
    const auto wait = query_number(request, "ms", 1000, 0, longest_wait_ms);
    if (!wait) {
        return text_response(400, "/slow?ms=N: 0 to 600000\n");
    }
    Response response = echo(request, 200);
    response.delay = std::chrono::milliseconds(*wait);
    return response;
}

Response Routes::events(const Request& request) const {
    const auto count = query_number(request, "events", 5, 1, most_parts);
    const auto interval = query_number(request, "interval_ms", 200, 0, longest_wait_ms);
    return count && interval
               ? event_stream(*count, std::chrono::milliseconds(*interval), identity_)
               : text_response(400, "/sse?events=N&interval_ms=M: 1 to 1000, 0 to 600000\n");
}

Response Routes::idle_stream(const Request& request) const {
    const auto silence = query_number(request, "seconds", 60, 0, most_idle_s);
    return silence ? event_stream(2, std::chrono::seconds(*silence), identity_)
                   : text_response(400, "/sse/idle?seconds=S: 0 to 600\n");
}

Response Routes::gauge(const Request& request) {
    const std::string name(request.path().substr(std::string_view("/gauge/").size()));
    Response response = text_response(400, "PUT /gauge/NAME with a number, or DELETE\n");
    if (request.method == "DELETE") {
        response = text_response(metrics_.withdraw_gauge(name) ? 204 : 404, "");
    } else if (request.method == "PUT" || request.method == "POST") {
        const std::size_t end = request.body.find_last_not_of(" \r\n\t");
        const std::string_view digits =
            std::string_view(request.body).substr(0, end == std::string::npos ? 0 : end + 1);
        double value = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (read.ec == std::errc() && read.ptr == digits.data() + digits.size() &&
            std::isfinite(value) && metrics_.set_gauge(name, value)) {
            response = text_response(204, "");
        }
    }
    response.counted = false;
    return response;
}

Response Routes::grpc(const Request& request) const {
    const std::string_view path = request.path();
    if (path != grpc_say_path && path != grpc_stream_path) {
        return grpc_refusal(grpc_unimplemented, "no such method");
    }
    GrpcFrames frames;
    const auto messages = frames.take(request.body);
    if (!messages || messages->size() != 1 || frames.in_the_middle()) {
        return grpc_refusal(grpc_invalid_argument, "one uncompressed message");
    }
    const std::optional<EchoRequest> asked = decode_echo_request(messages->front());
    if (!asked || asked->count > most_parts || asked->interval_ms > longest_wait_ms) {
        return grpc_refusal(grpc_invalid_argument, "an EchoRequest: count to 1000");
    }
    const EchoReply reply{.message = asked->message,
                          .backend = identity_.name,
                          .marker = identity_.marker,
                          .index = 0};
    const bool streamed = path == grpc_stream_path;
    return grpc_answer(streamed ? std::max<std::size_t>(asked->count, 1) : 1,
                       std::chrono::milliseconds(streamed ? asked->interval_ms : 0), reply);
}

}  // namespace assay::probe
