// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A load that is known: memory that is held and written to, and matrix products without a pause.
// This version computes on the processor alone, so that what shows it must be an accelerator that
// is simulated; the document says so by its backend. Owned by one thread, computes in another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace assay::probe {

class Busy {
public:
    // Returns once every page is written and a first product was right. Throws std::runtime_error
    // where it was not, std::bad_alloc where there is not so much memory.
    explicit Busy(std::size_t memory_bytes);
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    ~Busy() = default;

    std::size_t memory_bytes() const { return memory_.size(); }
    static std::string backend() { return "cpu"; }

private:
    void compute(const std::stop_token& stop);

    std::vector<unsigned char> memory_;
    std::jthread computing_;
};

// C = A B modulo 2^32, row by row; n x n.
std::vector<std::uint32_t> product(const std::vector<std::uint32_t>& a,
                                   const std::vector<std::uint32_t>& b, std::size_t n);

// Freivalds' check with the vector 1, 2, …, n: C v = A (B v). A wrong C passes where its errors
// cancel out in every row.
bool is_product(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b,
                const std::vector<std::uint32_t>& c, std::size_t n);

}  // namespace assay::probe
