// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/all_reduced.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/scenario.h"

namespace assay {

using kube::Json;

std::string AllReduced::words(bool failed) const {
    std::vector<std::string> parts;
    for (const Reason& one : reasons) {
        if (!failed || one.verdict == "failed") {
            parts.push_back(
                one.rank < 0
                    ? fmt::format("{}: {}", one.code, one.text)
                    : fmt::format("{} (rank {}{}): {}", one.code, one.rank,
                                  static_cast<std::size_t>(one.rank) < nodes.size()
                                      ? " on node " + nodes[static_cast<std::size_t>(one.rank)]
                                      : "",
                                  one.text));
        }
    }
    return fmt::format("{}", fmt::join(parts, "; "));
}

std::string AllReduced::describe() const {
    const std::string told = words(false);
    return fmt::format(
        "{} over {} between {}: {} operations, {} wrong elements; {:.3g} GB/s of "
        "bus bandwidth at {} bytes{}{}",
        verdict, backend, fmt::join(nodes, " and "), operations, wrong_elements, busbw_gb_per_s,
        largest_bytes, told.empty() ? "" : "; ", told);
}

AllReduced all_reduced_in(const Json& document) {
    AllReduced result;
    result.verdict = kube::text(document, {"verdict"});
    result.backend = kube::text(document, {"backend"});
    result.simulated = kube::boolean(document, {"simulated"});
    result.operations = kube::integer(document, {"counts", "operations"}, -1);
    result.wrong_elements = kube::integer(document, {"counts", "wrong_elements"}, -1);
    for (const Json& one : kube::array(document, {"reasons"})) {
        result.reasons.push_back({.code = kube::text(one, {"code"}),
                                  .verdict = kube::text(one, {"verdict"}),
                                  .rank = kube::integer(one, {"rank"}, -1),
                                  .text = kube::text(one, {"text"})});
    }
    for (const Json& one : kube::array(document, {"ranks"})) {
        result.nodes.push_back(kube::text(one, {"node"}));
    }
    if (const Json& sizes = kube::array(document, {"sizes"}); !sizes.empty()) {  // largest first
        result.largest_bytes = kube::integer(sizes.front(), {"bytes"});
        const Json* rate = kube::find(sizes.front(), {"median", "busbw_gb_per_s"});
        result.busbw_gb_per_s = rate != nullptr && rate->is_number() ? rate->get<double>() : 0;
    }
    return result;
}

Observed<AllReduced> Report::all_reduced() const {
    Observed<AllReduced> result{
        .value = AllReduced{}, .provenance = provenance_, .testimony = testimony_};
    if (!document_) {
        result.value = std::unexpected(document_.error());
    } else if (!document_->all_reduced) {
        result.value = std::unexpected(
            NoAnswer{.closed = false, .reason = "the probe's document is of no all-reduce"});
    } else {
        result.value = *document_->all_reduced;
        result.provenance.simulated =
            result.provenance.simulated || document_->all_reduced->simulated;
    }
    return result;
}

}  // namespace assay
