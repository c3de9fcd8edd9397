// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "kube/log_path.h"
#include "kube/query.h"
#include "kube/retry.h"

namespace assay::kube {

namespace {

constexpr std::string_view any_type = "*/*";

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

Request get_request(std::string path, std::string_view accept) {
    Request request;
    request.path = std::move(path);
    request.headers["Accept"] = accept;
    return request;
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

Result<Json> json_of(const Result<Response>& answer) {
    if (!answer) {
        return std::unexpected(answer.error());
    }
    if (answer->status < 200 || answer->status > 299) {
        return std::unexpected(error_of(*answer));
    }
    return parse(answer->body);
}

Result<Json> Client::get(const Resource& resource, std::string_view ns, std::string_view name,
                         const Limit& limit) const {
    return raw(path_of(resource, ns, name), limit);
}

Result<Json> Client::raw(std::string_view path, const Limit& limit, std::string_view accept) const {
    return answered(*transport_, get_request(std::string(path), accept), limit).answer;
}

Result<std::string> Client::log(std::string_view ns, std::string_view pod,
                                std::string_view container, std::size_t max_bytes,
                                const Limit& limit) const {
    constexpr std::size_t room_for_an_error = 64u * 1024;
    Request request = get_request(
        fmt::format("{}&limitBytes={}", log_path(ns, pod, container), max_bytes), any_type);
    request.max_body_bytes = std::max(max_bytes, room_for_an_error);
    const auto answer = sent(*transport_, request, limit).answer;
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
