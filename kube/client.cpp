// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "kube/log_path.h"
#include "kube/pause.h"
#include "kube/query.h"

namespace assay::kube {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view json_type = "application/json";
constexpr std::string_view any_type = "*/*";
constexpr int page_size = 500;
constexpr int max_attempts = 5;
constexpr milliseconds first_pause{200};
constexpr seconds longest_pause{10};

Error::Kind kind_of(int status) {
    switch (status) {
        case 400:
        case 422:
            return Error::Kind::invalid;
        case 401:
            return Error::Kind::unauthorized;
        case 403:
            return Error::Kind::forbidden;
        case 404:
            return Error::Kind::not_found;
        case 409:
            return Error::Kind::conflict;
        case 410:
            return Error::Kind::gone;
        case 429:
            return Error::Kind::throttled;
        default:
            return status >= 500 ? Error::Kind::server : Error::Kind::protocol;
    }
}

std::optional<seconds> retry_after(const Response& response) {
    const auto header = response.headers.find("retry-after");
    int value = 0;
    if (header == response.headers.end()) {
        return std::nullopt;
    }
    const std::string& text = header->second;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    return parsed.ec == std::errc{} && value >= 0
               ? std::optional(std::min(seconds(value), longest_pause))
               : std::nullopt;
}

Error cancelled() {
    return {Error::Kind::cancelled, 0, "", "cancelled while waiting to ask the server again"};
}

// Whether the request may be sent again: the server says that it did nothing, or it changes
// nothing.
std::optional<milliseconds> pause_before_retry(const Request& request,
                                               const Result<Response>& answer, int attempt) {
    const bool reads = request.method == "GET";
    const milliseconds backoff = first_pause * (1 << attempt);
    if (!answer) {
        const bool lost = answer.error().kind == Error::Kind::network;
        return reads && lost ? std::optional(backoff) : std::nullopt;
    }
    const auto told = retry_after(*answer);
    if (answer->status == 429) {
        return told ? milliseconds(*told) : backoff;
    }
    if (answer->status == 503 && told) {
        return milliseconds(*told);
    }
    const bool passing = answer->status == 500 || (answer->status >= 502 && answer->status <= 504);
    return reads && passing ? std::optional(backoff) : std::nullopt;
}

Result<Response> sent(Transport& transport, const Request& request, const Limit& limit) {
    for (int attempt = 0;; ++attempt) {
        Result<Response> answer = transport.send(request, limit);
        const auto wait = pause_before_retry(request, answer, attempt);
        if (!wait || attempt + 1 >= max_attempts) {
            return answer;
        }
        if (!pause(*wait, limit)) {
            return limit.stop.stop_requested() ? std::unexpected(cancelled()) : std::move(answer);
        }
    }
}

Result<Json> sent_for_json(Transport& transport, const Request& request, const Limit& limit) {
    const auto answer = sent(transport, request, limit);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    if (answer->status < 200 || answer->status > 299) {
        return std::unexpected(error_of(*answer));
    }
    return parse(answer->body);
}

Request get_request(std::string path, std::string_view accept = json_type) {
    Request request;
    request.path = std::move(path);
    request.headers["Accept"] = accept;
    return request;
}

Request create_request(const Resource& resource, std::string_view ns, const Json& object,
                       std::string_view more) {
    Request request =
        get_request(fmt::format("{}?fieldValidation=Strict{}", path_of(resource, ns), more));
    request.method = "POST";
    request.headers["Content-Type"] = "application/json";
    Json complete = object;
    complete["apiVersion"] = resource.api_version();
    complete["kind"] = resource.kind;
    request.body = complete.dump(-1, ' ', false, Json::error_handler_t::replace);
    return request;
}

std::string list_path(const Resource& resource, std::string_view ns, const Selection& selection,
                      const std::string& token) {
    std::string path = fmt::format("{}?limit={}", path_of(resource, ns), page_size);
    if (!selection.labels.empty()) {
        path += "&labelSelector=" + query_encoded(selection.labels);
    }
    if (!selection.fields.empty()) {
        path += "&fieldSelector=" + query_encoded(selection.fields);
    }
    return token.empty() ? path : path + "&continue=" + query_encoded(token);
}

Error no_list(const Resource& resource, std::string_view why) {
    return {Error::Kind::protocol, 0, "",
            fmt::format("the server's list of {} is none: {}", resource.plural, why)};
}

Result<void> take_items(const Resource& resource, Json& page, List& into) {
    if (!page.is_object()) {
        return std::unexpected(no_list(resource, "it is no object"));
    }
    const auto items = page.find("items");
    const bool empty = items != page.end() && items->is_null();  // how Go writes an empty list
    if (items == page.end() || (!empty && !items->is_array())) {
        return std::unexpected(no_list(resource, "it has no items"));
    }
    for (Json& item : *items) {
        if (!item.is_object()) {
            return std::unexpected(no_list(resource, "an item is no object"));
        }
        item["apiVersion"] = resource.api_version();
        item["kind"] = resource.kind;
        into.items.push_back(std::move(item));
    }
    into.resource_version = text(page, {"metadata", "resourceVersion"});
    return {};
}

// What an answer that is no metav1.Status says, in one line.
std::string words_of(const Response& response) {
    const auto location = response.headers.find("location");
    if (response.status >= 300 && response.status <= 399 && location != response.headers.end()) {
        return fmt::format(
            " and points to {}; is the kubeconfig's server the API server, or a proxy that wants a "
            "log-in?",
            location->second);
    }
    constexpr std::size_t enough = 300;
    std::string words = response.body.substr(0, enough);
    std::ranges::replace_if(
        words, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
    return words.empty() ? "" : ": " + words;
}

// Whether the pages that began with the token are no longer to be had, though the first one is.
bool expired(const Error& error, std::string_view token) {
    return error.kind == Error::Kind::gone && !token.empty();
}

}  // namespace

std::string path_of(const Resource& resource, std::string_view ns, std::string_view name) {
    std::string path = resource.group.empty()
                           ? fmt::format("/api/{}", resource.version)
                           : fmt::format("/apis/{}/{}", resource.group, resource.version);
    if (resource.namespaced && !ns.empty()) {
        path += fmt::format("/namespaces/{}", query_encoded(ns));
    }
    path += "/" + resource.plural;
    return name.empty() ? path : fmt::format("{}/{}", path, query_encoded(name));
}

Error error_of(const Response& response) {
    Error error{kind_of(response.status), response.status, "", ""};
    const auto parsed = parse(response.body);
    if (parsed && text(*parsed, {"kind"}) == "Status") {
        error.reason = text(*parsed, {"reason"});
        error.message = text(*parsed, {"message"});
    }
    if (error.message.empty()) {
        error.message =
            fmt::format("the server answered {}{}", response.status, words_of(response));
    }
    return error;
}

Result<Json> Client::get(const Resource& resource, std::string_view ns, std::string_view name,
                         const Limit& limit) const {
    return raw(path_of(resource, ns, name), limit);
}

Result<Json> Client::raw(std::string_view path, const Limit& limit, std::string_view accept) const {
    return sent_for_json(*transport_, get_request(std::string(path), accept), limit);
}

Result<List> Client::list(const Resource& resource, std::string_view ns, const Selection& selection,
                          const Limit& limit) const {
    List result;
    std::string token;
    for (int restarts = 0;;) {
        auto page = raw(list_path(resource, ns, selection, token), limit);
        if (!page) {
            if (!expired(page.error(), token) || ++restarts >= max_attempts) {
                return std::unexpected(page.error());
            }
            result = {};
            token.clear();
            continue;
        }
        const std::string next = text(*page, {"metadata", "continue"});
        if (const auto taken = take_items(resource, *page, result); !taken) {
            return std::unexpected(taken.error());
        }
        if (next.empty()) {
            return result;
        }
        if (next == token) {
            return std::unexpected(no_list(resource, "its pages never end"));
        }
        token = next;
    }
}

Result<Json> Client::create(const Resource& resource, std::string_view ns, const Json& object,
                            const Limit& limit) const {
    return sent_for_json(*transport_, create_request(resource, ns, object, ""), limit);
}

Result<Json> Client::try_create(const Resource& resource, std::string_view ns, const Json& object,
                                const Limit& limit) const {
    return sent_for_json(*transport_, create_request(resource, ns, object, "&dryRun=All"), limit);
}

Result<void> Client::remove(const Resource& resource, std::string_view ns, std::string_view name,
                            std::string_view uid, const Limit& limit,
                            std::optional<int> grace_seconds) const {
    Request request = get_request(path_of(resource, ns, name));
    request.method = "DELETE";
    request.headers["Content-Type"] = "application/json";
    Json options{
        {"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", "Background"}};
    if (!uid.empty()) {
        options["preconditions"]["uid"] = std::string(uid);
    }
    if (grace_seconds) {
        options["gracePeriodSeconds"] = *grace_seconds;
    }
    request.body = options.dump();
    const auto answer = sent_for_json(*transport_, request, limit);
    return answer ? Result<void>{} : std::unexpected(answer.error());
}

Result<std::string> Client::log(std::string_view ns, std::string_view pod,
                                std::string_view container, std::size_t max_bytes,
                                const Limit& limit) const {
    constexpr std::size_t room_for_an_error = 64u * 1024;
    Request request = get_request(
        fmt::format("{}&limitBytes={}", log_path(ns, pod, container), max_bytes), any_type);
    request.max_body_bytes = std::max(max_bytes, room_for_an_error);
    const auto answer = sent(*transport_, request, limit);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    if (answer->status != 200) {
        return std::unexpected(error_of(*answer));
    }
    return answer->body.substr(0, max_bytes);
}

Result<ServerVersion> Client::version(const Limit& limit) const {
    const auto answer = raw("/version", limit);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    ServerVersion version;
    version.git_version = text(*answer, {"gitVersion"});
    version.platform = text(*answer, {"platform"});
    const auto number = [&](std::string_view key) {
        const std::string word = text(*answer, {key});  // minor may be "37+"
        int value = 0;
        std::from_chars(word.data(), word.data() + word.size(), value);
        return value;
    };
    version.major = number("major");
    version.minor = number("minor");
    if (version.git_version.empty()) {
        return std::unexpected(Error{Error::Kind::protocol, 0, "",
                                     "this server does not answer /version like Kubernetes"});
    }
    return version;
}

}  // namespace assay::kube
