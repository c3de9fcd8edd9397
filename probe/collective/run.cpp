// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/run.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <future>

#include "probe/collective/dial.h"
#include "probe/collective/hub.h"
#include "probe/collective/nccl.h"
#include "probe/collective/take_part.h"
#include "probe/collective/tcp_ring.h"
#include "probe/exit_codes.h"

// POSIX declares it so.
extern char** environ;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

namespace assay::probe::collective {

namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

std::string host_name() {
    std::array<char, 256> name{};
    ::gethostname(name.data(), name.size() - 1);
    const std::string pod = variable("POD_NAME");
    return pod.empty() ? name.data() : pod;
}

std::vector<std::pair<std::string, std::string>> nccl_environment() {
    std::vector<std::pair<std::string, std::string>> found;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        if (text.starts_with("NCCL_") && equals != std::string_view::npos) {
            found.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return found;
}

Reason not_measured(const char* code, int rank, const std::string& text) {
    return {.code = code, .verdict = Verdict::inconclusive, .rank = rank, .text = text};
}

// What this rank brings along, whichever rank it is.
struct Setup {
    std::string secret;
    Hello hello;
    std::unique_ptr<Reception> reception;  // of the ring; none with NCCL
    std::unique_ptr<NcclBackend> nccl;     // none with the ring
};

Setup set_up(const Request& request) {
    Setup setup;
    setup.secret = request.secret;
    setup.hello = {.purpose = "control",
                   .rank = request.rank,
                   .ranks = request.ranks,
                   .ring_port = 0,
                   .host = host_name(),
                   .node = variable("NODE_NAME"),
                   .plan = request.plan()};
    if (request.nccl) {
        setup.nccl = NcclBackend::load({.rank = request.rank,
                                        .ranks = request.ranks,
                                        .device = request.device,
                                        .hang_s = request.hang_limit_s,
                                        .injection = request.injection,
                                        .nccl_library = request.nccl_library,
                                        .cuda_library = request.cuda_library});
    }
    return setup;
}

// `secret`: outlives what is returned.
std::unique_ptr<Backend> backend_of(const Request& request, Setup& setup,
                                    const std::string& rendezvous_ip) {
    if (setup.nccl) {
        return std::move(setup.nccl);
    }
    return tcp_ring({.rank = request.rank,
                     .ranks = request.ranks,
                     .hello = setup.hello,
                     .rendezvous_ip = rendezvous_ip,
                     .secret = setup.secret,
                     .hang_s = request.hang_limit_s,
                     .injection = request.injection},
                    std::move(setup.reception));
}

// False with a reason where the ring has nowhere to listen.
bool open_ring_port(const Request& request, Setup& setup, RunReport& report) {
    if (request.nccl || request.ranks == 1) {
        return true;
    }
    const int listener = listen_everywhere(0);
    if (listener < 0) {
        report.decision = decided_by({not_measured(
            "no_listener", request.rank, std::string("listening: ") + std::strerror(errno))});
        return false;
    }
    setup.reception = std::make_unique<Reception>(listener, setup.secret);
    setup.hello.ring_port = setup.reception->port();
    return true;
}

HubSettings hub_settings(const Request& request, const Setup& setup, int own_descriptor) {
    return {.ranks = request.ranks,
            .sweep = request.sweep,
            .plan = request.plan(),
            .expected_transport = request.expected_transport,
            .id = setup.nccl ? setup.nccl->fresh_id() : "",
            .join_s = request.join_limit_s,
            .hang_s = request.hang_limit_s,
            .limit_s = request.limit_s,
            .own = setup.hello,
            .own_descriptor = own_descriptor,
            .secret = setup.secret};
}

// Rank 0: keeps the rendezvous and takes part in it like the others.
void keep(const Request& request, Setup& setup, RunReport& report) {
    const int listener = listen_everywhere(request.port);
    std::array<int, 2> ends{};
    if (listener < 0 ||
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        report.decision = decided_by({not_measured(
            "no_listener", 0,
            "listening at port " + std::to_string(request.port) + ": " + std::strerror(errno))});
        return;
    }
    Hub hub(hub_settings(request, setup, ends[0]), listener);
    std::future<HubReport> kept = std::async(std::launch::async, [&hub] { return hub.run(); });
    {
        Member member(std::make_unique<Channel>(ends[1], known_limit), 0, request.hang_limit_s);
        const std::unique_ptr<Backend> backend = backend_of(request, setup, "");
        take_part(request, *backend, member);
    }
    HubReport told = kept.get();
    report.decision = std::move(told.decision);
    report.ranks = std::move(told.ranks);
    report.refused = std::move(told.refused);
    report.refused_count = told.refused_count;
}

void take_names(const std::vector<Peer>& peers, RankAccount own, RunReport& report) {
    for (const Peer& peer : peers) {
        RankAccount account;
        if (peer.rank == own.rank) {
            account = own;
        }
        account.rank = peer.rank;
        account.joined = true;
        account.host = peer.host;
        account.node = peer.node;
        account.address = peer.ip;
        report.ranks.push_back(std::move(account));
    }
}

std::string without_port(const std::string& address) {
    const std::string host = address.substr(0, address.rfind(':'));
    return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

void join(const Request& request, Setup& setup, RunReport& report) {
    const auto deadline = std::chrono::steady_clock::now() +
                          std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                              std::chrono::duration<double>(request.join_limit_s));
    Reached reached = reach(request.host, request.port, setup.secret, setup.hello, deadline);
    report.rendezvous_address = reached.address;
    if (!reached.channel) {
        const char* code = reached.answered ? "refused" : "no_rendezvous";
        const std::string who =
            "rank " + std::to_string(request.rank) + " could not join at " + request.host + ":" +
            std::to_string(request.port) +
            (reached.address.empty() ? "" : " (" + reached.address + ")") +
            (reached.answered ? "" : " within " + Json(request.join_limit_s).dump() + " s");
        report.decision =
            decided_by({not_measured(code, request.rank, who + ": " + reached.reason)});
        return;
    }
    Member member(std::move(reached.channel), request.rank, request.hang_limit_s);
    const std::unique_ptr<Backend> backend =
        backend_of(request, setup, without_port(reached.address));
    Part part = take_part(request, *backend, member);
    report.decision = std::move(part.decision);
    take_names(part.peers, std::move(part.own), report);
}

}  // namespace

RunReport run_allreduce(const Request& request) {
    RunReport report;
    report.request = request;
    Setup setup = set_up(request);
    if (open_ring_port(request, setup, report)) {
        if (request.rank == 0) {
            keep(request, setup, report);
        } else {
            join(request, setup, report);
        }
    }
    if (request.nccl) {
        report.environment = nccl_environment();
    }
    return report;
}

int exit_code_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::passed:
            return exit_done;
        case Verdict::failed:
            return exit_failed;
        case Verdict::inconclusive:
            break;
    }
    return exit_inconclusive;
}

}  // namespace assay::probe::collective
