// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The ranks of a run as real processes on loopback. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "probe/document.h"
#include "tests/unit/probe/child_process.h"

namespace assay::probe::collective {

// What one rank ended with.
struct RankEnd {
    int code = -1;
    std::string err;
    Json document;
    std::string summary;  // of its termination message
};

class Ranks {
public:
    // Every rank gets these options besides rank, rendezvous and secret. `environment`:
    // "NAME=value", nothing else.
    Ranks(int ranks, std::vector<std::string> options, std::vector<std::string> environment = {});
    Ranks(const Ranks&) = delete;
    Ranks& operator=(const Ranks&) = delete;
    ~Ranks();

    // Starts one with options that outweigh the others, e.g. {{"--secret-file", other_secret()}}.
    void start(int rank, const std::map<std::string, std::string>& instead = {});
    void start_all();
    // Starts a process that says it is this rank, beside the real one; returns its index for end().
    int start_another(int rank, const std::map<std::string, std::string>& instead = {});

    // Waits until the rank has its connections in the ring: the run has begun.
    void wait_until_in_the_ring(int rank) const;
    // Waits until one of the two has ended, without taking its end.
    void wait_until_one_ended(int one, int other) const;
    void signal(int rank, int signal) const;
    pid_t pid(int rank) const { return processes_.at(static_cast<std::size_t>(rank))->pid(); }

    // Waits for its end; holds its document and summary against the schema.
    RankEnd end(int index);

    std::string other_secret() const { return folder_ + "/other"; }
    std::uint16_t port() const { return port_; }

private:
    std::unique_ptr<ChildProcess> process(int rank, const std::string& message,
                                          const std::map<std::string, std::string>& instead) const;

    int ranks_;
    std::vector<std::string> options_;
    std::vector<std::string> environment_;
    std::string folder_ = "/tmp/assay-ranks-XXXXXX";
    std::uint16_t port_;
    std::vector<std::unique_ptr<ChildProcess>> processes_;
};

// Of a document's reasons, "code rank".
std::vector<std::string> reasons_in(const Json& document);

}  // namespace assay::probe::collective
