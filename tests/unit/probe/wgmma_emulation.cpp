// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/unit/probe/wgmma_emulation.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>

namespace assay_kernels::wgmma {

namespace {

constexpr unsigned box_row_bytes = row_bytes_of_a_stage;

// Which bits of a barrier's word hold what is the emulation's own affair.
struct BarrierState {
    unsigned arrivals = 0;  // that a phase takes
    unsigned missing = 0;
    long bytes = 0;  // that are expected and have not come
    unsigned phase = 0;
};

struct Asked {
    Type type;
    std::uint64_t a, b;  // descriptors
    std::function<void(const Values&)> add;
};

struct Thread {
    std::vector<Asked> open;                // of the group that is not ended
    std::deque<std::vector<Asked>> groups;  // that are
};

struct Warp {
    Values values;
    std::uint64_t a = 0, b = 0;
};

struct Shared {
    unsigned char* begin = nullptr;
    std::map<const Barrier*, BarrierState> barriers;
    std::map<unsigned, Thread> threads;
    std::map<unsigned, Warp> warps;
};

Shared shared;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): as the grid is

[[noreturn]] void refuse(const char* why) {
    std::fprintf(stderr, "%s\n", why);
    std::abort();
}

BarrierState& state_of(const Barrier* barrier) {
    const auto found = shared.barriers.find(barrier);
    if (found == shared.barriers.end()) {
        refuse("a barrier that was not set up");
    }
    return found->second;
}

void end_phase_if_complete(BarrierState& state) {
    if (state.missing == 0 && state.bytes == 0) {
        state.missing = state.arrivals;
        state.phase ^= 1U;
    }
}

void arrive(BarrierState& state) {
    if (state.missing == 0) {
        refuse("more arrivals than the phase takes");
    }
    --state.missing;
    end_phase_if_complete(state);
}

struct Map {
    const unsigned char* place;
    std::uint64_t row_bytes, rows, box_rows;
};

// The 16 bytes at place i of 8 in a row of 128 lie at i ^ (row mod 8).
std::uint32_t swizzled(std::uint32_t address) {
    return address ^ (address >> 7U & 7U) << 4U;
}

void copy_box(unsigned char* to, const Map& map, unsigned byte, unsigned row) {
    const std::uint32_t begin = shared_address(to);
    for (unsigned line = 0; line < map.box_rows; ++line) {
        for (unsigned at = 0; at < box_row_bytes; at += 16) {
            const unsigned char* from = map.place + (row + line) * map.row_bytes + byte + at;
            std::memcpy(shared.begin + swizzled(begin + line * box_row_bytes + at), from, 16);
        }
    }
}

// Row `row` of the matrix that a descriptor names, 32 bytes along k.
std::vector<float> values_at(Type type, std::uint64_t descriptor, unsigned row) {
    if (descriptor >> 62U != 1 || (descriptor >> 49U & 7U) != 0) {
        refuse("a descriptor of another swizzle, or with an offset");
    }
    const auto begin = static_cast<std::uint32_t>((descriptor & 0x3fffU) << 4U);
    const auto eight_rows = static_cast<std::uint32_t>((descriptor >> 32U & 0x3fffU) << 4U);
    const std::uint32_t line = begin + row / 8 * eight_rows + row % 8 * box_row_bytes;
    std::vector<float> values;
    for (unsigned byte = 0; byte < bytes_along_k; byte += bytes_of(type)) {
        values.push_back(value_of(type, shared.begin + swizzled(line + byte)));
    }
    return values;
}

void read(const Asked& asked, Warp& warp) {
    warp.a = asked.a;
    warp.b = asked.b;
    const unsigned first = this_thread() / 32 % warps_of_a_group * 16;
    for (unsigned row = 0; row < 16; ++row) {
        warp.values.a[row] = values_at(asked.type, asked.a, first + row);
    }
    for (unsigned column = 0; column < 256; ++column) {
        warp.values.b[column] = values_at(asked.type, asked.b, column);
    }
}

void carry_out(const Asked& asked) {
    Warp& warp = shared.warps[this_thread() / 32];
    wait_for_warp();
    if (this_thread() % 32 == 0) {
        read(asked, warp);
    }
    wait_for_warp();
    if (asked.a != warp.a || asked.b != warp.b) {
        refuse("threads of one warp multiply different matrices");
    }
    asked.add(warp.values);
    wait_for_warp();  // before one goes on and gives back what the others read
}

void carry_out_but(std::size_t pending) {
    std::deque<std::vector<Asked>>& groups = shared.threads[this_thread()].groups;
    for (; groups.size() > pending; groups.pop_front()) {
        for (const Asked& asked : groups.front()) {
            carry_out(asked);
        }
    }
}

}  // namespace

TensorMap map_of(const void* place, unsigned row_bytes, unsigned rows, unsigned box_rows) {
    const Map map{static_cast<const unsigned char*>(place), row_bytes, rows, box_rows};
    TensorMap opaque{};
    std::memcpy(&opaque, &map, sizeof map);
    return opaque;
}

void set_shared(unsigned char* begin) {
    shared = Shared{.begin = begin, .barriers = {}, .threads = {}, .warps = {}};
}

std::uint32_t shared_address(const void* place) {
    return static_cast<std::uint32_t>(static_cast<const unsigned char*>(place) - shared.begin);
}

void set_up_barrier(Barrier* barrier, unsigned arrivals) {
    shared.barriers[barrier] = {.arrivals = arrivals, .missing = arrivals};
}

void arrive_at_barrier(Barrier* barrier) {
    arrive(state_of(barrier));
}

void expect_bytes(Barrier* barrier, unsigned bytes) {
    BarrierState& state = state_of(barrier);
    state.bytes += bytes;
    arrive(state);
}

void wait_for_barrier(Barrier* barrier, unsigned parity) {
    while (state_of(barrier).phase == parity) {
        give_way();
    }
}

void fetch_box(unsigned char* to, const TensorMap* map, unsigned byte, unsigned row,
               Barrier* barrier) {
    Map box{};
    std::memcpy(&box, map, sizeof box);
    if (shared_address(to) % 1024 != 0 || byte + box_row_bytes > box.row_bytes ||
        row + box.box_rows > box.rows) {
        refuse("a box that lies askew in shared memory, or beside its matrix");
    }
    do_by_itself([=] {
        copy_box(to, box, byte, row);
        BarrierState& state = state_of(barrier);
        state.bytes -= static_cast<long>(box.box_rows * box_row_bytes);
        end_phase_if_complete(state);
    });
}

void begin_products() {
    wait_for_warp();
}

void ask_for(Type type, std::uint64_t a, std::uint64_t b, std::function<void(const Values&)> add) {
    shared.threads[this_thread()].open.push_back({type, a, b, std::move(add)});
}

void end_products() {
    Thread& thread = shared.threads[this_thread()];
    thread.groups.push_back(std::move(thread.open));
    thread.open.clear();
    if (copies() == Copies::late) {
        carry_out_but(0);
    }
}

void wait_for_all_but_the_last() {
    carry_out_but(1);
}

void wait_for_all() {
    carry_out_but(0);
}

}  // namespace assay_kernels::wgmma
