// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/traffic/answering.h"

namespace assay::probe {

Answering::Answering(Serving serving, AnswerSink& sink, Response response)
    : serving_(serving), sink_(sink), response_(std::move(response)) {}

Answering::~Answering() {
    if (waiting_) {
        serving_.loop.cancel(timer_);
    }
}

void Answering::start() {
    if (response_.delay.count() > 0) {
        wait(response_.delay);
    } else {
        go_on();
    }
}

void Answering::wait(std::chrono::milliseconds time) {
    waiting_ = true;
    timer_ = serving_.loop.after(time, [this] {
        waiting_ = false;
        AnswerSink& sink = sink_;
        go_on();
        sink.flush();
    });
}

void Answering::go_on() {
    if (response_.parts == 0) {
        finish();
        return;
    }
    if (next_ == 0) {
        sink_.head(response_);
    }
    do {
        sink_.part(response_.part(next_));
        ++next_;
    } while (next_ < response_.parts && response_.interval.count() == 0);
    if (next_ < response_.parts) {
        wait(response_.interval);
    } else {
        finish();
    }
}

void Answering::finish() {
    if (response_.counted) {
        serving_.routes.metrics().count(EventLoop::Clock::now() - began_);
    }
    const Response response = std::move(response_);  // the sink may destroy this
    AnswerSink& sink = sink_;
    if (response.parts == 0) {
        sink.whole(response);
    } else {
        sink.end(response);
    }
}

}  // namespace assay::probe
