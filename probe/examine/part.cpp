// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/examine/part.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace assay::probe::examine {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int cannot_execute = 127;  // as shells say it
// A document has at most 64 KiB; who prints more is none of ours.
constexpr std::size_t output_at_most = 256U * 1024;

[[noreturn]] void become(const std::string& program, const std::vector<std::string>& arguments,
                         int output, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // never outlives whom it works for
    if (::getppid() != parent || ::dup2(output, STDOUT_FILENO) < 0) {
        ::_exit(cannot_execute);
    }
    std::vector<char*> argv;
    argv.push_back(const_cast<char*>(program.c_str()));
    for (const std::string& one : arguments) {
        argv.push_back(const_cast<char*>(one.c_str()));
    }
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
    ::_exit(cannot_execute);
}

// What it prints until it closes its output. False if it took too long.
bool read_all(int from, steady_clock::time_point deadline, std::string& text) {
    for (;;) {
        const auto left =
            std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()).count();
        if (left <= 0) {
            return false;
        }
        pollfd one{.fd = from, .events = POLLIN, .revents = 0};
        if (::poll(&one, 1, static_cast<int>(left)) <= 0) {
            continue;
        }
        std::array<char, 4096> chunk{};
        const ssize_t count = ::read(from, chunk.data(), chunk.size());
        if (count == 0 || (count < 0 && errno != EINTR)) {
            return true;
        }
        if (count > 0 && text.size() < output_at_most) {
            text.append(chunk.data(), static_cast<std::size_t>(count));
        }
    }
}

Json last_document(const std::string& text) {
    std::size_t end = text.size();
    while (end > 0) {
        const std::size_t newline = text.rfind('\n', end - 1);
        const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
        Json document = Json::parse(text.substr(begin, end - begin), nullptr, false);
        if (document.is_object() && document.contains("schema")) {
            return document;
        }
        if (begin == 0) {
            break;
        }
        end = begin - 1;
    }
    return {};
}

std::string words_for(int status) {
    if (WIFSIGNALED(status)) {
        return "was ended by signal " + std::to_string(WTERMSIG(status));
    }
    return "ended with exit code " + std::to_string(WEXITSTATUS(status)) +
           " and without a document";
}

}  // namespace

Part run_part(const std::string& program, const std::vector<std::string>& arguments,
              milliseconds limit) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe");
    }
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (child == 0) {
        become(program, arguments, ends[1], parent);
    }
    ::close(ends[1]);
    std::string text;
    const bool in_time = read_all(ends[0], steady_clock::now() + limit, text);
    ::close(ends[0]);
    if (!in_time) {
        ::kill(child, SIGKILL);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!in_time) {
        return {.document = {},
                .trouble = "took longer than " +
                           std::to_string(
                               std::chrono::duration_cast<std::chrono::seconds>(limit).count()) +
                           " s and was ended"};
    }
    Json document = last_document(text);
    return {.document = document, .trouble = document.is_null() ? words_for(status) : ""};
}

}  // namespace assay::probe::examine
