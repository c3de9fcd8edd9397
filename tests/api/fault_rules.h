// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The rules of a fault proxy: which answers are altered, and how. docs/fault-proxy.md describes the
// file. Thread contract: chosen() from any thread, it counts; the rules themselves never change.
// What cannot be read throws std::invalid_argument with one clear sentence.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "kube/request_facts.h"
#include "tests/api/fault_edit.h"

namespace assay::kube {

// An answer in place of the server's.
struct FixedAnswer {
    int status = 0;
    std::string body;  // metav1.Status of that code unless the rule gives one
    std::string retry_after;
};

enum class Reset {
    never,
    before,  // the request reaches no server
    after,   // it took effect, and nobody is told
};

enum class EventFault {
    none,
    drop,
    duplicate,
    reorder,  // comes after the event that follows it
    deleted,  // says that the object is gone
};

struct FaultRule {
    std::string name;
    std::map<std::string, std::regex> request;  // by fact: verb, resource, …
    std::set<int> nth;                          // of the requests that match, from 1; empty: all
    double probability = 1;
    ObjectMatch object;

    std::optional<FixedAnswer> answer;
    std::chrono::milliseconds delay{0};
    Reset reset = Reset::never;
    std::optional<std::size_t> truncate;  // bytes of the body, then the connection is cut
    std::optional<std::size_t> garbage;   // bytes in place of the body
    std::size_t slow_bytes = 0;           // the body comes in pieces of this size, 0: as it comes
    std::chrono::milliseconds slow_every{0};
    EventFault events = EventFault::none;
    std::string gone_before;       // before the event, tell that objects with such a name are gone
    std::optional<int> end_after;  // events, then the server ends the watch
    bool drop = false;             // objects: list items are left out, their events too
    std::vector<Edit> edits;

    static FaultRule parse(const Json& data);
    // Whether it alters what is in the body rather than how the body comes.
    bool alters_objects() const {
        return drop || !edits.empty() || events != EventFault::none || !gone_before.empty();
    }
};

class FaultRules {
public:
    // {"seed": 1, "rules": [...]}
    explicit FaultRules(const Json& data);

    // The rules this request is under, in their order; counts it for each.
    std::vector<const FaultRule*> chosen(const Request& request);

private:
    struct Counted {
        FaultRule rule;
        int seen = 0;
    };
    std::mutex mutex_;
    std::vector<Counted> rules_;
    std::mt19937_64 random_;
};

}  // namespace assay::kube
