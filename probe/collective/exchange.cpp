// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/exchange.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace assay::probe::collective {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t at_once = std::size_t{1024} * 1024;  // so that neither direction starves
constexpr std::chrono::milliseconds between_beats{20};     // beat() costs a system call or two

double us_since(Clock::time_point then) {
    return std::chrono::duration<double, std::micro>(Clock::now() - then).count();
}

// Head and data of one message as one row of bytes.
template <typename Byte>
class Row {
public:
    Row(std::span<Byte> head, std::span<Byte> data) : head_(head), data_(data) {}

    std::size_t size() const { return head_.size() + data_.size(); }
    std::size_t done() const { return done_; }
    bool whole() const { return done_ == size(); }
    void advance(std::size_t count) { done_ += count; }
    // What is next, as far as it lies together.
    std::span<Byte> rest() const {
        const std::span<Byte> all =
            done_ < head_.size() ? head_.subspan(done_) : data_.subspan(done_ - head_.size());
        return all.first(std::min(all.size(), at_once));
    }

private:
    std::span<Byte> head_;
    std::span<Byte> data_;
    std::size_t done_ = 0;
};

class Step {
public:
    Step(const Exchange& what, const Ring& ring, Links& links, Member& member)
        : what_(what),
          ring_(ring),
          links_(links),
          member_(member),
          out_head_(head(what.out.size())),
          out_(std::as_bytes(std::span(&out_head_, 1)), what.out),
          in_(std::as_writable_bytes(std::span(&in_head_, 1)), what.in),
          moved_(Clock::now()),
          beaten_(Clock::now()) {}

    double run() {
        double waited_us = 0;
        while (!out_.whole() || !in_.whole()) {
            const bool sent = send_some();
            const bool received = receive_some();
            if (sent || received) {
                moved_ = Clock::now();
                if (moved_ - beaten_ < between_beats) {
                    continue;
                }
            } else {
                waited_us += wait();
            }
            beat();
        }
        return waited_us;
    }

private:
    StepHead head(std::size_t bytes) const {
        StepHead head;
        head.operation = static_cast<std::uint32_t>(what_.operation);
        head.step = static_cast<std::uint32_t>(what_.step);
        head.bytes = bytes;
        return head;
    }

    [[noreturn]] void broken(const char* code, int about, const std::string& what) const {
        throw Broken({.code = code,
                      .verdict = Verdict::failed,
                      .rank = about,
                      .text = what + ", in step " + std::to_string(what_.step) + " of operation " +
                              std::to_string(what_.operation) + " (told by rank " +
                              std::to_string(ring_.rank) + ")"});
    }

    static bool only_later(int error) { return error == EAGAIN || error == EINTR; }

    bool send_some() {
        if (out_.whole()) {
            return false;
        }
        if (what_.cut && out_.done() >= out_.size() / 2) {
            links_.close_both();
            throw Broken({});  // told to nobody: the others must find it
        }
        const std::span<const std::byte> rest = out_.rest();
        const std::size_t size =
            what_.cut ? std::min(rest.size(), out_.size() / 2 - out_.done()) : rest.size();
        const ssize_t count = ::send(links_.to_next(), rest.data(), size, MSG_NOSIGNAL);
        if (count >= 0) {
            out_.advance(static_cast<std::size_t>(count));
        } else if (!only_later(errno)) {
            const int error = errno;
            // Of two ranks both neighbours are one: that it cut its message says more.
            while (receive_some()) {
            }
            broken("ring_broken", ring_.next(),
                   "the connection to rank " + std::to_string(ring_.next()) +
                       " broke: " + std::strerror(error));
        }
        return count > 0;
    }

    bool receive_some() {
        if (in_.whole()) {
            return false;
        }
        const std::span<std::byte> rest = in_.rest();
        const ssize_t count = ::recv(links_.from_previous(), rest.data(), rest.size(), 0);
        if (count > 0) {
            in_.advance(static_cast<std::size_t>(count));
            check_head();
            return true;
        }
        if (count == 0) {
            broken("cut_message", ring_.previous(),
                   "rank " + std::to_string(ring_.previous()) + " cut its message after " +
                       std::to_string(in_.done()) + " of " + std::to_string(in_.size()) + " bytes");
        }
        if (!only_later(errno)) {
            broken("ring_broken", ring_.previous(),
                   "the connection from rank " + std::to_string(ring_.previous()) +
                       " broke: " + std::strerror(errno));
        }
        return false;
    }

    void check_head() {
        if (in_.done() < sizeof in_head_ || checked_) {
            return;
        }
        const StepHead wanted = head(what_.in.size());
        if (std::memcmp(&wanted, &in_head_, sizeof wanted) != 0) {
            broken("ring_broken", ring_.previous(),
                   "rank " + std::to_string(ring_.previous()) + " is out of step: it sent step " +
                       std::to_string(in_head_.step) + " of operation " +
                       std::to_string(in_head_.operation));
        }
        checked_ = true;
    }

    double wait() const {
        const Clock::time_point from = Clock::now();
        wait_for({{out_.whole() ? -1 : links_.to_next(), POLLOUT},
                  {in_.whole() ? -1 : links_.from_previous(), POLLIN},
                  {member_.descriptor(), POLLIN}},
                 static_cast<int>(beat_period(ring_.hang_s).count()));
        return us_since(from);
    }

    void beat() {
        beaten_ = Clock::now();
        member_.beat({.operation = what_.operation,
                      .step = what_.step,
                      .waits_for = in_.whole() ? ring_.next() : ring_.previous(),
                      .idle_s = us_since(moved_) / 1e6});
    }

    const Exchange& what_;
    const Ring& ring_;
    Links& links_;
    Member& member_;
    StepHead out_head_;
    StepHead in_head_{};
    bool checked_ = false;
    Row<const std::byte> out_;
    Row<std::byte> in_;
    Clock::time_point moved_;
    Clock::time_point beaten_;
};

}  // namespace

double exchange(const Exchange& what, const Ring& ring, Links& links, Member& member) {
    return Step(what, ring, links, member).run();
}

}  // namespace assay::probe::collective
