// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Reads of what may be too large to keep: a list whose pages are dropped as soon as each object was
// looked at (Client::list keeps them), and the end of a log. Thread contract: as Client's members.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "kube/client.h"

namespace assay::kube {

// Calls each once for every object, on the calling thread; objects are as those of a List. While
// the objects of one page are looked at the next page is asked for, so each may take its time:
// what is in memory at once is two pages and one object. When the pages expire half-way the list
// begins anew, in one piece: again is called, and what each was given before is void.
Result<void> visit(const Client& client, const Resource& resource, std::string_view ns,
                   const Selection& selection, const std::function<void(Json&&)>& each,
                   const std::function<void()>& again, const Limit& limit);

// As visit; the value is the resourceVersion of the list, where a watch goes on.
Result<std::string> visit_for_watch(const Client& client, const Resource& resource,
                                    std::string_view ns, const Selection& selection,
                                    const std::function<void(Json&&)>& each,
                                    const std::function<void()>& again, const Limit& limit);

// The last lines of a container's log, at most max_bytes of them; of its last run if it is not
// running.
Result<std::string> log_tail(const Client& client, std::string_view ns, std::string_view pod,
                             std::string_view container, int lines, std::size_t max_bytes,
                             const Limit& limit);

}  // namespace assay::kube
