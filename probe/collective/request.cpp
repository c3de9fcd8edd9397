// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/request.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "probe/collective/greeting.h"

namespace assay::probe::collective {

namespace {

using Type = probe::Member::Type;

constexpr double bytes_most = 64.0 * 1024 * 1024 * 1024;

constexpr std::array<probe::Member, 19> members = {{
    {"rank", Type::number, "Which of the ranks this is (default: JOB_COMPLETION_INDEX)"},
    {"ranks", Type::number, "How many there are, 1 to 1024"},
    {"rendezvous", Type::text,
     "HOST:PORT: where rank 0 listens (on every address of its own, at this port) and the others "
     "connect to, [HOST]:PORT for an IPv6 address"},
    {"secret_file", Type::text, "A file with the secret of this run, 16 to 4096 bytes"},
    {"backend", Type::text, "nccl or tcp-ring (on the processor; default tcp-ring)"},
    {"min_bytes", Type::number, "The smallest size (default 65536)"},
    {"max_bytes", Type::number, "The largest size (default 16777216)"},
    {"factor", Type::number, "From one size to the next, 2 to 1024 (default 16)"},
    {"iterations", Type::number, "Of each size, timed, 5 to 100 (default 5)"},
    {"warmup", Type::number, "Of each size, not timed, 0 to 100 (default 1)"},
    {"expect_transport", Type::text,
     "By which ways the ranks must be connected, each used and no other, with commas between: "
     "NET/IB,P2P/CUMEM"},
    {"join_limit_s", Type::number, "Until every rank must have joined (default 120)"},
    {"hang_limit_s", Type::number,
     "Without a word of a rank, or with no data moving, until the run ends and names who it is "
     "(default 30)"},
    {"limit_s", Type::number, "Of the whole run once all have joined (default 600)"},
    {"inject", Type::text,
     "A fault to see found: wrong-rank, skip-chunk, bitflip, slow-rank, cut-message, "
     "stale-buffer"},
    {"inject_rank", Type::number,
     "Which rank commits it (default 1, the only one if there is one)"},
    {"device", Type::number, "nccl: which CUDA device (default 0)"},
    {"nccl_library", Type::text, "nccl: the library to load (default libnccl.so.2)"},
    {"cuda_library", Type::text, "nccl: the driver's library to load (default libcuda.so.1)"},
}};

// What is wrong with a request; caught in parse_request.
class Complaint : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

std::string option(const char* member) {
    std::string name = "--" + std::string(member);
    for (char& letter : name) {
        letter = letter == '_' ? '-' : letter;
    }
    return name;
}

std::string text_or(const Json& options, const char* member, const std::string& fallback) {
    return options.contains(member) ? options[member].get<std::string>() : fallback;
}

double number_or(const Json& options, const char* member, double fallback, double least,
                 double most) {
    const double value = options.contains(member) ? options[member].get<double>() : fallback;
    if (!(value >= least && value <= most)) {
        throw Complaint(option(member) + " must be a number from " + Json(least).dump() + " to " +
                        Json(most).dump());
    }
    return value;
}

template <typename Integer>
Integer count_or(const Json& options, const char* member, Integer fallback, double least,
                 double most) {
    const double value = number_or(options, member, static_cast<double>(fallback), least, most);
    if (value != std::floor(value)) {
        throw Complaint(option(member) + " must be a whole number");
    }
    return static_cast<Integer>(value);
}

void take_rank(const Json& options, const std::string& completion_index, Request& request) {
    if (!options.contains("ranks")) {
        throw Complaint("--ranks is missing: how many take part");
    }
    request.ranks = count_or(options, "ranks", 1, 1, ranks_most);
    if (options.contains("rank")) {
        request.rank = count_or(options, "rank", 0, 0, 1e6);
    } else {
        const char* end = completion_index.data() + completion_index.size();
        const auto [stopped, error] = std::from_chars(completion_index.data(), end, request.rank);
        if (completion_index.empty() || error != std::errc() || stopped != end) {
            throw Complaint("--rank is missing, and JOB_COMPLETION_INDEX says none");
        }
    }
    if (request.rank < 0) {
        throw Complaint("--rank must not be negative");
    }
    // One out of range is left to rank 0 to refuse, so that its document names who that was.
}

void take_rendezvous(const Json& options, Request& request) {
    const std::string text = text_or(options, "rendezvous", "");
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) {
        throw Complaint("--rendezvous must be HOST:PORT");
    }
    request.host = text.substr(0, colon);
    if (request.host.starts_with('[') && request.host.ends_with(']')) {
        request.host = request.host.substr(1, request.host.size() - 2);
    }
    const std::string port = text.substr(colon + 1);
    const auto [stopped, error] =
        std::from_chars(port.data(), port.data() + port.size(), request.port);
    if (error != std::errc() || stopped != port.data() + port.size() || request.port == 0) {
        throw Complaint("--rendezvous: \"" + port + "\" is no port");
    }
    request.secret_file = text_or(options, "secret_file", "");
    if (request.secret_file.empty()) {
        throw Complaint("--secret-file is missing");
    }
}

void take_sweep(const Json& options, Sweep& sweep) {
    sweep.min_bytes = count_or(options, "min_bytes", sweep.min_bytes, element_size, bytes_most);
    sweep.max_bytes = count_or(options, "max_bytes", sweep.max_bytes, element_size, bytes_most);
    sweep.factor = count_or(options, "factor", sweep.factor, 2, 1024);
    sweep.iterations =
        count_or(options, "iterations", sweep.iterations, iterations_least, iterations_most);
    sweep.warmup = count_or(options, "warmup", sweep.warmup, 0, iterations_most);
    if (sweep.min_bytes > sweep.max_bytes) {
        throw Complaint("--min-bytes must not be more than --max-bytes");
    }
}

void take_expected(const Json& options, Request& request) {
    const std::string text = text_or(options, "expect_transport", "");
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        if (comma > at) {
            request.expected_transport.push_back(text.substr(at, comma - at));
        }
        at = comma + 1;
    }
}

void take_injection(const Json& options, Request& request) {
    request.injection.operation = struck_operation(request.sweep);
    request.injection.rank =
        count_or(options, "inject_rank", request.ranks > 1 ? 1 : 0, 0, request.ranks - 1);
    const std::string name = text_or(options, "inject", "");
    if (name.empty()) {
        return;
    }
    const std::optional<Fault> fault = fault_named(name);
    if (!fault) {
        throw Complaint("--inject: no fault is called \"" + name + "\"");
    }
    if (*fault == Fault::cut_message && request.nccl) {
        throw Complaint(
            "--inject cut-message is of --backend tcp-ring: NCCL's messages are its own");
    }
    request.injection.fault = *fault;
}

Request parsed(const Json& options, const std::string& completion_index) {
    Request request;
    take_rank(options, completion_index, request);
    take_rendezvous(options, request);
    const std::string backend = text_or(options, "backend", "tcp-ring");
    if (backend != "nccl" && backend != "tcp-ring") {
        throw Complaint("--backend must be nccl or tcp-ring");
    }
    request.nccl = backend == "nccl";
    take_sweep(options, request.sweep);
    take_expected(options, request);
    request.join_limit_s = number_or(options, "join_limit_s", request.join_limit_s, 0.1, 3600);
    request.hang_limit_s = number_or(options, "hang_limit_s", request.hang_limit_s, 0.5, 3600);
    request.limit_s = number_or(options, "limit_s", request.limit_s, 1, 86400);
    take_injection(options, request);
    request.device = count_or(options, "device", request.device, 0, 1023);
    request.nccl_library = text_or(options, "nccl_library", request.nccl_library);
    request.cuda_library = text_or(options, "cuda_library", request.cuda_library);
    return request;
}

}  // namespace

Json Request::plan() const {
    Json plan = sweep.json();
    plan["backend"] = backend();
    plan["hang_limit_s"] = hang_limit_s;
    return plan;
}

std::span<const probe::Member> request_members() {
    return members;
}

ParsedRequest parse_request(const Json& options, const std::string& completion_index) {
    try {
        return {.request = parsed(options, completion_index), .complaint = ""};
    } catch (const Complaint& complaint) {
        return {.request = {}, .complaint = std::string("allreduce: ") + complaint.what()};
    }
}

}  // namespace assay::probe::collective
