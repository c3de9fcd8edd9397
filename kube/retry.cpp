// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/retry.h"

#include <algorithm>
#include <charconv>
#include <random>

#include "kube/client.h"
#include "kube/pause.h"
#include "kube/timestamp.h"

namespace assay::kube {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int max_attempts = 5;
constexpr int max_attempts_when_told = 10;  // as client-go
constexpr milliseconds first_retry_after{200};
// Who is told to wait longer is better off with the answer.
constexpr seconds longest_told{60};

milliseconds spread(milliseconds from, milliseconds to) {
    thread_local std::minstd_rand random{std::random_device{}()};
    return milliseconds(
        std::uniform_int_distribution<milliseconds::rep>(from.count(), to.count())(random));
}

Error cancelled() {
    return {Error::Kind::cancelled, 0, "", "cancelled while waiting to ask the server again"};
}

std::optional<milliseconds> pause_when_told(const Response& response, int attempt) {
    const auto told = retry_after(response);
    if (attempt + 1 >= max_attempts_when_told || (told && *told > longest_told)) {
        return std::nullopt;
    }
    return told ? *told + spread(milliseconds(0), first_retry_after)
                : backoff(std::min(attempt, max_attempts));
}

std::optional<milliseconds> pause_before_next(const Result<Response>& answer, bool harmless,
                                              int attempt) {
    if (answer && answer->status == 429) {  // turned away, so that nothing was done
        return pause_when_told(*answer, attempt);
    }
    if (!harmless || !is_lost(answer)) {
        return std::nullopt;
    }
    if (answer && retry_after(*answer)) {
        return pause_when_told(*answer, attempt);
    }
    return attempt + 1 < max_attempts ? std::optional(backoff(attempt)) : std::nullopt;
}

}  // namespace

milliseconds backoff(int attempt) {
    const milliseconds middle = first_retry_after * (1 << attempt);
    return spread(middle / 2, middle * 3 / 2);
}

bool is_lost(const Result<Response>& answer) {
    if (!answer) {
        return answer.error().kind == Error::Kind::network;
    }
    return answer->status == 500 || (answer->status >= 502 && answer->status <= 504);
}

std::optional<seconds> retry_after(const Response& response) {
    const auto header = response.headers.find("retry-after");
    if (header == response.headers.end()) {
        return std::nullopt;
    }
    const std::string& text = header->second;
    int value = -1;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size()) {
        return value >= 0 ? std::optional(seconds(value)) : std::nullopt;
    }
    const auto until = moment_of_http_date(text);
    const auto date = response.headers.find("date");
    const auto its_now =
        date == response.headers.end() ? std::nullopt : moment_of_http_date(date->second);
    if (!until) {
        return std::nullopt;
    }
    const Moment now = its_now.value_or(std::chrono::system_clock::now());
    return std::max(seconds(0), std::chrono::ceil<seconds>(*until - now));
}

bool is_done(const Result<Response>& answer) {
    return answer && answer->status >= 200 && answer->status <= 299;
}

Heard heard(Transport& transport, const Request& request, const Limit& limit, Repeat repeat,
            const std::function<Result<void>(const std::string&)>& read) {
    const bool harmless = repeat == Repeat::harmless || request.method == "GET";
    bool lost_before = false;
    std::optional<Error> unreadable;
    for (int attempt = 0;; ++attempt) {
        const Sent last = sent(transport, request, limit, repeat);
        lost_before = lost_before || last.lost_before;
        if (!last.answer) {
            // That the time ran out amidst another attempt says less than what came before.
            const bool out_of_time = last.answer.error().kind == Error::Kind::timeout;
            return {std::unexpected(out_of_time && unreadable ? *unreadable : last.answer.error()),
                    lost_before};
        }
        if (!is_done(last.answer)) {
            return {std::unexpected(error_of(*last.answer)), lost_before};
        }
        Result<void> done = read(last.answer->body);
        if (done || !harmless || attempt + 1 >= max_attempts || !pause(backoff(attempt), limit)) {
            return {std::move(done), lost_before};
        }
        unreadable = done.error();
        lost_before = true;
    }
}

Answered answered(Transport& transport, const Request& request, const Limit& limit, Repeat repeat) {
    Json value;
    const auto read = [&](const std::string& body) -> Result<void> {
        auto parsed = parse(body);
        if (!parsed) {
            return std::unexpected(parsed.error());
        }
        value = *std::move(parsed);
        return {};
    };
    const Heard done = heard(transport, request, limit, repeat, read);
    if (!done.answer) {
        return {std::unexpected(done.answer.error()), done.lost_before};
    }
    return {std::move(value), done.lost_before};
}

Sent sent(Transport& transport, const Request& request, const Limit& limit, Repeat repeat) {
    const bool harmless = repeat == Repeat::harmless || request.method == "GET";
    bool lost_before = false;
    for (int attempt = 0;; ++attempt) {
        Result<Response> answer = transport.send(request, limit);
        const auto wait = pause_before_next(answer, harmless, attempt);
        if (!wait) {
            return {std::move(answer), lost_before};
        }
        lost_before = lost_before || is_lost(answer);
        if (!pause(*wait, limit)) {
            if (limit.stop.stop_requested()) {
                return {std::unexpected(cancelled()), lost_before};
            }
            return {std::move(answer), lost_before};
        }
    }
}

}  // namespace assay::kube
