// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>

namespace assay::kube {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t max_output_bytes = 1024 * 1024;

// A file descriptor that is closed with its owner.
class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_(number) {}
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;

    void close() {
        if (number_ >= 0) {
            ::close(number_);
        }
        number_ = -1;
    }
    void take(int number) {
        close();
        number_ = number;
    }
    int number() const { return number_; }

private:
    int number_;
};

struct Pipe {
    bool open() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            return false;
        }
        reading.take(ends[0]);
        writing.take(ends[1]);
        return ::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
    }
    // False at the end of it.
    bool drain(std::string& into) const {
        std::array<char, 16384> buffer{};
        for (;;) {
            const ssize_t got = ::read(reading.number(), buffer.data(), buffer.size());
            if (got <= 0) {
                return got < 0 && (errno == EAGAIN || errno == EINTR);
            }
            const std::size_t room = max_output_bytes - std::min(max_output_bytes, into.size());
            into.append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
        }
    }

    Descriptor reading;
    Descriptor writing;
};

std::vector<char*> pointers_to(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

Error cannot_start(const std::string& program, int error_number) {
    return {
        Error::Kind::config, 0, "",
        fmt::format("cannot start {}: {}", program, std::generic_category().message(error_number))};
}

class Child {
public:
    Child() = default;
    ~Child() { end(); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child(Child&&) = delete;
    Child& operator=(Child&&) = delete;

    Result<void> start(std::vector<std::string>& argv, std::vector<std::string>& environment,
                       std::string_view input);
    Result<ChildOutput> wait(const Limit& limit);

private:
    // Kills the whole group: a plugin may be a script that waits for a program of its own.
    void end() {
        if (process_ > 0) {
            ::kill(-process_, SIGKILL);
            int ignored = 0;
            while (::waitpid(process_, &ignored, 0) < 0 && errno == EINTR) {
            }
        }
        process_ = -1;
    }
    bool exited() const;
    ChildOutput collected();

    pid_t process_ = -1;
    Descriptor ended_;  // readable once the process has ended
    Pipe out_;
    Pipe error_;
    ChildOutput output_;
};

// A file in memory that holds the text, read from its beginning.
bool fill(Descriptor& file, std::string_view text) {
    file.take(::memfd_create("input", MFD_CLOEXEC));
    return file.number() >= 0 &&
           ::write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
           ::lseek(file.number(), 0, SEEK_SET) == 0;
}

// What this process has open is none of the child's business.
void keep_to_ourselves(posix_spawn_file_actions_t& actions) {
    constexpr int first = STDERR_FILENO + 1;
#ifdef __GLIBC__
    ::posix_spawn_file_actions_addclosefrom_np(&actions, first);
#else  // musl knows no such action; that one of them is closed by then is no error
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
        if (const int open = std::atoi(entry.path().filename().c_str()); open >= first) {
            ::posix_spawn_file_actions_addclose(&actions, open);
        }
    }
#endif
}

Result<void> Child::start(std::vector<std::string>& argv, std::vector<std::string>& environment,
                          std::string_view input) {
    const std::string& program = argv.front();
    Descriptor in;
    if (!out_.open() || !error_.open() || !fill(in, input)) {
        return std::unexpected(cannot_start(program, errno));
    }
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in.number(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out_.writing.number(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, error_.writing.number(), STDERR_FILENO);
    keep_to_ourselves(actions);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    const int failed = ::posix_spawnp(&process_, program.c_str(), &actions, &attributes,
                                      pointers_to(argv).data(), pointers_to(environment).data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    out_.writing.close();
    error_.writing.close();
    if (failed != 0) {
        process_ = -1;
        return std::unexpected(cannot_start(program, failed));
    }
    // Not pidfd_open(): the header of glibc 2.36 forgot extern "C".
    ended_.take(static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)));
    return ended_.number() >= 0 ? Result<void>{} : std::unexpected(cannot_start(program, errno));
}

bool Child::exited() const {
    pollfd asked{ended_.number(), POLLIN, 0};
    return ::poll(&asked, 1, 0) == 1;
}

ChildOutput Child::collected() {
    out_.drain(output_.out);
    error_.drain(output_.error);
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    output_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return std::move(output_);
}

Result<ChildOutput> Child::wait(const Limit& limit) {
    const Descriptor stopped(::eventfd(0, EFD_CLOEXEC));
    const std::stop_callback wake(limit.stop, [&stopped] { ::eventfd_write(stopped.number(), 1); });
    std::array<pollfd, 4> asked{{{out_.reading.number(), POLLIN, 0},
                                 {error_.reading.number(), POLLIN, 0},
                                 {ended_.number(), POLLIN, 0},
                                 {stopped.number(), POLLIN, 0}}};
    // What has ended is drained even when a child of its own still holds the pipes open.
    while (!exited()) {
        if (limit.stop.stop_requested()) {
            return std::unexpected(Error{Error::Kind::cancelled, 0, "", "cancelled"});
        }
        const auto left =
            std::chrono::ceil<milliseconds>(limit.deadline - steady_clock::now()).count();
        if (left <= 0) {
            return std::unexpected(Error{Error::Kind::timeout, 0, "", "it takes too long"});
        }
        constexpr long long longest = 3'600'000;
        ::poll(asked.data(), asked.size(), static_cast<int>(std::min<long long>(left, longest)));
        if (!out_.drain(output_.out)) {
            asked[0].fd = -1;
        }
        if (!error_.drain(output_.error)) {
            asked[1].fd = -1;
        }
    }
    return collected();
}

}  // namespace

Result<ChildOutput> output_of(std::vector<std::string> argv, std::vector<std::string> environment,
                              const Limit& limit, std::string_view input) {
    Child child;
    if (const auto started = child.start(argv, environment, input); !started) {
        return std::unexpected(started.error());
    }
    return child.wait(limit);
}

}  // namespace assay::kube
