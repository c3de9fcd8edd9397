// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Cuts a stream that arrives in pieces into lines. Internal to kube/. Thread contract: a value for
// one thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace assay::kube {

class LineSplitter {
public:
    explicit LineSplitter(std::size_t max_line_bytes) : max_line_bytes_(max_line_bytes) {}

    // Gives take each line that is complete now, without its end. False as soon as take says false
    // or a line is too long.
    template <class Take>
    bool feed(std::string_view piece, Take&& take) {
        while (!too_long_) {
            const std::size_t end = piece.find('\n');
            too_long_ = rest_.size() + std::min(end, piece.size()) > max_line_bytes_;
            if (too_long_ || end == std::string_view::npos) {
                break;
            }
            rest_ += piece.substr(0, end);
            piece.remove_prefix(end + 1);
            const bool more = take(std::string_view(rest_));
            rest_.clear();
            if (!more) {
                return false;
            }
        }
        rest_ += too_long_ ? std::string_view{} : piece;
        return !too_long_;
    }

    bool too_long() const { return too_long_; }

private:
    std::size_t max_line_bytes_;
    std::string rest_;
    bool too_long_ = false;
};

}  // namespace assay::kube
