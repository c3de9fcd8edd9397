// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/faulty_memory.h"

#include <utility>

namespace assay::probe::compute {

namespace {

class FaultyMemory : public HeldMemory {
public:
    FaultyMemory(std::unique_ptr<HeldMemory> memory, std::string_view fault)
        : memory_(std::move(memory)), fault_(fault) {}

    std::uint64_t words() const override { return memory_->words(); }

    void write_pattern(std::uint64_t seed) override {
        memory_->write_pattern(seed);
        const std::uint64_t place = memory_->words() / 3;
        if (fault_ == "pattern-bitflip") {
            memory_->write(place, memory_->read(place) ^ (std::uint64_t{1} << 37U));
        } else if (fault_ == "pattern-alias") {
            memory_->write(place, memory_->read(place + memory_->words() / 2));
        }
    }

    Verified verify_pattern(std::uint64_t seed) override {
        Verified verified = memory_->verify_pattern(seed);
        if (fault_ == "pattern-blind") {
            verified.wrong = 0;
            verified.examples.clear();
        } else if (fault_ == "pattern-short") {
            --verified.words;
        }
        return verified;
    }

    std::uint64_t read(std::uint64_t word) override { return memory_->read(word); }
    void write(std::uint64_t word, std::uint64_t value) override { memory_->write(word, value); }

private:
    std::unique_ptr<HeldMemory> memory_;
    std::string_view fault_;
};

}  // namespace

std::unique_ptr<HeldMemory> with_memory_fault(std::unique_ptr<HeldMemory> memory,
                                              std::string_view fault) {
    return fault.starts_with("pattern-") ? std::make_unique<FaultyMemory>(std::move(memory), fault)
                                         : std::move(memory);
}

}  // namespace assay::probe::compute
