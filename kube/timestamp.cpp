// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "kube/timestamp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace assay::kube {

namespace {

namespace chrono = std::chrono;

// Reads a text from its front.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    // Exactly that many digits, of a number no greater than most.
    int number(std::size_t digits, int most) {
        int value = -1;
        const std::string_view written = rest_.substr(0, digits);
        if (written.size() == digits && std::ranges::all_of(written, is_digit)) {
            std::from_chars(written.data(), written.data() + written.size(), value);
            rest_.remove_prefix(digits);
        }
        good_ = good_ && value >= 0 && value <= most;
        return value;
    }
    bool skip(std::string_view words) {
        const bool there = rest_.starts_with(words);
        rest_.remove_prefix(there ? words.size() : 0);
        return there;
    }
    void expect(std::string_view words) { good_ = skip(words) && good_; }
    // Of ".5" or nothing; digits beyond the ninth do not count.
    chrono::nanoseconds fraction() {
        long value = 0;
        long unit = skip(".") ? 1'000'000'000 : 1;
        const bool written = unit > 1;
        const std::size_t begin = rest_.size();
        for (; written && !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1)) {
            unit /= 10;
            value += unit * (rest_.front() - '0');
        }
        good_ = good_ && written == (rest_.size() < begin);
        return chrono::nanoseconds(value);
    }
    // Of "Z", "+02:00".
    chrono::minutes offset() {
        if (skip("Z") || skip("z")) {
            return {};
        }
        const int sign = skip("-") ? -1 : 1;
        if (sign == 1) {
            expect("+");
        }
        const int hours = number(2, 23);
        expect(":");
        const int minutes = number(2, 59);
        return sign * chrono::minutes(hours * 60 + minutes);
    }
    std::string_view word(std::size_t letters) {
        const std::string_view taken = rest_.substr(0, letters);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    bool done() const { return good_ && rest_.empty(); }

private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    std::string_view rest_;
    bool good_ = true;
};

chrono::seconds time_of_day(Reader& reader) {
    const int hour = reader.number(2, 23);
    reader.expect(":");
    const int minute = reader.number(2, 59);
    reader.expect(":");
    const int second = reader.number(2, 60);  // 60 is a leap second
    return chrono::seconds(hour * 3600 + minute * 60 + second);
}

std::optional<Moment> moment(const Reader& reader, int year, int month, int day,
                             chrono::nanoseconds since_midnight) {
    const chrono::year_month_day date{chrono::year(year),
                                      chrono::month(static_cast<unsigned>(month)),
                                      chrono::day(static_cast<unsigned>(day))};
    constexpr int first_year = 1678;  // what nanoseconds in 64 bits reach
    constexpr int last_year = 2261;
    if (!reader.done() || !date.ok() || year < first_year || year > last_year) {
        return std::nullopt;
    }
    return chrono::sys_days(date) + since_midnight;
}

}  // namespace

std::optional<Moment> moment_of(std::string_view rfc3339) {
    Reader reader(rfc3339);
    const int year = reader.number(4, 9999);
    reader.expect("-");
    const int month = reader.number(2, 12);
    reader.expect("-");
    const int day = reader.number(2, 31);
    if (!reader.skip("T")) {
        reader.expect("t");
    }
    const chrono::nanoseconds time = time_of_day(reader);
    const chrono::nanoseconds fraction = reader.fraction();
    const chrono::nanoseconds offset = reader.offset();
    return moment(reader, year, month, day, time + fraction - offset);
}

std::optional<Moment> moment_of_http_date(std::string_view date) {
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    Reader reader(date);
    reader.word(3);  // the day of the week follows from the date
    reader.expect(", ");
    const int day = reader.number(2, 31);
    reader.expect(" ");
    const auto month = std::ranges::find(months, reader.word(3));
    reader.expect(" ");
    const int year = reader.number(4, 9999);
    reader.expect(" ");
    const chrono::nanoseconds time = time_of_day(reader);
    reader.expect(" GMT");
    return moment(reader, year, static_cast<int>(month - months.begin()) + 1, day, time);
}

std::string text_of(Moment moment) {
    const auto day = chrono::floor<chrono::days>(moment);
    const chrono::year_month_day date(day);
    const chrono::hh_mm_ss time(chrono::floor<chrono::seconds>(moment - day));
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace assay::kube
