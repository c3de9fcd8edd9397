// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/gemm.h"

#include <algorithm>
#include <random>
#include <set>

#include "probe/compute/digest.h"
#include "probe/compute/reference.h"

namespace assay::probe::compute {

namespace {

constexpr std::uint64_t seed_of_others = 1000;  // beside the plan's

void must_fit(const Device& device, const Shape& shape) {
    const Shape granule = device.granule();
    if (shape.m == 0 || shape.n == 0 || shape.k == 0 || shape.m % granule.m != 0 ||
        shape.n % granule.n != 0 || shape.k % granule.k != 0 || shape.k > inner_at_most) {
        throw std::invalid_argument(
            "a shape here is a multiple of " + std::to_string(granule.m) + "x" +
            std::to_string(granule.n) + "x" + std::to_string(granule.k) +
            ", with an inner dimension of at most " + std::to_string(inner_at_most));
    }
}

std::string words_for(const ExactPass& pass) {
    return std::string(name_of(pass.type)) + ", pass " + std::to_string(pass.pass);
}

std::string lines_of(const Verification& found) {
    return std::to_string(found.wrong_rows) + " rows and " + std::to_string(found.wrong_columns) +
           " columns differ, " + std::to_string(found.tiles.size()) + " tiles are wrong";
}

void judge(const ExactPass& pass, Judgement& judgement) {
    const Verification& found = pass.found;
    const std::string which = words_for(pass);
    if (!found.written) {
        judgement.against(Verdict::fail, "not_written",
                          which + ": what was there before the product is still there in part");
    }
    if (!found.whole) {
        judgement.against(Verdict::fail, "not_whole",
                          which + ": elements are no whole numbers, or beyond every possible sum");
    }
    if (!found.rows || !found.columns) {
        judgement.against(Verdict::fail, "wrong_product", which + ": " + lines_of(found));
    }
    if (found.written && found.whole && pass.digest_differs()) {
        judgement.against(
            Verdict::fail, "wrong_digest",
            which + ": " + found.digest + " where every device has " + pass.golden.value_or(""));
    }
}

ExactPass compute(Device& device, const GemmPlan& plan, NumberType type, unsigned pass) {
    ExactPass done{.type = type,
                   .kernel = device.kernel_for(type),
                   .shape = plan.shape.value_or(default_shape(device)),
                   .largest = 0,
                   .pass = pass,
                   // Alternating, so that what is left of the pass before is wrong in this one.
                   .seed = plan.seed + pass % 2,
                   .rotation = pass,
                   .seconds = 0,
                   .units = {},
                   .found = {},
                   .golden = {}};
    const Operands operands =
        exact_operands(type, done.shape, done.seed + (plan.other_operands ? seed_of_others : 0));
    const std::vector<std::byte> a = encoded(type, operands.a);
    const std::vector<std::byte> b = encoded(type, operands.b);
    ExactProduct product = device.multiply(
        {.type = type, .shape = done.shape, .a = a, .b = b, .rotation = done.rotation});
    done.largest = operands.largest;
    done.seconds = product.seconds;
    done.found = verify(type, operands, product, fresh_entropy());
    done.units = std::move(product.units);
    done.golden = golden_digest(type, done.shape, done.seed);
    return done;
}

// Whether a second pass says anything about units: at least half of the tiles ran on another.
void judge_rotation(const Device& device, const ExactPass& first, const ExactPass& second,
                    Judgement& judgement) {
    if (device.facts().units < 2) {
        return;
    }
    std::size_t moved = 0;
    for (std::size_t tile = 0; tile < first.units.size(); ++tile) {
        moved += first.units[tile] != second.units[tile] ? 1 : 0;
    }
    if (2 * moved < first.units.size()) {
        judgement.against(Verdict::inconclusive, "not_rotated",
                          words_for(second) + ": only " + std::to_string(moved) + " of " +
                              std::to_string(first.units.size()) +
                              " tiles ran on another unit than in the pass before");
    }
}

void exact_phase(Device& device, const GemmPlan& plan, NumberType type, GemmReport& report) {
    for (unsigned pass = 0; pass < plan.passes; ++pass) {
        report.exact.push_back(compute(device, plan, type, pass));
        report.judgement.count_examined();
        judge(report.exact.back(), report.judgement);
        if (pass > 0) {
            judge_rotation(device, report.exact[report.exact.size() - 2], report.exact.back(),
                           report.judgement);
        }
    }
}

void speed_phase(Device& device, const GemmPlan& plan, NumberType type, const Nvml* nvml,
                 GemmReport& report) {
    SpeedOfType done{.type = type,
                     .kernel = device.kernel_for(type),
                     .shape = plan.speed_shape.value_or(default_speed_shape(device)),
                     .seconds = {},
                     .looked_at = 0,
                     .wrong = 0,
                     .observed = {}};
    const RandomProduct random(type, done.shape, plan.seed);
    Telemetry telemetry(nvml, device.facts().uuid);
    const SpeedRun run = device.time_multiply(speed_job(device, plan, type, done.shape, random));
    done.observed = telemetry.stop();
    done.seconds = run.seconds;
    const RandomProduct::Sampled sampled = random.hold_against(run.c, fresh_entropy());
    done.looked_at = sampled.looked_at;
    done.wrong = sampled.wrong;
    const std::string which = "speed of " + std::string(name_of(type));
    if (done.seconds.size() < samples_least) {
        report.judgement.against(Verdict::inconclusive, "too_few_samples",
                                 which + ": " + std::to_string(done.seconds.size()));
    }
    if (done.wrong > 0) {
        report.judgement.against(Verdict::fail, "wrong_timed_product",
                                 which + ": " + std::to_string(done.wrong) + " of " +
                                     std::to_string(done.looked_at) + " elements are wrong");
    }
    report.speed.push_back(std::move(done));
    report.judgement.count_examined();
}

std::vector<NumberType> types_of(const Device& device, const GemmPlan& plan, Judgement& judgement) {
    std::vector<NumberType> types;
    for (const NumberType type : number_types) {
        const bool named = std::count(plan.types.begin(), plan.types.end(), type) > 0;
        if (!plan.types.empty() && !named) {
            continue;
        }
        if (!device.kernel_for(type).empty()) {
            types.push_back(type);
        } else if (named) {
            judgement.against(Verdict::inconclusive, "type_unsupported",
                              std::string(name_of(type)) + " is not computed by this device");
        }
    }
    return types;
}

// The wrong tiles of one type's passes.
struct WrongTiles {
    std::set<unsigned> in_passes;
    std::set<std::uint32_t> units;
    std::set<std::pair<std::uint32_t, std::uint32_t>> places;
    std::size_t tiles = 0;

    void take(const ExactPass& pass) {
        for (const WrongTile& tile : pass.found.tiles) {
            in_passes.insert(pass.pass);
            units.insert(tile.unit);
            places.emplace(tile.row, tile.column);
            ++tiles;
        }
    }

    Suspect suspect(NumberType type) const {
        const bool one_unit = units.size() == 1 && *units.begin() != no_unit;
        if (in_passes.size() < 2) {
            return {.type = type, .kind = "once", .unit = {}};
        }
        if (one_unit && places.size() > 1) {
            return {.type = type, .kind = "unit", .unit = *units.begin()};
        }
        const bool same_places = places.size() * in_passes.size() == tiles;
        return {.type = type,
                .kind = units.size() > 1 && same_places ? "address" : "unclear",
                .unit = {}};
    }
};

}  // namespace

Shape default_shape(const Device& device) {
    return device.facts().simulated ? Shape{256, 128, 256} : Shape{4096, 3840, 4096};
}

Shape default_speed_shape(const Device& device) {
    return device.facts().simulated ? Shape{128, 128, 256} : Shape{8192, 8192, 8192};
}

SpeedJob speed_job(const Device& device, const GemmPlan& plan, NumberType type, const Shape& shape,
                   const RandomProduct& random) {
    return {.type = type,
            .shape = shape,
            .a = random.a(),
            .b = random.b(),
            .warm_ups = plan.warm_ups,
            .warm_up_seconds = device.facts().simulated ? 0 : plan.warm_up_seconds,
            .samples = plan.samples.value_or(default_samples(device.facts()))};
}

std::uint64_t fresh_entropy() {
    std::random_device device;
    return std::uint64_t{device()} << 32U | device();
}

std::vector<Suspect> suspects_of(const std::vector<ExactPass>& passes) {
    std::vector<Suspect> suspects;
    for (const NumberType type : number_types) {
        WrongTiles wrong;
        for (const ExactPass& pass : passes) {
            if (pass.type == type) {
                wrong.take(pass);
            }
        }
        if (wrong.tiles > 0) {
            suspects.push_back(wrong.suspect(type));
        }
    }
    return suspects;
}

GemmReport run_gemm(Device& device, const GemmPlan& plan, const Nvml* telemetry) {
    must_fit(device, plan.shape.value_or(default_shape(device)));
    must_fit(device, plan.speed_shape.value_or(default_speed_shape(device)));
    GemmReport report;
    std::string_view at;
    try {
        for (const NumberType type : types_of(device, plan, report.judgement)) {
            at = name_of(type);
            if (plan.exact) {
                exact_phase(device, plan, type, report);
            }
            if (plan.speed) {
                speed_phase(device, plan, type, telemetry, report);
            }
        }
        if (plan.reference) {
            at = "after the timed products";
            time_references(device, plan, report);
        }
    } catch (const DeviceError& error) {
        // Nothing else the driver says counts after that.
        report.judgement.against(error.hardware() ? Verdict::fail : Verdict::inconclusive,
                                 error.hardware() ? "broken_device" : "device_error",
                                 std::string(at) + ": " + error.what());
    }
    report.suspects = suspects_of(report.exact);
    return report;
}

}  // namespace assay::probe::compute
