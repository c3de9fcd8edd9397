// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// One HTTP exchange between two threads: the I/O thread delivers status, headers and body, the
// caller waits for them with its Limit. A stream's body passes in pieces through a bounded buffer:
// when it is full the I/O thread is told to pause. Internal to the transport. Thread contract:
// deliver members from the I/O thread, the others from the one caller.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "kube/transport.h"

namespace assay::kube {

class Exchange {
public:
    enum class Taken { yes, full, too_large };

    Exchange(bool streams, std::size_t max_body_bytes)
        : streams_(streams), max_body_bytes_(max_body_bytes) {}

    // I/O thread.
    void deliver_header(std::string_view line);
    Taken deliver_body(std::string_view bytes);
    void finish(std::optional<Error> error);

    // Caller. Nullopt: the limit ended the wait first. resume is called when the buffer has room
    // again after full was said.
    std::optional<Result<Response>> await(const std::function<bool(std::string_view)>& on_chunk,
                                          const std::function<void()>& resume, const Limit& limit);

private:
    bool passes_in_pieces() const;  // call with mutex_ held

    const bool streams_;
    const std::size_t max_body_bytes_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    Response response_;
    std::string pending_;  // of a stream, not yet taken by the caller
    bool full_ = false;
    bool finished_ = false;
    std::optional<Error> error_;
};

}  // namespace assay::kube
