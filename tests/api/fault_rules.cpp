// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/api/fault_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "tests/api/fake_api_answers.h"

namespace assay::kube {

namespace {

const std::vector<std::string> known_keys{
    "name",     "match",   "nth",  "probability", "object",      "answer",    "delay_ms", "reset",
    "truncate", "garbage", "slow", "events",      "gone_before", "end_after", "drop",     "edit"};
const std::vector<std::string> known_facts{"method",    "verb", "group", "resource",
                                           "namespace", "name", "path",  "selector"};

std::string reason_of(int status) {
    switch (status) {
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "NotFound";
        case 409:
            return "Conflict";
        case 410:
            return "Expired";
        case 429:
            return "TooManyRequests";
        case 503:
            return "ServiceUnavailable";
        case 504:
            return "Timeout";
        default:
            return "InternalError";
    }
}

FixedAnswer answer_of(const Json& data) {
    demand_keys(data, "answer", {"status", "body", "retry_after"});
    FixedAnswer answer;
    answer.status = data.at("status").get<int>();
    if (answer.status < 200 || answer.status > 599) {
        throw std::invalid_argument("answer.status must be an HTTP status from 200 to 599");
    }
    if (data.contains("body")) {
        answer.body =
            data["body"].is_string() ? data["body"].get<std::string>() : data["body"].dump();
    } else {
        answer.body =
            failure(answer.status, reason_of(answer.status), "planted by the fault proxy").body;
    }
    if (data.contains("retry_after")) {
        answer.retry_after = std::to_string(data["retry_after"].get<int>());
    }
    return answer;
}

template <class Value, std::size_t Count>
Value one_of(const std::array<std::pair<std::string_view, Value>, Count>& values,
             const std::string& word, const char* key) {
    for (const auto& [name, value] : values) {
        if (name == word) {
            return value;
        }
    }
    throw std::invalid_argument(fmt::format("{} cannot be '{}'", key, word));
}

Reset reset_of(const std::string& word) {
    static constexpr std::array values{std::pair(std::string_view("before"), Reset::before),
                                       std::pair(std::string_view("after"), Reset::after)};
    return one_of(values, word, "reset");
}

EventFault events_of(const std::string& word) {
    static constexpr std::array values{
        std::pair(std::string_view("drop"), EventFault::drop),
        std::pair(std::string_view("duplicate"), EventFault::duplicate),
        std::pair(std::string_view("reorder"), EventFault::reorder),
        std::pair(std::string_view("deleted"), EventFault::deleted)};
    return one_of(values, word, "events");
}

// How the answer comes, and whether any comes at all.
void read_delivery(const Json& data, FaultRule& rule) {
    if (data.contains("answer")) {
        rule.answer = answer_of(data["answer"]);
    }
    rule.delay = std::chrono::milliseconds(data.value("delay_ms", 0));
    if (data.contains("reset")) {
        rule.reset = reset_of(data["reset"].get<std::string>());
    }
    if (data.contains("truncate")) {
        rule.truncate = data["truncate"].get<std::size_t>();
    }
    if (data.contains("garbage")) {
        rule.garbage = data["garbage"].get<std::size_t>();
    }
    if (data.contains("slow")) {
        demand_keys(data["slow"], "slow", {"bytes", "every_ms"});
        rule.slow_bytes = data["slow"].at("bytes").get<std::size_t>();
        rule.slow_every = std::chrono::milliseconds(data["slow"].at("every_ms").get<int>());
    }
    if (data.contains("end_after")) {
        rule.end_after = data["end_after"].get<int>();
    }
}

// What is in it.
void read_content(const Json& data, FaultRule& rule) {
    if (data.contains("events")) {
        rule.events = events_of(data["events"].get<std::string>());
    }
    rule.gone_before = data.value("gone_before", "");
    rule.drop = data.value("drop", false);
    for (const Json& edit : data.value("edit", Json::array())) {
        rule.edits.push_back(Edit::parse(edit));
    }
}

// The value of a query parameter, as it was sent, decoded where it matters to a selector.
std::string parameter(const std::string& path, const std::string& name) {
    std::size_t at = path.find(name + "=");
    if (at == std::string::npos) {
        return {};
    }
    at += name.size() + 1;
    std::string result;
    for (; at < path.size() && path[at] != '&'; ++at) {
        if (path[at] == '%' && at + 2 < path.size()) {
            result += static_cast<char>(std::stoi(path.substr(at + 1, 2), nullptr, 16));
            at += 2;
        } else {
            result += path[at];
        }
    }
    return result;
}

bool meant(const FaultRule& rule, const Request& request, const RequestFacts& facts) {
    const std::map<std::string, std::string> known{
        {"method", request.method},
        {"verb", facts.verb},
        {"group", facts.group},
        {"resource", facts.resource},
        {"namespace", facts.namespace_name},
        {"name", facts.name},
        {"path", facts.path},
        {"selector", parameter(request.path, "labelSelector")}};
    return std::ranges::all_of(rule.request, [&](const auto& one) {
        return std::regex_match(known.at(one.first), one.second);
    });
}

}  // namespace

FaultRule FaultRule::parse(const Json& data) {
    demand_keys(data, "a rule", known_keys);
    FaultRule rule;
    rule.name = data.value("name", "");
    if (rule.name.empty()) {
        throw std::invalid_argument("every rule needs a name");
    }
    try {
        const Json match = data.value("match", Json::object());
        demand_keys(match, "match", known_facts);
        for (const auto& [fact, expression] : match.items()) {
            rule.request[fact] = std::regex(expression.get<std::string>());
        }
        for (const Json& number : data.value("nth", Json::array())) {
            rule.nth.insert(number.get<int>());
        }
        rule.probability = data.value("probability", 1.0);
        rule.object = ObjectMatch::parse(data.value("object", Json::object()));
        read_delivery(data, rule);
        read_content(data, rule);
    } catch (const std::exception& error) {  // of the JSON and regex libraries too
        throw std::invalid_argument(fmt::format("rule '{}': {}", rule.name, error.what()));
    }
    const bool delivery = rule.answer || rule.delay.count() > 0 || rule.reset != Reset::never ||
                          rule.truncate || rule.garbage || rule.slow_bytes > 0 || rule.end_after;
    if (!delivery && !rule.alters_objects()) {
        throw std::invalid_argument(fmt::format("rule '{}' does nothing", rule.name));
    }
    return rule;
}

FaultRules::FaultRules(const Json& data) {
    demand_keys(data, "the rules file", {"seed", "rules"});
    random_.seed(data.value("seed", 1U));
    for (const Json& one : data.value("rules", Json::array())) {
        rules_.push_back({.rule = FaultRule::parse(one)});
    }
}

std::vector<const FaultRule*> FaultRules::chosen(const Request& request) {
    const RequestFacts facts = facts_of(request);
    const std::scoped_lock lock(mutex_);
    std::vector<const FaultRule*> result;
    for (Counted& one : rules_) {
        if (!meant(one.rule, request, facts)) {
            continue;
        }
        ++one.seen;
        const bool counted = one.rule.nth.empty() || one.rule.nth.contains(one.seen);
        if (counted && (one.rule.probability >= 1 ||
                        std::uniform_real_distribution<>()(random_) < one.rule.probability)) {
            result.push_back(&one.rule);
        }
    }
    return result;
}

}  // namespace assay::kube
