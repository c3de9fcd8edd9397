// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/traffic/phase.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <stdexcept>

namespace assay::probe {

namespace {

constexpr std::size_t longest_name = 32;
constexpr std::size_t longest_text = std::size_t{1024} * 1024;

// What is wrong with a plan; caught in parse_plan.
class Complaint : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

using Type = Member::Type;

constexpr std::array<Member, 25> members = {{
    {"url", Type::text, "Where to: http://HOST[:PORT]/path"},
    {"name", Type::text, "What the document calls this phase"},
    {"kind", Type::text,
     "http, sse (read as events), grpc (Echo/Say) or grpc-stream (Echo/Stream)"},
    {"protocol", Type::text, "http1 or h2c (HTTP/2 without TLS, prior knowledge)"},
    {"requests", Type::number, "How many, 1 to 1000000 (default 1)"},
    {"for_s", Type::number, "Instead of --requests: as many as fit in so many seconds"},
    {"parallel", Type::number, "At most so many at a time, 1 to 256 (default 1)"},
    {"connections", Type::number,
     "Over so many connections (default: http1 one for each in parallel, h2c one)"},
    {"close", Type::flag, "A new connection for each request"},
    {"rate", Type::number, "At most so many requests a second, evenly"},
    {"method", Type::text, "Of the request (default GET, with a body POST)"},
    {"headers", Type::headers, "Of the request, \"name: value\" (repeatable)"},
    {"host", Type::text, "Host (:authority) instead of the URL's"},
    {"body", Type::text, "Of the request"},
    {"timeout_s", Type::number, "Of one request with connecting, at most 900 (default 10)"},
    {"marker", Type::text, "What the header with the marker must say"},
    {"marker_header", Type::text, "Which header that is (default x-assay-marker)"},
    {"until_marker", Type::text, "Send one at a time until a good answer has this as its marker"},
    {"within_s", Type::number, "At most so long (default 30)"},
    {"every_ms", Type::number, "From one to the next (default 50)"},
    {"message", Type::text, "gRPC: what to say (default hello)"},
    {"count", Type::number, "gRPC: replies to stream, at most 1000 (default 1)"},
    {"interval_ms", Type::number, "gRPC: between them (default 0)"},
    {"slice_ms", Type::number, "Tell who answered for each such span of time, too"},
    {"sample", Type::number, "Keep the first answer with so many bytes of body, at most 2048"},
}};

std::string text_of(const Json& value, const std::string& name) {
    if (!value.is_string() || value.get_ref<const std::string&>().size() > longest_text) {
        throw Complaint(name + " must be a text of at most 1 MiB");
    }
    return value.get<std::string>();
}

double number_of(const Json& value, const std::string& name, double least, double most) {
    if (!value.is_number() || value.get<double>() < least || value.get<double>() > most) {
        throw Complaint(name + " must be a number from " + Json(least).dump() + " to " +
                        Json(most).dump());
    }
    return value.get<double>();
}

std::uint64_t count_of(const Json& value, const std::string& name, double least, double most) {
    return static_cast<std::uint64_t>(number_of(value, name, least, most));
}

bool breaks_lines(const std::string& text) {
    return std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 0x7F; });
}

// Goes into the request's head as it is.
std::string head_text(const Json& value, const std::string& name) {
    std::string text = text_of(value, name);
    if (breaks_lines(text)) {
        throw Complaint(name + " must hold no control characters");
    }
    return text;
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

void take_kind(Phase& phase, const std::string& kind) {
    constexpr std::array<Kind, 4> kinds = {Kind::http, Kind::sse, Kind::grpc, Kind::grpc_stream};
    const auto* found =
        std::ranges::find_if(kinds, [&](Kind one) { return kind == kind_name(one); });
    if (found == kinds.end()) {
        throw Complaint("kind must be http, sse, grpc or grpc-stream");
    }
    phase.kind = *found;
}

void take_protocol(Phase& phase, const std::string& protocol) {
    if (protocol != "http1" && protocol != "h2c") {
        throw Complaint("protocol must be http1 or h2c");
    }
    phase.http2 = protocol == "h2c";
}

void take_headers(Phase& phase, const Json& headers) {
    if (!headers.is_object() || headers.size() > 64) {
        throw Complaint("headers must be an object of at most 64 names with texts");
    }
    for (const auto& [name, value] : headers.items()) {
        const std::string key = lower(name);
        const bool good = !key.empty() && std::ranges::all_of(key, [](unsigned char c) {
            return std::isalnum(c) != 0 ||
                   std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) !=
                       std::string_view::npos;
        });
        if (!good || key == "host" || key == "content-length" || key == "transfer-encoding" ||
            key == "connection") {
            throw Complaint("headers: \"" + name + "\" cannot be set so");
        }
        phase.headers.push_back({key, head_text(value, "headers: " + name)});
    }
}

// Members that shape the load; true if it was one.
bool take_load(Phase& phase, const std::string& name, const Json& value) {
    if (name == "requests") {
        phase.requests = count_of(value, name, 1, 1e6);
    } else if (name == "for_s") {
        phase.for_s = number_of(value, name, 0.001, 900);
    } else if (name == "parallel") {
        phase.parallel = count_of(value, name, 1, 256);
    } else if (name == "connections") {
        phase.connections = count_of(value, name, 1, 256);
    } else if (name == "rate") {
        phase.rate = number_of(value, name, 0.01, 1e6);
    } else if (name == "timeout_s") {
        phase.timeout_s = number_of(value, name, 0.001, 900);
    } else if (name == "within_s") {
        phase.within_s = number_of(value, name, 0.001, 900);
    } else if (name == "every_ms") {
        phase.every_ms = count_of(value, name, 1, 60'000);
    } else if (name == "slice_ms") {
        phase.slice_ms = count_of(value, name, 10, 900'000);
    } else if (name == "sample") {
        phase.sample = count_of(value, name, 0, 2048);
    } else if (name == "close" && value.is_boolean()) {
        phase.close = value.get<bool>();
    } else {
        return false;
    }
    return true;
}

bool take_request(Phase& phase, const std::string& name, const Json& value) {
    if (name == "url") {
        phase.url = head_text(value, name);
    } else if (name == "method") {
        phase.method = head_text(value, name);
    } else if (name == "host") {
        phase.host = head_text(value, name);
    } else if (name == "headers") {
        take_headers(phase, value);
    } else if (name == "body") {
        phase.body = text_of(value, name);
    } else if (name == "message") {
        phase.message.message = text_of(value, name);
    } else if (name == "count") {
        phase.message.count = static_cast<std::uint32_t>(count_of(value, name, 1, 1000));
    } else if (name == "interval_ms") {
        phase.message.interval_ms = static_cast<std::uint32_t>(count_of(value, name, 0, 6e5));
    } else {
        return false;
    }
    return true;
}

bool take_identity(Phase& phase, const std::string& name, const Json& value) {
    if (name == "name") {
        phase.name = head_text(value, name);
    } else if (name == "kind") {
        take_kind(phase, text_of(value, name));
    } else if (name == "protocol") {
        take_protocol(phase, text_of(value, name));
    } else if (name == "marker") {
        phase.marker = head_text(value, name);
    } else if (name == "marker_header") {
        phase.marker_header = lower(head_text(value, name));
    } else if (name == "until_marker") {
        phase.until_marker = head_text(value, name);
    } else {
        return false;
    }
    return true;
}

void take_port(Phase& phase, std::string_view text) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), phase.port);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || phase.port == 0) {
        throw Complaint("url: \"" + phase.url + "\" has no good port");
    }
}

void take_url(Phase& phase) {
    std::string_view rest = phase.url;
    if (!rest.starts_with("http://")) {
        throw Complaint("url: \"" + phase.url + "\" must be http://HOST[:PORT]/path");
    }
    rest.remove_prefix(std::string_view("http://").size());
    const std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
    std::string_view authority = rest.substr(0, slash);
    phase.target = rest.substr(slash);
    if (!phase.target.starts_with('/')) {
        phase.target.insert(0, "/");
    }
    if (phase.host.empty()) {
        phase.host = authority;
    }
    const std::size_t bracket = authority.find(']');
    const std::size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
    if (colon != authority.npos) {
        take_port(phase, authority.substr(colon + 1));
        authority = authority.substr(0, colon);
    }
    if (authority.starts_with('[') && authority.ends_with(']')) {
        authority = authority.substr(1, authority.size() - 2);
    }
    phase.server = authority;
    if (phase.server.empty() || phase.target.find(' ') != std::string::npos) {
        throw Complaint("url: \"" + phase.url + "\" must be http://HOST[:PORT]/path");
    }
}

void take_grpc(Phase& phase) {
    phase.http2 = true;
    phase.method = "POST";
    phase.target = phase.kind == Kind::grpc ? grpc_say_path : grpc_stream_path;
    phase.headers.push_back({"te", "trailers"});
    phase.headers.push_back({"content-type", "application/grpc"});
    phase.body = grpc_frame(encode(phase.message));
}

Phase parse_phase(const Json& json, std::size_t index) {
    if (!json.is_object()) {
        throw Complaint("a phase must be an object");
    }
    Phase phase;
    phase.name = std::to_string(index);
    for (const auto& [name, value] : json.items()) {
        if (!take_load(phase, name, value) && !take_request(phase, name, value) &&
            !take_identity(phase, name, value)) {
            throw Complaint("\"" + name + "\" is no member of a phase, or not of that type");
        }
    }
    if (phase.name.empty() || phase.name.size() > longest_name) {
        throw Complaint("name must have 1 to 32 characters");
    }
    take_url(phase);
    if (phase.is_grpc()) {
        take_grpc(phase);
    }
    if (phase.method.empty()) {
        phase.method = phase.body.empty() ? "GET" : "POST";
    }
    if (!phase.until_marker.empty()) {
        phase.parallel = 1;
        phase.for_s = 0;
        phase.rate = 0;
    }
    return phase;
}

}  // namespace

const char* kind_name(Kind kind) {
    switch (kind) {
        case Kind::http:
            return "http";
        case Kind::sse:
            return "sse";
        case Kind::grpc:
            return "grpc";
        case Kind::grpc_stream:
            return "grpc-stream";
    }
    return "";
}

std::span<const Member> phase_members() {
    return members;
}

Plan parse_plan(const Json& phases) {
    Plan plan;
    if (!phases.is_array() || phases.empty() || phases.size() > phases_at_most) {
        plan.complaint = "a plan must be a JSON array of 1 to 32 phases";
        return plan;
    }
    try {
        for (const Json& phase : phases) {
            plan.phases.push_back(parse_phase(phase, plan.phases.size()));
        }
    } catch (const Complaint& complaint) {
        plan.complaint = "phase " + std::to_string(plan.phases.size()) + ": " + complaint.what();
    }
    return plan;
}

}  // namespace assay::probe
