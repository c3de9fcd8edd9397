// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/api/fault_stream.h"

#include <algorithm>

#include "kube/request_facts.h"

namespace assay::kube {

namespace {

constexpr std::chrono::minutes longest_stream{60};

bool looks_inside(const FaultRule* rule) {
    return rule->alters_objects() || rule->end_after;
}

}  // namespace

bool goes_on(const Request& request) {
    const RequestFacts facts = facts_of(request);
    return facts.verb == "watch" ||
           (facts.resource == "pods/log" && request.path.find("follow=true") != std::string::npos);
}

FaultStream::FaultStream(Transport& upstream, Request request, std::vector<const FaultRule*> rules,
                         Told told)
    : upstream_(&upstream),
      plain_(std::ranges::none_of(rules, looks_inside)),
      faults_(std::move(rules), facts_of(request).verb == "watch", std::move(told)) {
    asking_ = std::jthread(
        [this, asked = std::move(request)](const std::stop_token& stop) { ask(asked, stop); });
}

void FaultStream::ask(Request request, const std::stop_token& stop) {
    request.on_chunk = [this](std::string_view chunk) { return feed(chunk); };
    auto answer = upstream_->send(request, Limit::of(longest_stream, stop));
    std::vector<std::string> rest = faults_.rest();
    if (!line_.empty()) {
        rest.push_back(std::move(line_));
    }
    pass_on(rest);
    const std::scoped_lock lock(mutex_);
    answer_ = std::move(answer);
    changed_.notify_all();
}

void FaultStream::pass_on(const std::vector<std::string>& lines) {
    const std::scoped_lock lock(mutex_);
    for (const std::string& line : lines) {
        ready_ += line;
        begun_ = true;
    }
    changed_.notify_all();
}

bool FaultStream::feed(std::string_view chunk) {
    if (plain_) {
        pass_on({std::string(chunk)});
        return true;
    }
    line_ += chunk;
    for (std::size_t end = line_.find('\n'); end != std::string::npos && !faults_.ended();
         end = line_.find('\n')) {
        pass_on(faults_.lines_for(std::string_view(line_).substr(0, end)));
        line_.erase(0, end + 1);
    }
    if (faults_.ended()) {
        line_.clear();
    }
    return !faults_.ended();
}

std::optional<Response> FaultStream::refusal(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return begun_ || answer_; });
    if (begun_ || !answer_ || !*answer_ || (*answer_)->status / 100 == 2) {
        return std::nullopt;
    }
    return **answer_;
}

FaultStream::State FaultStream::take(std::string& text, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return !ready_.empty() || answer_; });
    text += ready_;
    ready_.clear();
    if (!answer_) {
        return State::goes_on;
    }
    return *answer_ ? State::ended : State::broken;
}

}  // namespace assay::kube
