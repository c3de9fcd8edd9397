// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// One answer on its way: waits, makes the parts, hands them to the connection, counts it in the
// metrics just before its last byte is handed over, so that who has the answer finds it counted.
// The connection outlives it; its end cancels what was still to come. One thread.
#pragma once

#include <string>

#include "probe/traffic/event_loop.h"
#include "probe/traffic/message.h"
#include "probe/traffic/routes.h"

namespace assay::probe {

// What a connection does with an answer. `end` may destroy the Answering that calls it.
class AnswerSink {
public:
    virtual void whole(const Response& response) = 0;
    virtual void head(const Response& response) = 0;
    virtual void part(const std::string& bytes) = 0;
    virtual void end(const Response& response) = 0;
    virtual void flush() = 0;  // after what came by a timer

protected:
    AnswerSink() = default;
    AnswerSink(const AnswerSink&) = default;
    AnswerSink& operator=(const AnswerSink&) = default;
    ~AnswerSink() = default;
};

// What every connection of the server needs.
struct Serving {
    EventLoop& loop;
    Routes& routes;
};

class Answering {
public:
    Answering(Serving serving, AnswerSink& sink, Response response);
    Answering(const Answering&) = delete;
    Answering& operator=(const Answering&) = delete;
    ~Answering();

    // To be called once, last thing: the sink may have destroyed it when this returns.
    void start();

private:
    void wait(std::chrono::milliseconds time);
    void go_on();
    void finish();

    Serving serving_;
    AnswerSink& sink_;
    Response response_;
    EventLoop::Clock::time_point began_ = EventLoop::Clock::now();
    EventLoop::Timer timer_;
    bool waiting_ = false;
    std::size_t next_ = 0;  // part
};

}  // namespace assay::probe
