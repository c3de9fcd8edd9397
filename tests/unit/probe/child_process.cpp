// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/probe/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace assay::probe {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (const std::string& string : strings) {
        result.push_back(const_cast<char*>(string.c_str()));
    }
    result.push_back(nullptr);
    return result;
}

// fork(2), or the same into a new PID namespace.
pid_t fork_as(ChildProcess::As as) {
    const unsigned long flags = SIGCHLD | (as == ChildProcess::As::pid_1 ? CLONE_NEWPID : 0UL);
    return static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr));
}

// Reads once; false at the end.
bool append_from(int descriptor, std::string& text) {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count > 0) {
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return count > 0;
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& argv,
                           const std::vector<std::string>& environment, As as) {
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error("no pipe");
    }
    const std::vector<char*> arguments = pointers(argv);
    const std::vector<char*> variables = pointers(environment);
    pid_ = fork_as(as);
    if (pid_ == 0) {
        ::dup2(out[1], STDOUT_FILENO);
        ::dup2(err[1], STDERR_FILENO);
        ::execve(arguments[0], arguments.data(), variables.data());
        ::_exit(127);
    }
    ::close(out[1]);
    ::close(err[1]);
    out_ = out[0];
    err_ = err[0];
    if (pid_ < 0) {
        throw std::runtime_error("no child process");
    }
}

ChildProcess::~ChildProcess() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    ::close(out_);
    ::close(err_);
}

std::string ChildProcess::read_line() {
    std::size_t end = std::string::npos;
    while ((end = pending_.find('\n')) == std::string::npos) {
        if (!append_from(out_, pending_)) {
            return "";
        }
    }
    const std::string line = pending_.substr(0, end);
    pending_.erase(0, end + 1);
    return line;
}

Finished ChildProcess::wait() {
    Finished finished;
    finished.out = pending_;
    std::array<pollfd, 2> ends = {pollfd{.fd = out_, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = err_, .events = POLLIN, .revents = 0}};
    while (ends[0].fd >= 0 || ends[1].fd >= 0) {
        ::poll(ends.data(), ends.size(), -1);
        if (ends[0].revents != 0 && !append_from(out_, finished.out)) {
            ends[0].fd = -1;
        }
        if (ends[1].revents != 0 && !append_from(err_, finished.err)) {
            ends[1].fd = -1;
        }
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    finished.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return finished;
}

bool may_be_pid_1() {
    const pid_t child = fork_as(ChildProcess::As::pid_1);
    if (child == 0) {
        ::_exit(0);
    }
    if (child > 0) {
        ::waitpid(child, nullptr, 0);
    }
    return child > 0;
}

Finished run(const std::vector<std::string>& argv, const std::vector<std::string>& environment) {
    return ChildProcess(argv, environment).wait();
}

}  // namespace assay::probe
