// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A probe's document: what is counted is listed, and the same JSON in other words reads the same.
#include "engine/probe_document.h"

#include "kube/json.h"
#include "property.h"

namespace {

using assay::fuzz::hold;
using namespace assay;

bool same(const std::vector<Opened>& one, const std::vector<Opened>& other) {
    return std::equal(
        one.begin(), one.end(), other.begin(), other.end(), [](const Opened& a, const Opened& b) {
            return a.number == b.number && a.path == b.path && a.by == b.by && a.error == b.error;
        });
}

bool same(const ProbeDocument& one, const ProbeDocument& other) {
    return one.verb == other.verb && one.probe_version == other.probe_version &&
           one.full == other.full && one.complete == other.complete && one.uid == other.uid &&
           one.finished_at == other.finished_at && one.reachable_count == other.reachable_count &&
           one.unclear_count == other.unclear_count && same(one.reachable, other.reachable) &&
           same(one.unclear, other.unclear) && same(one.not_tried, other.not_tried) &&
           one.gpus.size() == other.gpus.size() && one.environment == other.environment &&
           one.nvml == other.nvml && one.driver_version == other.driver_version;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = assay::fuzz::text_of(data, size);
    const auto document = parse_probe_document(text);
    if (!document) {
        hold(!document.error().empty(), "an error says something");
        return 0;
    }
    const kube::Json told = *kube::parse(text);
    hold(document->sha256.size() == 64, "a digest is one of SHA-256");
    hold(document->uid == kube::integer(told, {"uid"}, -1), "the user is the one it says");
    hold(document->verb != "isolate" || !document->complete ||
             document->reachable_count == static_cast<std::int64_t>(document->reachable.size()),
         "a complete document lists what it counts");
    const std::string line = told.dump();
    hold(looks_like_probe_document(line), "what can be read is recognised in a log");
    const auto again = parse_probe_document(line);
    hold(again && same(*again, *document), "the same JSON reads the same");
    return 0;
}
