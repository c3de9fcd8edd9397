// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/reference.h"

#include <algorithm>

#include "probe/compute/random_product.h"

namespace assay::probe::compute {

namespace {

// It is believed as little as the device is.
void hold_against(const RandomProduct& random, const SpeedOfType& speed, ReferenceSpeed& reference,
                  Judgement& judgement) {
    const std::vector<std::uint32_t>& c = reference.run.timed.c;
    if (std::all_of(c.begin(), c.end(), [](std::uint32_t bits) { return bits == poison; })) {
        reference.run.missing = "it computed nothing: C is as it was before";
        return;
    }
    const RandomProduct::Sampled sampled = random.hold_against(c, fresh_entropy());
    reference.looked_at = sampled.looked_at;
    reference.wrong = sampled.wrong;
    if (sampled.wrong > 0) {
        reference.run.missing = std::to_string(sampled.wrong) + " of " +
                                std::to_string(sampled.looked_at) +
                                " elements of its product are wrong";
        judgement.against(Verdict::inconclusive, "wrong_reference",
                          "cuBLASLt " + reference.run.version + ", " +
                              std::string(name_of(speed.type)) + ": " + reference.run.missing +
                              ", and the library or this device is at fault");
    }
}

}  // namespace

void time_references(Device& device, const GemmPlan& plan, GemmReport& report) {
    for (SpeedOfType& speed : report.speed) {
        const RandomProduct random(speed.type, speed.shape, plan.seed);
        std::optional<ReferenceRun> run =
            device.time_reference(speed_job(device, plan, speed.type, speed.shape, random));
        if (!run) {
            return;
        }
        ReferenceSpeed reference{.run = std::move(*run), .looked_at = 0, .wrong = 0};
        if (reference.run.missing.empty() && reference.run.left_out.empty()) {
            hold_against(random, speed, reference, report.judgement);
        }
        reference.run.timed.c = {};  // hundreds of megabytes
        speed.reference = std::move(reference);
    }
}

}  // namespace assay::probe::compute
