// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What the verb `allreduce` is asked for. Values and pure functions; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "probe/collective/sweep.h"
#include "probe/document.h"
#include "probe/traffic/phase.h"

namespace assay::probe::collective {

struct Request {
    int rank = 0;
    int ranks = 0;
    std::string host;  // of the rendezvous
    std::uint16_t port = 0;
    std::string secret_file;
    std::string secret;  // what is in the file; whoever parses the request reads it
    bool nccl = false;   // else the ring over TCP
    Sweep sweep;
    std::vector<std::string> expected_transport;
    double join_limit_s = 120;
    double hang_limit_s = 30;
    double limit_s = 600;
    Injection injection;
    std::string nccl_library = "libnccl.so.2";
    std::string cuda_library = "libcuda.so.1";
    int device = 0;

    const char* backend() const { return nccl ? "nccl" : "tcp-ring"; }
    // What the ranks of one run must agree on.
    Json plan() const;
};

// The options; each is spelled with "-" for "_".
std::span<const probe::Member> request_members();

struct ParsedRequest {
    Request request;
    std::string complaint;  // "" if the request is good; else a sentence
};

// options: as request_members() names them, texts and numbers. completion_index: what
// JOB_COMPLETION_INDEX says, "" if nothing; the rank where no option gives it.
ParsedRequest parse_request(const Json& options, const std::string& completion_index);

}  // namespace assay::probe::collective
