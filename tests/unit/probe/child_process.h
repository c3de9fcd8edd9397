// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A child process of a test: started with its output in pipes, ended with the object. One thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace assay::probe {

struct Finished {
    int code = -1;  // exit code; 128 + signal if a signal ended it
    std::string out;
    std::string err;
};

class ChildProcess {
public:
    enum class As { child, pid_1 };

    // `environment`: "NAME=value", nothing else. As pid_1 of a namespace of its own needs root.
    ChildProcess(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
                 As as = As::child);
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess();

    pid_t pid() const { return pid_; }
    std::string read_line();  // without its newline; "" at the end of the output
    Finished wait();

private:
    pid_t pid_ = -1;
    int out_ = -1;
    int err_ = -1;
    std::string pending_;
};

// Whether this process may make PID namespaces.
bool may_be_pid_1();

Finished run(const std::vector<std::string>& argv,
             const std::vector<std::string>& environment = {});

}  // namespace assay::probe
