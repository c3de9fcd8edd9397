// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Rules applied to what an answer holds: an object, a list, the lines of a watch or of a log.
// Thread contract: values for one thread; told is called on it, once for each object altered.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/api/fault_rules.h"

namespace assay::kube {

using Told = std::function<void(const FaultRule& rule, const std::string& what)>;

// The body of an answer that is an object or a list; what is no JSON stays as it is.
void alter_body(std::string& body, const std::vector<const FaultRule*>& rules, const Told& told);

class StreamFaults {
public:
    // watch: the lines are events; else they are a log's, and those that are JSON objects are
    // edited.
    StreamFaults(std::vector<const FaultRule*> rules, bool watch, Told told)
        : rules_(std::move(rules)), watch_(watch), told_(std::move(told)) {}

    // What is sent in place of a line that came, each with its line end.
    std::vector<std::string> lines_for(std::string_view line);
    // What was held back, when the stream ends.
    std::vector<std::string> rest();
    // True once a rule says that the server ends the watch here.
    bool ended() const { return ended_; }

private:
    std::vector<Json> altered(const FaultRule& rule, std::vector<Json> events);
    std::vector<Json> replaced(const FaultRule& rule, Json event);
    std::vector<Json> told_gone(const FaultRule& rule, const Json& event);
    void remember(const Json& event);
    void end_if_enough();
    std::string edited_log_line(std::string_view line);

    std::vector<const FaultRule*> rules_;
    bool watch_;
    Told told_;
    std::map<std::string, Json> known_;  // the last of each object that was sent, by name
    std::set<std::string> gone_;         // UIDs of those it told to be gone before their time
    std::vector<Json> held_;
    int events_ = 0;
    bool ended_ = false;
};

}  // namespace assay::kube
