// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/probe/warp_emulation.h"

#include <ucontext.h>

#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "probe/compute/number_type.h"

namespace assay_kernels {

namespace {

constexpr unsigned lanes = 32;
constexpr std::size_t stack_bytes = std::size_t{128} << 10U;
constexpr unsigned units = 5;
constexpr unsigned rounds_of_late = 20;              // all threads run so often meanwhile
constexpr unsigned long turns_at_most = 20'000'000;  // of threads, waiting or not

struct Copy {
    unsigned char* to;
    const unsigned char* from;
};

struct Fibre {
    ucontext_t context{};
    std::vector<char> stack = std::vector<char>(stack_bytes);
    bool done = false;
    std::vector<Copy> open;                 // of the group that is not ended
    std::deque<std::vector<Copy>> pending;  // groups
};

// Threads that wait for each other.
struct Meeting {
    unsigned members;
    unsigned come = 0;
    unsigned round = 0;
};

struct Warp {
    Meeting meeting{.members = lanes};
    const unsigned char* rows[lanes] = {};
    Fragments fragments[lanes] = {};
};

struct Grid {
    Launched launched;
    unsigned block = 0;
    unsigned thread = 0;
    unsigned long turns = 0;
    const std::function<void()>* kernel = nullptr;
    ucontext_t scheduler{};
    std::vector<std::unique_ptr<Fibre>> fibres;
    Meeting meeting{.members = 0};
    std::vector<Warp> warps;
    std::deque<std::function<void()>> by_itself;
    unsigned bank_conflicts = 0;
};

// The one grid there is; fibres find it without an argument, as threads of an accelerator do.
Grid* grid = nullptr;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

Fibre& self() {
    return *grid->fibres[grid->thread];
}

void let_others_run() {
    if (++grid->turns > turns_at_most) {
        std::fprintf(stderr, "the threads wait for each other\n");
        std::abort();
    }
    ::swapcontext(&self().context, &grid->scheduler);
}

void wait_for(Meeting& meeting) {
    const unsigned round = meeting.round;
    if (++meeting.come == meeting.members) {
        meeting.come = 0;
        ++meeting.round;
        return;
    }
    while (meeting.round == round) {
        let_others_run();
    }
}

Warp& this_warp() {
    return grid->warps[grid->thread / lanes];
}

void run_fibre() {
    (*grid->kernel)();
    self().done = true;
    let_others_run();
}

void begin_block() {
    const unsigned threads = grid->launched.threads;
    grid->fibres.clear();
    grid->warps.assign(threads / lanes, Warp());
    grid->meeting = {.members = threads};
    for (unsigned thread = 0; thread < threads; ++thread) {
        auto fibre = std::make_unique<Fibre>();
        ::getcontext(&fibre->context);
        fibre->context.uc_stack.ss_sp = fibre->stack.data();
        fibre->context.uc_stack.ss_size = fibre->stack.size();
        ::makecontext(&fibre->context, run_fibre, 0);
        grid->fibres.push_back(std::move(fibre));
    }
}

void run_block() {
    begin_block();
    unsigned rounds = 0;
    for (unsigned left = grid->launched.threads; left > 0; ++rounds) {
        left = 0;
        for (grid->thread = 0; grid->thread < grid->launched.threads; ++grid->thread) {
            if (!self().done) {
                ++left;
                ::swapcontext(&grid->scheduler, &self().context);
            }
        }
        if (!grid->by_itself.empty() && rounds % rounds_of_late == 0) {
            grid->by_itself.front()();
            grid->by_itself.pop_front();
        }
    }
}

// 32 banks of 4 bytes: the 8 rows of a matrix, 16 bytes each, meet in none if their places differ.
unsigned conflicts_of(const Warp& warp) {
    unsigned conflicts = 0;
    for (unsigned matrix = 0; matrix < 4; ++matrix) {
        unsigned places = 0;
        for (unsigned row = 0; row < 8; ++row) {
            places |=
                1U << (reinterpret_cast<std::uintptr_t>(warp.rows[matrix * 8 + row]) / 16 % 8);
        }
        conflicts += 8 - static_cast<unsigned>(std::popcount(places));
    }
    return conflicts;
}

void carry_out(const std::vector<Copy>& copies) {
    for (const Copy& copy : copies) {
        std::memcpy(copy.to, copy.from, 16);
    }
}

assay::probe::compute::NumberType number_type(Type type) {
    return static_cast<assay::probe::compute::NumberType>(type);
}

}  // namespace

unsigned this_thread() {
    return grid->thread;
}

unsigned this_block() {
    return grid->block;
}

unsigned number_of_blocks() {
    return grid->launched.blocks;
}

unsigned this_unit() {
    return grid->block % units;
}

void wait_for_block() {
    wait_for(grid->meeting);
}

void store_two(std::uint32_t* to, std::uint32_t first, std::uint32_t second) {
    to[0] = first;
    to[1] = second;
}

std::uint32_t bits_of(std::int32_t value) {
    return std::bit_cast<std::uint32_t>(value);
}

std::uint32_t bits_of(float value) {
    return std::bit_cast<std::uint32_t>(value);
}

void copy_16(unsigned char* to, const unsigned char* from) {
    if (grid->launched.copies == Copies::at_once) {
        std::memcpy(to, from, 16);
    } else {
        self().open.push_back({to, from});
    }
}

void end_of_stage() {
    self().pending.push_back(std::move(self().open));
    self().open.clear();
}

void wait_for_stage() {
    while (self().pending.size() > product_stages - 2) {
        carry_out(self().pending.front());
        self().pending.pop_front();
    }
}

void load_matrices(std::uint32_t (&to)[4], const unsigned char* row) {
    Warp& warp = this_warp();
    const unsigned lane = grid->thread % lanes;
    warp.rows[lane] = row;
    wait_for(warp.meeting);
    grid->bank_conflicts += lane == 0 ? conflicts_of(warp) : 0;
    for (unsigned matrix = 0; matrix < 4; ++matrix) {
        std::memcpy(&to[matrix], warp.rows[matrix * 8 + lane / 4] + lane % 4 * 4, 4);
    }
    wait_for(warp.meeting);  // before another's next row
}

const Fragments* exchange(const Fragments& own) {
    Warp& warp = this_warp();
    wait_for(warp.meeting);  // until all have used the last ones
    warp.fragments[grid->thread % lanes] = own;
    wait_for(warp.meeting);
    return warp.fragments;
}

float value_of(Type type, const unsigned char* bytes) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, bytes, bytes_of(type));
    if (type == Type::tf32) {
        return decode(number_type(type), bits);
    }
    static std::array<std::vector<float>, 6> values;  // of every bits there are: decoding is slow
    std::vector<float>& known = values[static_cast<std::size_t>(type)];
    for (std::uint32_t next = static_cast<std::uint32_t>(known.size()); next <= bits; ++next) {
        known.push_back(decode(number_type(type), next));
    }
    return known[bits];
}

unsigned bytes_of(Type type) {
    return static_cast<unsigned>(assay::probe::compute::bytes_of(number_type(type)));
}

Copies copies() {
    return grid->launched.copies;
}

void give_way() {
    let_others_run();
}

void wait_for_warp() {
    wait_for(this_warp().meeting);
}

void do_by_itself(std::function<void()> work) {
    if (grid->launched.copies == Copies::at_once) {
        work();
    } else {
        grid->by_itself.push_back(std::move(work));
    }
}

unsigned run_grid(const Launched& launched, const std::function<void()>& kernel) {
    Grid own;
    own.launched = launched;
    own.kernel = &kernel;
    grid = &own;
    for (own.block = 0; own.block < launched.blocks; ++own.block) {
        run_block();
    }
    grid = nullptr;
    return own.bank_conflicts;
}

}  // namespace assay_kernels
