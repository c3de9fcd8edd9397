// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A rank's side of the rendezvous: keeps step, tells what it is at, hears the decision. One thread;
// nothing here blocks for longer than the rendezvous speaks.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "probe/collective/account.h"
#include "probe/collective/channel.h"
#include "probe/collective/messages.h"

namespace assay::probe::collective {

// The run is over before its end. What to do with it is not the business of who computes.
class Stopped : public std::exception {
public:
    explicit Stopped(Decision decision) : decision_(std::move(decision)) {}
    const char* what() const noexcept override { return "the run was decided"; }
    const Decision& decision() const { return decision_; }

private:
    Decision decision_;
};

// This rank cannot go on; the rendezvous will be told, unless the reason has no code.
class Broken : public std::exception {
public:
    explicit Broken(Reason reason) : reason_(std::move(reason)) {}
    const char* what() const noexcept override { return reason_.text.c_str(); }
    const Reason& reason() const { return reason_; }

private:
    Reason reason_;
};

class Member {
public:
    // rank: this one. hang_s: silence of the rendezvous beyond which it counts as gone.
    Member(std::unique_ptr<Channel> channel, int rank, double hang_s);

    // Each of these throws Stopped with the rendezvous' decision, or with one of its own that
    // names rank 0 where the rendezvous is gone or silent.
    Start wait_for_start();
    void arrive(int operation);           // returns once all have
    void beat(const Standing& standing);  // cheap; sends where it is time to
    void tell(const Result& result, const Standing& standing);
    void tell(const Reason& trouble);
    void tell_finished(const Transport& transport, double init_s);

    // What comes of the run; never throws Stopped.
    Decision wait_for_decision();

    int descriptor() const { return channel_->descriptor(); }  // to wait for besides
    const Standing& standing() const { return standing_; }

private:
    using Clock = std::chrono::steady_clock;

    void wait_and_take();
    void take_what_is_there();
    void take(const std::string& message);
    [[noreturn]] void rendezvous_lost(const std::string& how) const;

    std::unique_ptr<Channel> channel_;
    int rank_;
    double hang_s_;
    std::optional<Start> start_;
    int released_ = no_rank;
    Standing standing_;
    Clock::time_point heard_;
    Clock::time_point told_;
};

}  // namespace assay::probe::collective
