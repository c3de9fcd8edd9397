// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What a probe's document answers, but for the devices it opened.

#include <fmt/format.h>

#include <algorithm>

#include "engine/scenario.h"

namespace assay {

Observed<std::string> Report::verb() const {
    Observed<std::string> result{
        .value = std::string(), .provenance = provenance_, .testimony = testimony_};
    if (document_) {
        result.value = document_->verb;
    } else {
        result.value = std::unexpected(document_.error());
    }
    return result;
}

template <class T>
Observed<T> Report::told(std::optional<T> ProbeDocument::* member, std::string_view of) const {
    Observed<T> result{.value = T{}, .provenance = provenance_, .testimony = testimony_};
    if (!document_) {
        result.value = std::unexpected(document_.error());
    } else if (const std::optional<T>& found = (*document_).*member; found) {
        result.value = *found;
    } else {
        result.value = std::unexpected(NoAnswer{
            .closed = false, .reason = fmt::format("the probe's document tells of no {}", of)});
    }
    return result;
}

Observed<ProbeLoad> Report::load() const {
    return told(&ProbeDocument::load, "load");
}

Observed<SharedMemory> Report::shared_memory() const {
    return told(&ProbeDocument::shared_memory, "memory that it marked");
}

Observed<SearchedMemory> Report::searched_memory() const {
    return told(&ProbeDocument::searched_memory, "memory that it searched");
}

Observed<OpenedHandle> Report::opened_handle() const {
    return told(&ProbeDocument::opened_handle, "handle that it tried to open");
}

Observed<TrafficPhase> Report::phase(std::string_view name) const {
    Observed<TrafficPhase> result{
        .value = TrafficPhase{}, .provenance = provenance_, .testimony = testimony_};
    if (!document_) {
        result.value = std::unexpected(document_.error());
        return result;
    }
    const auto found = std::ranges::find(document_->traffic, name, &TrafficPhase::name);
    if (found == document_->traffic.end()) {
        result.value = std::unexpected(NoAnswer{
            .closed = false, .reason = fmt::format("the client's document has no phase {}", name)});
    } else {
        result.value = *found;
    }
    return result;
}

}  // namespace assay
