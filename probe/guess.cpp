// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/guess.h"

#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>

namespace assay::probe {

namespace {

constexpr unsigned highest_major = 4095;
constexpr unsigned highest_minor = 1048575;

bool read_number(std::string_view text, unsigned highest, unsigned& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value <= highest;
}

// A directory nobody else looks into; gone with the object.
class OwnDirectory {
public:
    OwnDirectory(const std::vector<std::string>& candidates, const KernelCalls& kernel) {
        for (const std::string& candidate : candidates) {
            if (kernel.mounted_nodev(candidate)) {
                refuse(candidate, "nodev");
                continue;
            }
            std::string name = candidate + "/assay-probe-XXXXXX";
            if (::mkdtemp(name.data()) != nullptr) {
                path_ = name;
                return;
            }
            error_ = errno_name(errno);
            refuse(candidate, error_);
        }
    }
    OwnDirectory(const OwnDirectory&) = delete;
    OwnDirectory& operator=(const OwnDirectory&) = delete;
    ~OwnDirectory() {
        if (!path_.empty()) {
            ::rmdir(path_.c_str());
        }
    }

    const std::string& path() const { return path_; }    // "" if no candidate would do
    const std::string& error() const { return error_; }  // the last errno's name
    std::string why() const { return "no directory to make a node in: " + refusals_; }

private:
    void refuse(const std::string& candidate, const std::string& because) {
        refusals_ += (refusals_.empty() ? "" : ", ") + candidate + " " + because;
    }

    std::string path_;
    std::string error_;
    std::string refusals_;
};

void guess_one(const DeviceNumber& number, const OwnDirectory& directory, const NeverOpen& never,
               const KernelCalls& kernel, Attempts& attempts) {
    Attempt attempt{.number = number.text(), .path = "", .by = "mknod", .error = "", .why = ""};
    if (const std::string_view reason = never.reason(number, ""); !reason.empty()) {
        attempt.why = "never opened: " + std::string(reason);
        attempts.not_tried.push_back(std::move(attempt));
        return;
    }
    if (directory.path().empty()) {
        attempt.error = directory.error();
        attempt.why = directory.why();
        attempts.not_tried.push_back(std::move(attempt));
        return;
    }
    attempt.path =
        directory.path() + "/" + std::to_string(number.major) + "-" + std::to_string(number.minor);
    const int made =
        kernel.make_character_device(attempt.path, ::makedev(number.major, number.minor));
    if (made != 0) {
        attempt.path.clear();
        attempt.error = errno_name(made);
        attempt.why = "mknod refused";
        attempts.not_tried.push_back(std::move(attempt));
        return;
    }
    const int opened = kernel.open_device(attempt.path);
    ::unlink(attempt.path.c_str());
    attempts.settle(std::move(attempt), opened);
}

}  // namespace

std::optional<NumberRange> parse_number_range(std::string_view text, std::string& error) {
    const std::size_t second = text.find(':', 2);
    if (text.starts_with("b:")) {
        error = "block devices are never opened: name a character device, c:MAJOR:MINOR";
        return std::nullopt;
    }
    NumberRange range;
    if (text.starts_with("c:") && second != std::string_view::npos &&
        read_number(text.substr(2, second - 2), highest_major, range.major)) {
        const std::string_view minors = text.substr(second + 1);
        const std::size_t dash = minors.find('-');
        const std::string_view last =
            dash == std::string_view::npos ? minors : minors.substr(dash + 1);
        if (read_number(minors.substr(0, dash), highest_minor, range.first) &&
            read_number(last, highest_minor, range.last) && range.first <= range.last) {
            return range;
        }
    }
    error = "a device number is c:MAJOR:MINOR or c:MAJOR:FIRST-LAST, as in c:195:0-15; got " +
            std::string(text);
    return std::nullopt;
}

void guess(const std::vector<NumberRange>& ranges, const std::vector<std::string>& directories,
           const NeverOpen& never, const KernelCalls& kernel, Attempts& attempts) {
    if (ranges.empty()) {
        return;
    }
    const OwnDirectory directory(directories, kernel);
    for (const NumberRange& range : ranges) {
        for (unsigned minor = range.first; minor <= range.last; ++minor) {
            guess_one({'c', range.major, minor}, directory, never, kernel, attempts);
        }
    }
}

}  // namespace assay::probe
