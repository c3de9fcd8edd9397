// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/traffic/event_loop.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace assay::probe {

namespace {

void require(bool good, const char* what) {
    if (!good) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

}  // namespace

EventLoop::EventLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    require(epoll_ >= 0, "epoll_create1");
}

EventLoop::~EventLoop() {
    ::close(epoll_);
}

void EventLoop::watch(int descriptor, std::uint32_t events, Watcher& watcher) {
    epoll_event event{.events = events, .data = {.ptr = &watcher}};
    require(::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
}

void EventLoop::change(int descriptor, std::uint32_t events, Watcher& watcher) {
    epoll_event event{.events = events, .data = {.ptr = &watcher}};
    require(::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event) == 0, "epoll_ctl");
}

void EventLoop::forget(int descriptor, const Watcher& watcher) {
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
    for (int index = current_; index < count_; ++index) {
        epoll_event& event = events_.at(static_cast<std::size_t>(index));
        if (event.data.ptr == &watcher) {
            event.data.ptr = nullptr;
        }
    }
}

EventLoop::Timer EventLoop::at(Clock::time_point when, std::function<void()> what) {
    const Timer timer(when, next_timer_++);
    timers_.emplace(timer, std::move(what));
    return timer;
}

EventLoop::Timer EventLoop::after(std::chrono::milliseconds wait, std::function<void()> what) {
    return at(Clock::now() + wait, std::move(what));
}

void EventLoop::cancel(const Timer& timer) {
    timers_.erase(timer);
}

int EventLoop::next_wait() const {
    if (timers_.empty()) {
        return -1;
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first.first - Clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void EventLoop::fire_timers() {
    const Clock::time_point now = Clock::now();
    while (!timers_.empty() && timers_.begin()->first.first <= now) {
        const std::function<void()> what = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
        what();
    }
}

void EventLoop::run() {
    while (!stopped_) {
        count_ =
            ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), next_wait());
        require(count_ >= 0 || errno == EINTR, "epoll_wait");
        for (current_ = 0; current_ < count_; ++current_) {
            const epoll_event& event = events_.at(static_cast<std::size_t>(current_));
            if (event.data.ptr != nullptr) {
                static_cast<Watcher*>(event.data.ptr)->ready(event.events);
            }
        }
        count_ = 0;
        fire_timers();
        if (after_round_) {
            after_round_();
        }
    }
}

}  // namespace assay::probe
