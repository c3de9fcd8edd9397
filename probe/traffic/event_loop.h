// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// epoll and timers of one thread. What is watched is not owned and must be forgotten before it
// goes; forgetting is safe from within any callback. Throws std::system_error where the kernel
// refuses.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace assay::probe {

class Watcher {
public:
    virtual void ready(std::uint32_t events) = 0;  // EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP

protected:
    Watcher() = default;
    Watcher(const Watcher&) = default;
    Watcher& operator=(const Watcher&) = default;
    ~Watcher() = default;
};

class EventLoop {
public:
    using Clock = std::chrono::steady_clock;
    using Timer = std::pair<Clock::time_point, std::uint64_t>;

    EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;
    ~EventLoop();

    void watch(int descriptor, std::uint32_t events, Watcher& watcher);
    void change(int descriptor, std::uint32_t events, Watcher& watcher);
    void forget(int descriptor, const Watcher& watcher);

    Timer at(Clock::time_point when, std::function<void()> what);
    Timer after(std::chrono::milliseconds wait, std::function<void()> what);
    void cancel(const Timer& timer);  // also of one that is gone

    // Called after each round of events, before the next wait.
    void after_each_round(std::function<void()> what) { after_round_ = std::move(what); }

    void run();  // until stop()
    void stop() { stopped_ = true; }

private:
    int next_wait() const;  // milliseconds, -1: no timer
    void fire_timers();

    int epoll_;
    bool stopped_ = false;
    std::array<epoll_event, 128> events_{};
    int current_ = 0;  // of this round's events
    int count_ = 0;
    std::uint64_t next_timer_ = 0;
    std::map<Timer, std::function<void()>> timers_;
    std::function<void()> after_round_;
};

}  // namespace assay::probe
