// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "images/registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "images/archive.h"
#include "images/registry_refusal.h"
#include "kube/json.h"
#include "kube/query.h"
#include "kube/server_url.h"

namespace assay::images {

namespace {

constexpr std::size_t max_answer_bytes = 1024 * 1024;
constexpr std::size_t max_manifest_bytes = 4u * 1024 * 1024;

kube::Request request_of(std::string method) {
    kube::Request request;
    request.method = std::move(method);
    request.max_body_bytes = max_answer_bytes;
    return request;
}

// What goes from the byte `done` on; the last piece names no range.
kube::Request piece_of_upload(std::string_view piece, std::size_t done, bool last) {
    kube::Request request = request_of(last ? "PUT" : "PATCH");
    request.headers["Content-Type"] = "application/octet-stream";
    if (!last) {
        request.headers["Content-Range"] = fmt::format("{}-{}", done, done + piece.size() - 1);
    }
    request.body = piece;
    return request;
}

bool one_of(std::string_view characters, char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || characters.contains(c);
}

// distribution-spec, "Pulling manifests": lower case, digits and separators between slashes.
bool is_repository(std::string_view text) {
    return !text.empty() && !text.starts_with('/') && !text.ends_with('/') &&
           !text.contains("//") &&
           std::ranges::all_of(text, [](char c) { return one_of("._-/", c); });
}

bool is_tag(std::string_view text) {
    return text.size() <= 128 && !text.starts_with('.') && !text.starts_with('-') &&
           std::ranges::all_of(text,
                               [](char c) { return one_of("._-", c) || (c >= 'A' && c <= 'Z'); });
}

// docker.io is a name of people; its registry has another.
std::string server_of(const std::string& host) {
    return host == "docker.io" || host == "index.docker.io" ? "registry-1.docker.io" : host;
}

// "https://host:1" of "https://host:1/path?query"
std::string origin_of(std::string_view url) {
    return std::string(url.substr(0, url.find('/', url.find("://") + 3)));
}

std::string with_digest(const std::string& location, const std::string& digest) {
    return location + (location.contains('?') ? "&" : "?") +
           "digest=" + kube::query_encoded(digest);
}

}  // namespace

std::expected<RegistryTarget, std::string> registry_target(std::string_view text) {
    const auto wrong = [&](std::string_view why) {
        return std::unexpected(
            fmt::format("'{}' {}; write REGISTRY/REPOSITORY[:TAG], e.g. "
                        "registry.example:5000/tools/assay-probe",
                        text, why));
    };
    if (text.contains("://") || text.contains('@')) {
        return wrong("holds a scheme or a digest");
    }
    const std::size_t slash = text.find('/');
    const std::string_view host = text.substr(0, slash);
    const bool is_host = host == "localhost" || host.contains('.') || host.contains(':');
    if (slash == std::string_view::npos || !is_host || !kube::server_url(host)) {
        return wrong("does not begin with a registry");
    }
    std::string_view rest = text.substr(slash + 1);
    const std::size_t colon = rest.find(':');
    RegistryTarget target{
        .host = std::string(host), .repository = std::string(rest.substr(0, colon)), .tag = {}};
    if (colon != std::string_view::npos) {
        target.tag = rest.substr(colon + 1);
    }
    if (!is_repository(target.repository)) {
        return wrong("names no repository in lower case");
    }
    if (!is_tag(target.tag) || (colon != std::string_view::npos && target.tag.empty())) {
        return wrong("has a tag that is none");
    }
    return target;
}

Registry::Registry(RegistryTarget target, RegistryAccess access, Connect connect, kube::Limit limit)
    : target_(std::move(target)),
      access_(std::move(access)),
      connect_(std::move(connect)),
      limit_(std::move(limit)) {}

std::string Registry::refusal(const kube::Response& answer, std::string_view what) const {
    return refusal_sentence({.registry = target_.host,
                             .repository = target_.repository,
                             .username = access_.login.username,
                             .logged_in = !access_.login.empty(),
                             .what = what},
                            answer);
}

std::expected<kube::Transport*, std::string> Registry::transport_to(const std::string& origin) {
    auto& transport = transports_[origin];
    if (!transport) {
        auto made = connect_(connection_to(origin, access_.ca_pem));
        if (!made) {
            return std::unexpected(made.error().message);
        }
        transport = std::move(*made);
    }
    return transport.get();
}

std::expected<void, std::string> Registry::open() {
    const std::string server = server_of(target_.host);
    const auto url = kube::server_url(target_.host);
    origin_ = (access_.insecure_http ? "http://" : "https://") + server;
    // Nothing leaves the machine on the loopback, so plain http will do where no TLS is spoken.
    if (!access_.insecure_http && url && url->is_local() && !sent_once("/v2/", request_of("GET"))) {
        origin_ = "http://" + server;
        const Answer plain = sent_once("/v2/", request_of("GET"));
        if (!plain || (plain->status != 200 && plain->status != 401)) {
            origin_ = "https://" + server;
        }
    }
    const Answer answer = send("/v2/", request_of("GET"));
    if (!answer) {
        return std::unexpected(answer.error());
    }
    if (answer->status != 200) {
        return std::unexpected(refusal(*answer, "its /v2/"));
    }
    return {};
}

Registry::Answer Registry::sent_once(const std::string& where, kube::Request request) {
    const bool absolute = !where.starts_with('/');
    const std::string origin = absolute ? origin_of(where) : origin_;
    request.path = absolute ? where.substr(origin.size()) : where;
    if (origin == origin_ && !authorization_.empty()) {
        request.headers["Authorization"] = authorization_;
    }
    if (request.body.empty() && request.method != "GET" && request.method != "HEAD") {
        request.headers["Content-Length"] = "0";  // some ask for it (411)
    }
    const auto transport = transport_to(origin);
    if (!transport) {
        return std::unexpected(transport.error());
    }
    auto answer = (*transport)->send(request, limit_);
    if (!answer) {
        return std::unexpected(answer.error().message);
    }
    return std::move(*answer);
}

std::expected<bool, std::string> Registry::answer_challenge(const kube::Response& refused) {
    const auto header = refused.headers.find("www-authenticate");
    if (header == refused.headers.end()) {
        return false;
    }
    for (Challenge& challenge : challenges_of(header->second)) {
        if (challenge.scheme == "bearer") {
            // Both actions at once, whichever this request needs: one token for the whole push.
            auto token =
                token_of({.login = access_.login,
                          .realm = challenge.parameters["realm"],
                          .service = challenge.parameters["service"],
                          .scope = fmt::format("repository:{}:pull,push", target_.repository),
                          .ca_pem = access_.ca_pem,
                          .plain_ok = access_.insecure_http},
                         connect_, limit_);
            if (!token) {
                return std::unexpected(token.error());
            }
            authorization_ = "Bearer " + *token;
            return true;
        }
        if (challenge.scheme == "basic" && !access_.login.username.empty()) {
            std::string basic = basic_authorization(access_.login);
            const bool refused_it = basic == authorization_;
            authorization_ = std::move(basic);
            return !refused_it;
        }
    }
    return false;
}

Registry::Answer Registry::send(const std::string& where, kube::Request request) {
    Answer answer = sent_once(where, request);
    // Only the registry itself may ask who we are, not a store that it sends uploads on to.
    if (!answer || answer->status != 401 || !where.starts_with('/')) {
        return answer;
    }
    const auto ready = answer_challenge(*answer);
    if (!ready) {
        return std::unexpected(ready.error());
    }
    return *ready ? sent_once(where, std::move(request)) : std::move(answer);
}

std::expected<bool, std::string> Registry::has_blob(const std::string& digest) {
    const Answer answer =
        send(fmt::format("/v2/{}/blobs/{}", target_.repository, digest), request_of("HEAD"));
    if (!answer) {
        return std::unexpected(answer.error());
    }
    // 307 is a registry that keeps its blobs in a store elsewhere.
    if (answer->status == 200 || answer->status == 307) {
        return true;
    }
    if (answer->status == 404) {
        return false;
    }
    return std::unexpected(refusal(*answer, "the question for a blob"));
}

std::expected<std::string, std::string> Registry::location_of(const kube::Response& answer) const {
    const auto found = answer.headers.find("location");
    if (found == answer.headers.end() || found->second.empty()) {
        return std::unexpected(fmt::format(
            "{} accepts an upload but does not say where to; is that a registry?", target_.host));
    }
    const std::string& location = found->second;
    if (location.starts_with('/')) {
        return location;
    }
    const bool plain = location.starts_with("http://");
    if (!plain && !location.starts_with("https://")) {
        return std::unexpected(
            fmt::format("{} sends an upload to a place that is no URL; is that "
                        "a registry?",
                        target_.host));
    }
    // A registry behind a proxy that ends TLS may name itself by http.
    const std::string origin = origin_of(location);
    const bool itself = origin.substr(origin.find("://")) == origin_.substr(origin_.find("://"));
    if (plain && !itself && !access_.insecure_http) {
        return std::unexpected(
            fmt::format("{} sends uploads on by plain http; allow it with "
                        "--insecure-http",
                        target_.host));
    }
    return itself ? location.substr(origin.size()) : location;
}

Registry::Answer Registry::accepted(Answer answer, int status, const std::string& what) const {
    if (answer && answer->status != status) {
        return std::unexpected(refusal(*answer, what));
    }
    return answer;
}

std::expected<void, std::string> Registry::upload_blob(
    const std::string& digest, std::string_view bytes,
    const std::function<void(std::size_t)>& uploaded) {
    const std::string what = fmt::format("an upload of {} bytes", bytes.size());
    Answer answer =
        accepted(send(fmt::format("/v2/{}/blobs/uploads/", target_.repository), request_of("POST")),
                 202, "an upload");
    for (std::size_t done = 0; answer;) {
        const auto location = location_of(*answer);
        if (!location) {
            return std::unexpected(location.error());
        }
        const bool whole = done == 0 && bytes.size() <= access_.chunk_bytes;
        const bool last = whole || done == bytes.size();
        const std::string_view piece = bytes.substr(done, access_.chunk_bytes);
        answer = accepted(send(last ? with_digest(*location, digest) : *location,
                               piece_of_upload(piece, done, last)),
                          last ? 201 : 202, what);
        done += piece.size();
        if (answer) {
            uploaded(done);
        }
        if (answer && last) {
            return {};
        }
    }
    return std::unexpected(answer.error());
}

std::expected<bool, std::string> Registry::has_manifest(const std::string& reference,
                                                        const std::string& digest,
                                                        const std::string& media_type) {
    kube::Request request = request_of("GET");
    request.headers["Accept"] = media_type;
    request.max_body_bytes = max_manifest_bytes;
    const Answer answer =
        send(fmt::format("/v2/{}/manifests/{}", target_.repository, reference), std::move(request));
    if (!answer) {
        return std::unexpected(answer.error());
    }
    if (answer->status == 404) {
        return false;
    }
    if (answer->status != 200) {
        return std::unexpected(refusal(*answer, "the question for a manifest"));
    }
    // Its own words on the digest are not asked for: the bytes tell.
    return "sha256:" + sha256_hex(answer->body) == digest;
}

std::expected<void, std::string> Registry::put_manifest(const std::string& reference,
                                                        const std::string& digest,
                                                        const std::string& media_type,
                                                        const std::string& content) {
    kube::Request request = request_of("PUT");
    request.headers["Content-Type"] = media_type;
    request.body = content;
    const Answer answer =
        send(fmt::format("/v2/{}/manifests/{}", target_.repository, reference), std::move(request));
    if (!answer) {
        return std::unexpected(answer.error());
    }
    if (answer->status != 201) {
        return std::unexpected(refusal(*answer, "a manifest"));
    }
    const auto kept = answer->headers.find("docker-content-digest");
    if (kept != answer->headers.end() && kept->second != digest) {
        return std::unexpected(fmt::format(
            "{} changed the manifest to {}, so that its digest no longer names this image; push "
            "to a registry that keeps OCI manifests as they are",
            target_.host, kept->second));
    }
    return {};
}

}  // namespace assay::images
