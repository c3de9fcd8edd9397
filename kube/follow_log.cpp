// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "kube/client.h"
#include "kube/line_splitter.h"
#include "kube/log_path.h"
#include "kube/pause.h"
#include "kube/timestamp.h"

namespace assay::kube {

namespace {

using std::chrono::milliseconds;

constexpr int max_ends = 5;  // a stream may end early; a log that ended for good ends each time
constexpr milliseconds first_follow_after{200};
constexpr milliseconds longest_pause{2000};

constexpr std::size_t room_for_a_timestamp = 64;

// What the streams of a log have brought, so that another goes on after them. Lines need not be in
// the order of their times: a container's two outputs are timed apart from each other.
class Seen {
public:
    // "" or from which second on to ask: the API knows no finer time.
    std::string since() const { return latest_ ? "&sinceTime=" + text_of(window(*latest_)) : ""; }

    void begin_stream() {
        from_ = latest_ ? std::optional(window(*latest_)) : std::nullopt;
        known_ = lines_;
    }

    // The words of a line that begins with its timestamp, unless an earlier stream has brought it.
    std::optional<std::string_view> fresh(std::string_view line) {
        const std::size_t blank = std::min(line.find(' '), line.size());
        const auto written = moment_of(line.substr(0, blank));
        if (!written) {
            return line;  // no timestamp of a kubelet's: asked about as it is
        }
        const auto known = known_.find(*written);
        const bool again = known != known_.end() && known->second > 0;
        if (again) {
            --known->second;
        }
        if (again || (from_ && *written < *from_)) {
            return std::nullopt;
        }
        note(*written);
        return line.substr(std::min(blank + 1, line.size()));
    }

private:
    // A second more than the latest line needs, for those that come out of order.
    static Moment window(Moment latest) {
        return std::chrono::floor<std::chrono::seconds>(latest) - std::chrono::seconds(1);
    }
    void note(Moment written) {
        const Moment latest = std::max(latest_.value_or(written), written);
        latest_ = latest;
        ++lines_[written];
        while (lines_.begin()->first < window(latest) || lines_.size() > max_times_known) {
            lines_.erase(lines_.begin());
        }
    }

    static constexpr std::size_t max_times_known = 65'536;  // beyond, a line may come twice

    std::optional<Moment> latest_;
    std::map<Moment, std::size_t> lines_;  // how many of each time, from the window on
    std::optional<Moment> from_;           // of this stream, nothing for the first
    std::map<Moment, std::size_t> known_;  // of lines_, what this stream has not yet repeated
};

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
          path_(log_path(ns, pod, container) + "&follow=true&timestamps=true"),
          whose_(fmt::format("pod {}, container {}", pod, container)),
          max_bytes_(max_bytes),
          wanted_(wanted) {}

    Followed follow(const Limit& limit) {
        Followed followed;
        LineSplitter lines(max_bytes_ + room_for_a_timestamp);
        seen_.begin_stream();
        Request request;
        request.path = path_ + seen_.since();
        request.headers["Accept"] = "*/*";
        request.on_chunk = [&](std::string_view chunk) {
            return lines.feed(chunk, [&](std::string_view line) {
                const auto words = seen_.fresh(line);
                if (words && wanted_(*words)) {
                    followed.line = *words;
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
    Seen seen_;
};

}  // namespace

Result<std::string> Client::follow_log_until(std::string_view ns, std::string_view pod,
                                             std::string_view container, std::size_t max_bytes,
                                             const std::function<bool(std::string_view)>& wanted,
                                             const Limit& limit) const {
    LogSearch search(*transport_, ns, pod, container, max_bytes, wanted);
    milliseconds wait = first_follow_after;
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
