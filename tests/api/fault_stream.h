// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// One watch or followed log on its way through the fault proxy: a thread of its own asks the server
// and alters the lines, and who serves the client takes them as they come. Thread contract: one
// thread takes; the destructor ends the request and joins. Times are in milliseconds.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "kube/transport.h"
#include "tests/api/fault_content.h"

namespace assay::kube {

// Whether the answer to it goes on: a watch, or a followed log.
bool goes_on(const Request& request);

class FaultStream {
public:
    FaultStream(Transport& upstream, Request request, std::vector<const FaultRule*> rules,
                Told told);

    // Waits for something to pass on, but not longer than patience. Then, if the server answered
    // with something that is no stream: that answer.
    std::optional<Response> refusal(std::chrono::milliseconds patience);

    enum class State {
        goes_on,
        ended,   // by the server, or by a rule
        broken,  // the connection to the server was lost
    };
    // Appends what has come to text, waiting for it up to patience.
    State take(std::string& text, std::chrono::milliseconds patience);

private:
    void ask(Request request, const std::stop_token& stop);
    bool feed(std::string_view chunk);
    void pass_on(const std::vector<std::string>& lines);

    Transport* upstream_;
    bool plain_;  // no rule looks into it
    StreamFaults faults_;
    std::string line_;  // its beginning; the asking thread's

    std::mutex mutex_;
    std::condition_variable changed_;
    std::string ready_;
    bool begun_ = false;
    std::optional<Result<Response>> answer_;
    std::jthread asking_;
};

}  // namespace assay::kube
