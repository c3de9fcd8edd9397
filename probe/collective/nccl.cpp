// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/collective/nccl.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>
#include <future>
#include <thread>

#include "probe/collective/cuda_buffers.h"
#include "probe/collective/nccl_log.h"
#include "probe/collective/schedule.h"
#include "probe/collective/seal.h"

namespace assay::probe::collective {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int nccl_success = 0;
constexpr int nccl_remote_error = 6;
constexpr int nccl_in_progress = 7;
constexpr int nccl_float = 7;
constexpr int nccl_sum = 0;
constexpr std::chrono::milliseconds slow_rank_pause_nccl{30};
constexpr std::chrono::microseconds between_looks{20};
constexpr std::chrono::seconds abort_limit{10};
// In hang limits: the first connection takes long; in an operation the rendezvous decides earlier.
constexpr double init_limits = 4;
constexpr double launch_limits = 3;

// ncclUniqueId
struct UniqueId {
    char internal[128];
};

// ncclConfig_t as NCCL 2.14 had it. A later NCCL takes the members behind from its defaults: it
// reads `size` bytes, and looks at `version` before it believes a member.
struct Config {
    std::size_t size = sizeof(Config);
    unsigned magic = 0xcafebeef;
    unsigned version = 21400;
    int blocking = 0;
};
static_assert(sizeof(Config) == 24);

double us_after(Clock::time_point from) {
    return std::chrono::duration<double, std::micro>(Clock::now() - from).count();
}

class Nccl : public NcclBackend {
public:
    explicit Nccl(NcclSettings settings)
        : settings_(std::move(settings)),
          nccl_(settings_.nccl_library),
          cuda_(settings_.cuda_library),
          buffers_(cuda_) {}
    Nccl(const Nccl&) = delete;
    Nccl& operator=(const Nccl&) = delete;
    ~Nccl() override { abort(); }

    std::string fresh_id() override {
        UniqueId id{};
        if (nccl_.call("ncclGetUniqueId", &id) != nccl_success) {
            return "";
        }
        return to_hex({id.internal, sizeof id.internal});
    }

    void start(const Start& start, const Sweep& sweep, Member& member) override {
        if (!nccl_.loaded()) {
            broken("nccl_absent", Verdict::inconclusive, nccl_.complaint());
        }
        if (!cuda_.loaded()) {
            broken("cuda_absent", Verdict::inconclusive, cuda_.complaint());
        }
        require(buffers_.open(settings_.device), "cuda_absent", Verdict::inconclusive);
        require(buffers_.allocate(sweep.sizes().back()), "cuda_error", Verdict::inconclusive);
        std::string bytes;
        UniqueId id{};
        if (!from_hex(start.id, bytes) || bytes.size() != sizeof id.internal) {
            broken("nccl_absent", Verdict::inconclusive, "rank 0's NCCL gave no id");
        }
        std::memcpy(id.internal, bytes.data(), bytes.size());
        connect(id, member);
    }

    void prepare(const Operation& operation, std::span<const float> input,
                 std::span<float> output) override {
        const std::span<const float> given = with_fault(operation, input);
        output_ = output;
        require(buffers_.copy_in(given, operation.in_place ? given : output), "cuda_error",
                Verdict::failed);
    }

    Timing run(const Operation& operation, Member& member) override {
        const Clock::time_point from = Clock::now();
        if (strikes(Fault::slow_rank, operation)) {
            std::this_thread::sleep_for(slow_rank_pause_nccl);
        }
        require(buffers_.record_begin(), "cuda_error", Verdict::failed);
        const void* in = operation.in_place ? buffers_.output() : buffers_.input();
        void* out = buffers_.output();
        void* stream = buffers_.stream();
        const int result = nccl_.call("ncclAllReduce", in, out, operation.elements(), nccl_float,
                                      nccl_sum, comm_, stream);
        const double own_us = us_after(from);  // from here on it may wait for others
        settle("ncclAllReduce", result, operation.number, settings_.hang_s * launch_limits, member);
        require(buffers_.record_end(), "cuda_error", Verdict::failed);
        wait_for_end(operation.number, member);
        return {.time_us = std::max(buffers_.elapsed_us(), own_us), .own_us = own_us};
    }

    void fetch(const Operation& /*operation*/) override {
        require(buffers_.copy_out(output_), "cuda_error", Verdict::failed);
    }

    std::optional<Blame> blame(const Operation& /*operation*/, Member& /*member*/) override {
        return std::nullopt;
    }

    Transport transport() override { return transport_in_log(log_.text()); }

private:
    bool strikes(Fault fault, const Operation& operation) const {
        return settings_.injection.strikes(fault, settings_.rank, operation.number);
    }

    // What this rank puts in, with the fault it is to commit.
    std::span<const float> with_fault(const Operation& operation, std::span<const float> input) {
        const bool skip = strikes(Fault::skip_chunk, operation);
        const bool flip = strikes(Fault::bitflip, operation);
        if (!skip && !flip) {
            return input;
        }
        faulty_.assign(input.begin(), input.end());
        if (skip) {
            const Chunk chunk = chunk_of(input.size(), settings_.ranks, 0);
            std::fill_n(faulty_.begin() + static_cast<std::ptrdiff_t>(chunk.first), chunk.count,
                        0.0F);
        } else {
            float& hit = faulty_[faulty_.size() / 2];
            hit = std::bit_cast<float>(std::bit_cast<std::uint32_t>(hit) ^ (1U << 20U));
        }
        return faulty_;
    }

    void connect(const UniqueId& id, Member& member) {
        Config config;
        const int result = nccl_.call("ncclCommInitRankConfig", &comm_, settings_.ranks, id,
                                      settings_.rank, &config);
        settle("ncclCommInitRankConfig", result, no_rank, settings_.hang_s * init_limits, member);
    }

    // The communicator does not block: a call may only begin what NCCL goes on with by itself.
    void settle(const char* function, int result, int operation, double limit_s, Member& member) {
        const Clock::time_point from = Clock::now();
        while (result == nccl_in_progress) {
            if (us_after(from) > limit_s * 1e6) {
                broken(
                    "nccl_error", Verdict::failed,
                    std::string(function) + " did not end within " + Json(limit_s).dump() + " s");
            }
            // Of an operation the rendezvous counts the idle time and decides; connecting has no
            // such.
            look(operation, operation == no_rank ? 0 : us_after(from) / 1e6, member);
            result = state();
        }
        if (result != nccl_success) {
            failed(function, result);
        }
    }

    void wait_for_end(int operation, Member& member) {
        const Clock::time_point from = Clock::now();
        std::string wrong;
        while (!buffers_.ended(wrong)) {
            require(wrong, "cuda_error", Verdict::failed);
            if (const int result = state(); result != nccl_success && result != nccl_in_progress) {
                failed("the all-reduce", result);
            }
            look(operation, us_after(from) / 1e6, member);
        }
    }

    int state() const {
        int state = nccl_success;
        const int result = nccl_.call("ncclCommGetAsyncError", comm_, &state);
        return result == nccl_success ? state : result;
    }

    static void look(int operation, double idle_s, Member& member) {
        member.beat({.operation = operation, .step = 0, .waits_for = no_rank, .idle_s = idle_s});
        std::this_thread::sleep_for(between_looks);
    }

    [[noreturn]] void failed(const char* function, int result) {
        using ErrorString = const char* (*)(int);
        const auto entry = reinterpret_cast<ErrorString>(nccl_.find("ncclGetErrorString"));
        const std::string words = entry != nullptr && result != function_missing
                                      ? entry(result)
                                      : "the library lacks this function";
        throw Broken({.code = "nccl_error",
                      .verdict = Verdict::failed,
                      // Another's end is its own: who that was the rendezvous sees.
                      .rank = result == nccl_remote_error ? no_rank : settings_.rank,
                      .text = "rank " + std::to_string(settings_.rank) + ": " + function + ": " +
                              words + " (" + std::to_string(result) + ")"});
    }

    void require(const std::string& wrong, const char* code, Verdict verdict) const {
        if (!wrong.empty()) {
            broken(code, verdict, wrong);
        }
    }

    [[noreturn]] void broken(const char* code, Verdict verdict, const std::string& what) const {
        throw Broken({.code = code,
                      .verdict = verdict,
                      .rank = settings_.rank,
                      .text = "rank " + std::to_string(settings_.rank) + ": " + what});
    }

    // Also of a communicator at rest: all ranks are through when this is called, and aborting waits
    // for nobody. Should it hang, the end of the process is left to end it.
    void abort() {
        if (comm_ == nullptr) {
            return;
        }
        std::packaged_task<int()> task(
            [nccl = nccl_, comm = comm_] { return nccl.call("ncclCommAbort", comm); });
        std::future<int> aborted = task.get_future();
        std::thread(std::move(task)).detach();
        if (aborted.wait_for(abort_limit) != std::future_status::ready) {
            buffers_.abandon();
        }
        comm_ = nullptr;
    }

    NcclSettings settings_;
    NcclLog log_;  // before the libraries: NCCL reads its environment when it is first used
    Library nccl_;
    Library cuda_;
    CudaBuffers buffers_;
    void* comm_ = nullptr;
    std::span<float> output_;
    std::vector<float> faulty_;
};

}  // namespace

std::unique_ptr<NcclBackend> NcclBackend::load(NcclSettings settings) {
    return std::make_unique<Nccl>(std::move(settings));
}

}  // namespace assay::probe::collective
