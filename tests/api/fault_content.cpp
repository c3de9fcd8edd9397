// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/api/fault_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace assay::kube {

namespace {

std::string line_of(const Json& event) {
    return event.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool edited(const FaultRule& rule, Json& object) {
    bool changed = false;
    for (const Edit& edit : rule.edits) {
        changed = edit.apply(object) || changed;
    }
    return changed;
}

void alter_object(const FaultRule& rule, Json& object, const Told& told) {
    if (rule.object.matches(object) && edited(rule, object)) {
        told(rule, fmt::format("edited {}", name_of(object)));
    }
}

void alter_list(const FaultRule& rule, Json& items, const Told& told) {
    Json kept = Json::array();
    for (Json& item : items) {
        if (rule.drop && rule.object.matches(item)) {
            told(rule, fmt::format("left {} out of the list", name_of(item)));
            continue;
        }
        alter_object(rule, item, told);
        kept.push_back(std::move(item));
    }
    items = std::move(kept);
}

// Bookmarks and errors are the stream's own.
bool is_of_an_object(const Json& event) {
    const std::string type = text(event, {"type"});
    return type == "ADDED" || type == "MODIFIED" || type == "DELETED";
}

}  // namespace

void alter_body(std::string& body, const std::vector<const FaultRule*>& rules, const Told& told) {
    const auto alters = [](const FaultRule* rule) { return rule->alters_objects(); };
    if (std::ranges::none_of(rules, alters)) {
        return;
    }
    auto parsed = parse(body);
    if (!parsed || !parsed->is_object()) {
        return;
    }
    const auto items = parsed->find("items");
    for (const FaultRule* rule : rules) {
        if (items != parsed->end() && items->is_array()) {
            alter_list(*rule, *items, told);
        } else {
            alter_object(*rule, *parsed, told);
        }
    }
    body = parsed->dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<Json> StreamFaults::told_gone(const FaultRule& rule, const Json& event) {
    std::vector<Json> result;
    const std::regex names(rule.gone_before);
    for (auto& [name, object] : known_) {
        if (std::regex_match(name, names)) {
            object["metadata"]["resourceVersion"] =
                text(event, {"object", "metadata", "resourceVersion"});
            result.push_back({{"type", "DELETED"}, {"object", object}});
            told_(rule, fmt::format("told that {} is gone", name));
            gone_.insert(uid_of(object));
        }
    }
    return result;
}

// What one rule makes of one event that it means.
std::vector<Json> StreamFaults::replaced(const FaultRule& rule, Json event) {
    const std::string name = name_of(event["object"]);
    std::vector<Json> result;
    if (!rule.gone_before.empty()) {
        result = told_gone(rule, event);
    }
    if (edited(rule, event["object"])) {
        told_(rule, fmt::format("edited {} in an event", name));
    }
    if (rule.drop || rule.events == EventFault::drop) {
        told_(rule, fmt::format("dropped an event of {}", name));
        return result;
    }
    if (rule.events == EventFault::reorder) {
        told_(rule, fmt::format("held an event of {} back", name));
        held_.push_back(std::move(event));
        return result;
    }
    if (rule.events == EventFault::deleted) {
        told_(rule, fmt::format("told that {} is gone", name));
        event["type"] = "DELETED";
    }
    if (rule.events == EventFault::duplicate) {
        told_(rule, fmt::format("doubled an event of {}", name));
        result.push_back(event);
    }
    result.push_back(std::move(event));
    return result;
}

std::vector<Json> StreamFaults::altered(const FaultRule& rule, std::vector<Json> events) {
    std::vector<Json> result;
    for (Json& event : events) {
        const bool meant = is_of_an_object(event) && rule.object.matches(event["object"]);
        std::vector<Json> some = meant && rule.alters_objects()
                                     ? replaced(rule, std::move(event))
                                     : std::vector<Json>{std::move(event)};
        std::ranges::move(some, std::back_inserter(result));
    }
    return result;
}

std::string StreamFaults::edited_log_line(std::string_view line) {
    auto parsed = parse(line);
    if (!parsed || !parsed->is_object()) {
        return std::string(line) + "\n";
    }
    bool changed = false;
    for (const FaultRule* rule : rules_) {
        if (rule->object.matches(*parsed) && edited(*rule, *parsed)) {
            told_(*rule, "edited a line of the log");
            changed = true;
        }
    }
    return changed ? line_of(*parsed) : std::string(line) + "\n";
}

// What was sent to the client.
void StreamFaults::remember(const Json& event) {
    if (!is_of_an_object(event)) {
        return;
    }
    ++events_;
    const std::string name = name_of(event["object"]);
    if (text(event, {"type"}) == "DELETED") {
        known_.erase(name);
    } else {
        known_[name] = event["object"];
    }
}

void StreamFaults::end_if_enough() {
    for (const FaultRule* rule : rules_) {
        if (rule->end_after && events_ >= *rule->end_after && !ended_) {
            told_(*rule, fmt::format("ended the watch after {} events", events_));
            ended_ = true;
        }
    }
}

std::vector<std::string> StreamFaults::lines_for(std::string_view line) {
    if (!watch_) {
        return {edited_log_line(line)};
    }
    auto event = parse(line);
    if (!event || !event->is_object() || !event->contains("object")) {
        return {std::string(line) + "\n"};
    }
    std::vector<Json> before = std::move(held_);
    held_.clear();
    std::vector<Json> events;
    if (!gone_.contains(uid_of((*event)["object"]))) {  // what is gone does not change any more
        events.push_back(std::move(*event));
    }
    for (const FaultRule* rule : rules_) {
        events = altered(*rule, std::move(events));
    }
    std::ranges::move(before, std::back_inserter(events));
    std::vector<std::string> lines;
    for (const Json& one : events) {
        remember(one);
        lines.push_back(line_of(one));
    }
    end_if_enough();
    return lines;
}

std::vector<std::string> StreamFaults::rest() {
    std::vector<std::string> lines;
    std::ranges::transform(held_, std::back_inserter(lines), line_of);
    held_.clear();
    return lines;
}

}  // namespace assay::kube
