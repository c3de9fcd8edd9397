// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <memory>
#include <sstream>

#include "probe/document.h"
#include "probe/traffic/routes.h"

namespace assay::probe {

namespace {

constexpr std::size_t most_words = 998;
constexpr const char* fingerprint = "assay-echo-stub";

std::string json_text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Response json_response(int status, const Json& json) {
    Response response;
    response.status = status;
    response.headers = {{"content-type", "application/json"}};
    response.body = json_text(json) + "\n";
    return response;
}

Response bad_request(const std::string& why) {
    return json_response(400, {{"error", {{"message", why}, {"type", "invalid_request_error"}}}});
}

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; words.size() < most_words && in >> word;) {
        words.push_back(word);
    }
    return words;
}

std::size_t words_in(const Json& messages) {
    std::size_t count = 0;
    for (const Json& message : messages) {
        if (message.is_object() && message.contains("content") && message["content"].is_string()) {
            count += words_of(message["content"].get<std::string>()).size();
        }
    }
    return count;
}

// What was asked, as far as the stub reads it.
struct Asked {
    std::string model;
    std::vector<std::string> reply;  // words
    bool stream = false;
    Json usage;
};

Json completion(const Asked& asked, const char* object, Json choice) {
    return {{"id", "chatcmpl-assay"},
            {"object", object},
            {"created", 0},
            {"model", asked.model},
            {"system_fingerprint", fingerprint},
            {"choices", Json::array({std::move(choice)})}};
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

Response whole(const Asked& asked) {
    Json body = completion(asked, "chat.completion",
                           {{"index", 0},
                            {"message", {{"role", "assistant"}, {"content", joined(asked.reply)}}},
                            {"finish_reason", "stop"}});
    body["usage"] = asked.usage;
    return json_response(200, body);
}

// A chunk a word, one that says how it ended with the usage, and [DONE].
std::string chunk(const Asked& asked, std::size_t index) {
    if (index > asked.reply.size()) {
        return "data: [DONE]\n\n";
    }
    const bool last = index == asked.reply.size();
    Json delta = Json::object();
    if (!last) {
        delta["role"] = "assistant";
        delta["content"] = (index == 0 ? "" : " ") + asked.reply[index];
    }
    Json body = completion(asked, "chat.completion.chunk",
                           {{"index", 0},
                            {"delta", std::move(delta)},
                            {"finish_reason", last ? Json("stop") : Json()}});
    if (last) {
        body["usage"] = asked.usage;
    }
    return "data: " + json_text(body) + "\n\n";
}

Response streamed(Asked asked, std::chrono::milliseconds interval) {
    Response response;
    response.headers = {{"content-type", "text/event-stream"}, {"cache-control", "no-store"}};
    response.parts = asked.reply.size() + 2;
    response.interval = interval;
    response.part = [asked = std::make_shared<const Asked>(std::move(asked))](std::size_t index) {
        return chunk(*asked, index);
    };
    return response;
}

std::string text_member(const Json& object, const char* name) {
    const bool there = object.is_object() && object.contains(name) && object[name].is_string();
    return there ? object[name].get<std::string>() : "";
}

}  // namespace

Response chat_completion(const Request& request) {
    const auto interval = query_number(request, "interval_ms", 0, 0, 10'000);
    const Json body = Json::parse(request.body, nullptr, false);
    if (request.method != "POST" || !interval || !body.is_object() || !body.contains("messages") ||
        !body["messages"].is_array() || body["messages"].empty()) {
        return bad_request("POST a JSON object with \"model\" and \"messages\"");
    }
    const Json& messages = body["messages"];
    Asked asked;
    asked.model = text_member(body, "model");
    asked.reply = words_of("echo: " + text_member(messages.back(), "content"));
    asked.stream = body.contains("stream") && body["stream"] == true;
    const std::size_t prompt = words_in(messages);
    asked.usage = {{"prompt_tokens", prompt},
                   {"completion_tokens", asked.reply.size()},
                   {"total_tokens", prompt + asked.reply.size()}};
    return asked.stream ? streamed(std::move(asked), std::chrono::milliseconds(*interval))
                        : whole(asked);
}

Response model_list() {
    return json_response(200, {{"object", "list"},
                               {"data", Json::array({{{"id", "assay-echo"},
                                                      {"object", "model"},
                                                      {"created", 0},
                                                      {"owned_by", "assay"}}})}});
}

}  // namespace assay::probe
