// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Writes the folder of a report as a run leaves it, for tests that have no cluster.
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "reports/files.h"
#include "reports/report.h"
#include "sample_runs.h"

int main(int argc, char** argv) {
    const std::string_view kind = argc == 3 ? argv[2] : "";
    const bool random = kind.starts_with("random-");
    const int nodes = kind.starts_with("pool-") ? std::atoi(kind.substr(5).data()) : 0;
    if (kind != "clean" && kind != "leaking" && kind != "simulated" && !random && nodes < 1) {
        fmt::print(
            stderr,
            "usage: write_report_sample FOLDER clean|leaking|simulated|pool-NODES|random-SEED\n");
        return 2;
    }
    assay::RunResult run = nodes > 0           ? assay::reports::pool_run(nodes)
                           : kind == "leaking" ? assay::reports::leaking_run()
                           : random ? assay::reports::random_run(static_cast<std::uint32_t>(
                                          std::atoi(kind.substr(7).data())))
                                    : assay::reports::clean_run();
    run.cluster.cluster_uid = "382abd98-7bb7-4f2e-9c7a-db5c8537f7bf";
    run.profile_sha256 = assay::reports::sha256_hex(run.profile_yaml);
    if (kind == "simulated") {
        run.requirements[0].assertions[0].findings[0].simulated = true;
        run.cluster.accelerators[0].simulated = true;
        run.inventory.accelerators[0].simulated = true;
        run.simulated = true;
    }
    const auto written = assay::reports::write_report(run, argv[1]);
    if (!written) {
        fmt::print(stderr, "{}\n", written.error());
        return 1;
    }
    return 0;
}
