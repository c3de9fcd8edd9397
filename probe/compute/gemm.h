// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Products of matrices: exact ones, which must be right to the last bit, and random ones, which are
// timed. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "probe/compute/device.h"
#include "probe/compute/judgement.h"
#include "probe/compute/random_product.h"
#include "probe/compute/telemetry.h"
#include "probe/compute/verify.h"

namespace assay::probe::compute {

struct GemmPlan {
    std::vector<NumberType> types;  // empty: all that the device computes
    std::optional<Shape> shape;     // of the exact products; the device's default without
    std::uint64_t seed = 1;         // passes take seed and seed + 1 in turn
    unsigned passes = 2;            // each with the tiles on other units
    bool exact = true;
    bool speed = true;
    bool reference = true;  // and the maker's own library beside it
    std::optional<Shape> speed_shape;
    unsigned warm_ups = 2;
    double warm_up_seconds = 1;  // of an accelerator: until its clocks and power are those of work
    std::optional<unsigned> samples;
    // A planted fault: the operands are of another seed than the document says.
    bool other_operands = false;
};

struct ExactPass {
    NumberType type = NumberType::int8;
    std::string kernel;
    Shape shape;
    std::int32_t largest = 0;
    unsigned pass = 0;
    std::uint64_t seed = 0;
    std::uint32_t rotation = 0;
    double seconds = 0;
    std::vector<std::uint32_t> units;  // by tile
    Verification found;
    std::optional<std::string> golden;  // what the digest must be, where it is known

    bool digest_differs() const { return golden && found.digest != *golden; }
};

// What the wrong tiles of a type's passes have in common.
struct Suspect {
    NumberType type = NumberType::int8;
    std::string kind;                   // "unit", "address", "once", "unclear"
    std::optional<std::uint32_t> unit;  // of kind "unit"
};

struct ReferenceSpeed {
    ReferenceRun run;             // without C; `missing` also where it is not to be believed
    std::uint64_t looked_at = 0;  // elements held against the processor's own sums
    std::uint64_t wrong = 0;      // of these
};

struct SpeedOfType {
    NumberType type = NumberType::int8;
    std::string kernel;
    Shape shape;
    std::vector<double> seconds;
    std::uint64_t looked_at = 0;  // elements held against the processor's own sums
    std::uint64_t wrong = 0;      // of these
    Observed observed;
    std::optional<ReferenceSpeed> reference = {};  // nothing where none was asked for
};

struct GemmReport {
    std::vector<ExactPass> exact;
    std::vector<Suspect> suspects;
    std::vector<SpeedOfType> speed;
    Judgement judgement;
};

// `telemetry` may be null. Throws std::invalid_argument for a shape the device cannot take.
GemmReport run_gemm(Device& device, const GemmPlan& plan, const Nvml* telemetry);

// The shapes without a wish for others: small for the processor, so that it takes a second or two
// on half a core; for an accelerator, large enough that every unit has several tiles.
Shape default_shape(const Device& device);
Shape default_speed_shape(const Device& device);

// What is timed, whoever computes it: `random` is of this type and shape and outlives the job.
SpeedJob speed_job(const Device& device, const GemmPlan& plan, NumberType type, const Shape& shape,
                   const RandomProduct& random);

// For what must not be known to whoever computes.
std::uint64_t fresh_entropy();

std::vector<Suspect> suspects_of(const std::vector<ExactPass>& passes);

}  // namespace assay::probe::compute
