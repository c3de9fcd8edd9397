// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/compute/link.h"

#include "probe/compute/hbm.h"

namespace assay::probe::compute {

namespace {

std::uint64_t default_bytes(const Device& device) {
    return (device.facts().simulated ? 8 : 256) * mebibyte;
}

// How many words are not the pattern; those that did not come are wrong.
std::uint64_t wrong_words(const std::vector<std::uint64_t>& arrived, std::uint64_t seed,
                          std::uint64_t stream, std::uint64_t words) {
    std::uint64_t wrong = 0;
    for (std::uint64_t word = 0; word < words; ++word) {
        const bool right = word < arrived.size() && arrived[word] == mix(seed, stream, word);
        wrong += right ? 0 : 1;
    }
    return wrong;
}

void take(TransferSpeed speed, LinkReport& report) {
    const std::string which =
        speed.way + (speed.peer ? " " + std::to_string(*speed.peer) : std::string());
    if (speed.wrong > 0) {
        report.judgement.against(Verdict::fail,
                                 speed.peer ? "wrong_peer_transfer" : "wrong_transfer",
                                 which + ": " + std::to_string(speed.wrong) + " of " +
                                     std::to_string(speed.words) + " words are not what was sent");
    }
    if (speed.reachable && speed.seconds.size() < samples_least) {
        report.judgement.against(Verdict::inconclusive, "too_few_samples",
                                 which + ": " + std::to_string(speed.seconds.size()));
    }
    report.judgement.count_examined();
    report.transfers.push_back(std::move(speed));
}

void run_way(Device& device, const TransferJob& job, const char* name, LinkReport& report) {
    const std::uint64_t words = job.bytes / sizeof(std::uint64_t);
    const bool there = job.direction != Direction::device_to_host;
    const bool back = job.direction != Direction::host_to_device;
    TransferRun run = device.transfer(job);
    TransferSpeed speed{.way = name,
                        .peer = {},
                        .reachable = true,
                        .bytes_moved = job.bytes * (there && back ? 2 : 1),
                        .seconds = std::move(run.seconds),
                        .words = words * (there && back ? 2 : 1),
                        .wrong = 0};
    if (there) {
        speed.wrong += wrong_words(run.at_device, job.seed, to_device_stream, words);
    }
    if (back) {
        speed.wrong += wrong_words(run.at_host, job.seed, to_host_stream, words);
    }
    take(std::move(speed), report);
}

void run_peer(Device& device, const TransferJob& job, unsigned peer, LinkReport& report) {
    const std::optional<PeerRun> run = device.send_to(peer, job);
    TransferSpeed speed{.way = "peer",
                        .peer = peer,
                        .reachable = run.has_value(),
                        .bytes_moved = run ? job.bytes : 0,
                        .seconds = run ? run->seconds : std::vector<double>{},
                        .words = run ? job.bytes / sizeof(std::uint64_t) : 0,
                        .wrong = 0};
    if (run) {
        speed.wrong = wrong_words(run->arrived, job.seed, to_peer_stream, speed.words);
    }
    take(std::move(speed), report);
}

}  // namespace

LinkReport run_link(Device& device, const LinkPlan& plan) {
    LinkReport report;
    TransferJob job{.direction = Direction::host_to_device,
                    .bytes = plan.bytes.value_or(default_bytes(device)),
                    .warm_ups = plan.warm_ups,
                    .samples = plan.samples.value_or(default_samples(device.facts())),
                    .seed = plan.seed};
    try {
        run_way(device, job, "host_to_device", report);
        job.direction = Direction::device_to_host;
        run_way(device, job, "device_to_host", report);
        job.direction = Direction::both;
        run_way(device, job, "both", report);
        for (unsigned peer = 0; peer < plan.devices; ++peer) {
            if (peer != plan.index) {
                run_peer(device, job, peer, report);
            }
        }
    } catch (const DeviceError& error) {
        report.judgement.against(error.hardware() ? Verdict::fail : Verdict::inconclusive,
                                 error.hardware() ? "broken_device" : "device_error", error.what());
    }
    return report;
}

}  // namespace assay::probe::compute
