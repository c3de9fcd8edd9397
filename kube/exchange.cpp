// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/exchange.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace assay::kube {

namespace {

constexpr std::size_t max_pending_bytes = 1024 * 1024;

// 200 of "HTTP/1.1 200 OK" and "HTTP/2 200".
int status_of(std::string_view line) {
    const std::size_t space = line.find(' ');
    int status = 0;
    if (space != std::string_view::npos) {
        std::from_chars(line.data() + space + 1, line.data() + line.size(), status);
    }
    return status;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(blanks);
    return begin == std::string_view::npos
               ? std::string_view{}
               : text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::string lower_case(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

bool reached(const Limit& limit) {
    return limit.stop.stop_requested() || std::chrono::steady_clock::now() >= limit.deadline;
}

}  // namespace

bool Exchange::passes_in_pieces() const {
    return streams_ && response_.status >= 200 && response_.status <= 299;
}

void Exchange::deliver_header(std::string_view line) {
    const std::scoped_lock lock(mutex_);
    if (line.starts_with("HTTP/")) {  // again for each answer: 100 Continue, a proxy's CONNECT
        response_ = {};
        response_.status = status_of(line);
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
        std::string& value = response_.headers[lower_case(trimmed(line.substr(0, colon)))];
        value += value.empty() ? "" : ", ";  // a repeated header is one list (RFC 9110, 5.3)
        value += trimmed(line.substr(colon + 1));
    }
}

Exchange::Taken Exchange::deliver_body(std::string_view bytes) {
    const std::scoped_lock lock(mutex_);
    if (passes_in_pieces()) {
        if (!pending_.empty() && pending_.size() + bytes.size() > max_pending_bytes) {
            full_ = true;
            return Taken::full;
        }
        pending_ += bytes;
        changed_.notify_all();
        return Taken::yes;
    }
    if (response_.body.size() + bytes.size() > max_body_bytes_) {
        return Taken::too_large;
    }
    response_.body += bytes;
    return Taken::yes;
}

void Exchange::finish(std::optional<Error> error) {
    const std::scoped_lock lock(mutex_);
    finished_ = true;
    error_ = std::move(error);
    changed_.notify_all();
}

std::optional<Result<Response>> Exchange::await(
    const std::function<bool(std::string_view)>& on_chunk, const std::function<void()>& resume,
    const Limit& limit) {
    std::unique_lock lock(mutex_);
    for (;;) {
        const bool woken = changed_.wait_until(lock, limit.stop, limit.deadline,
                                               [&] { return finished_ || !pending_.empty(); });
        if (finished_ && pending_.empty()) {  // an answer that is here counts, late or not
            return error_ ? Result<Response>(std::unexpected(*error_)) : std::move(response_);
        }
        if (!woken || reached(limit)) {
            return std::nullopt;
        }
        std::string pieces;
        pieces.swap(pending_);
        const bool was_full = std::exchange(full_, false);
        lock.unlock();
        if (!on_chunk(pieces)) {
            lock.lock();
            return Response{response_.status, response_.headers, {}};
        }
        if (was_full) {
            resume();
        }
        lock.lock();
    }
}

}  // namespace assay::kube
