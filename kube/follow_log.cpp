// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <algorithm>

#include "kube/client.h"
#include "kube/line_splitter.h"
#include "kube/log_path.h"
#include "kube/pause.h"

namespace assay::kube {

namespace {

using std::chrono::milliseconds;

constexpr int max_ends = 5;  // a stream may end early; a log that ended for good ends each time
constexpr milliseconds first_pause{200};
constexpr milliseconds longest_pause{2000};

struct Followed {
    std::optional<std::string> line;
    Error error;               // why there is none
    bool again = false;        // another attempt may find it
    bool not_started = false;  // the kubelet has no log yet
};

class LogSearch {
public:
    LogSearch(Transport& transport, std::string_view ns, std::string_view pod,
              std::string_view container, std::size_t max_bytes,
              const std::function<bool(std::string_view)>& wanted)
        : transport_(transport),
          path_(log_path(ns, pod, container) + "&follow=true"),
          whose_(fmt::format("pod {}, container {}", pod, container)),
          max_bytes_(max_bytes),
          wanted_(wanted) {}

    Followed follow(const Limit& limit) const {
        Followed followed;
        LineSplitter lines(max_bytes_);
        Request request;
        request.path = path_;
        request.headers["Accept"] = "*/*";
        request.on_chunk = [&](std::string_view chunk) {
            return lines.feed(chunk, [&](std::string_view line) {
                if (wanted_(line)) {
                    followed.line = line;
                }
                return !followed.line;
            });
        };
        const auto answer = transport_.send(request, limit);
        if (!followed.line) {
            explain(answer, lines.too_long(), followed);
        }
        return followed;
    }

private:
    void explain(const Result<Response>& answer, bool too_long, Followed& followed) const {
        if (too_long) {
            followed.error = {
                Error::Kind::protocol, 0, "",
                fmt::format("{}: a line of the log is longer than {} bytes", whose_, max_bytes_)};
        } else if (!answer) {
            followed.error = answer.error();
            followed.again = answer.error().kind == Error::Kind::network;
        } else if (answer->status == 200) {
            followed.error = {Error::Kind::not_found, 0, "",
                              fmt::format("{}: the log ended without the line", whose_)};
            followed.again = true;
        } else {
            followed.error = error_of(*answer);
            followed.not_started = followed.error.kind == Error::Kind::invalid;
            followed.again = followed.not_started || followed.error.kind == Error::Kind::server ||
                             followed.error.kind == Error::Kind::throttled;
        }
    }

    Transport& transport_;
    std::string path_;
    std::string whose_;
    std::size_t max_bytes_;
    const std::function<bool(std::string_view)>& wanted_;
};

}  // namespace

Result<std::string> Client::follow_log_until(std::string_view ns, std::string_view pod,
                                             std::string_view container, std::size_t max_bytes,
                                             const std::function<bool(std::string_view)>& wanted,
                                             const Limit& limit) const {
    const LogSearch search(*transport_, ns, pod, container, max_bytes, wanted);
    milliseconds wait = first_pause;
    for (int ends = 0;;) {
        Followed followed = search.follow(limit);
        if (followed.line) {
            return std::move(*followed.line);
        }
        ends += followed.not_started ? 0 : 1;
        if (!followed.again || ends >= max_ends || !pause(wait, limit)) {
            const bool stopped = limit.stop.stop_requested();
            return std::unexpected(
                stopped ? Error{Error::Kind::cancelled, 0, "", "cancelled while following a log"}
                        : std::move(followed.error));
        }
        wait = std::min(wait * 2, longest_pause);
    }
}

}  // namespace assay::kube
