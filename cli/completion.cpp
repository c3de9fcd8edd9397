// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/command_options.h"
#include "cli/verbs.h"
#include "engine/embedded.h"
#include "engine/profile.h"

namespace assay::cli {

namespace {

constexpr std::string_view question = "__complete";
constexpr std::string_view kubectls_question = "kubectl_complete-assay";
// cobra's words for it.
constexpr int files_too = 0;
constexpr int no_files = 4;

std::vector<std::string> requirement_ids() {
    std::vector<std::string> ids;
    if (const auto profile = load_profile(Options{}.profile)) {
        for (const Requirement& requirement : profile->requirements) {
            ids.push_back(requirement.id);
        }
    }
    return ids;
}

// What an option takes: by the parser, or out of the data this program carries.
Candidates values_of(const CommandOption& option) {
    const std::string& name = option.names.front();
    std::vector<std::string> values = option.values;
    bool or_files = values.empty();
    if (name == "--profile") {
        values = profile_names();
    } else if (name == "--select" || name == "--skip" || name == "topic") {
        values = requirement_ids();
        or_files = false;
    }
    Candidates result{.words = {}, .or_files = or_files};
    for (std::string& value : values) {
        result.words.push_back({std::move(value), ""});
    }
    return result;
}

// Where the command line has come to before the word to complete.
struct Place {
    const Command* command;
    const CommandOption* awaits_value = nullptr;
    std::size_t places_filled = 0;

    const CommandOption* option(std::string_view name) const {
        const auto found = std::ranges::find_if(command->options, [&](const CommandOption& one) {
            return std::ranges::find(one.names, name) != one.names.end();
        });
        return found == command->options.end() ? nullptr : &*found;
    }

    void pass(const std::string& word) {
        if (awaits_value != nullptr) {
            awaits_value = nullptr;
        } else if (word.starts_with('-')) {
            const CommandOption* named = option(word);
            awaits_value = named != nullptr && named->takes_value ? named : nullptr;
        } else if (const auto verb = std::ranges::find(command->verbs, word, &Command::name);
                   verb != command->verbs.end()) {
            command = &*verb;
        } else {
            ++places_filled;
        }
    }
};

// Those that go on from what is there; `before` is kept in front of each.
Candidates going_on(Candidates all, const std::string& before, const std::string& begun) {
    std::erase_if(all.words, [&](const Candidate& one) { return !one.word.starts_with(begun); });
    for (Candidate& one : all.words) {
        one.word.insert(0, before);
    }
    return all;
}

Candidates values_going_on(const CommandOption& option, const std::string& before,
                           const std::string& begun) {
    const std::size_t comma =
        option.delimiter == '\0' ? std::string::npos : begun.rfind(option.delimiter);
    const std::size_t cut = comma == std::string::npos ? 0 : comma + 1;
    return going_on(values_of(option), before + begun.substr(0, cut), begun.substr(cut));
}

Candidates names_of_options(const Command& command) {
    Candidates all;
    for (const CommandOption& option : command.options) {
        all.words.push_back({option.names.front(), option.summary});
    }
    return all;
}

Candidates names_of_verbs(const Command& command) {
    Candidates all;
    for (const Command& verb : command.verbs) {
        all.words.push_back({verb.name, verb.summary});
    }
    return all;
}

}  // namespace

Candidates candidates(const std::vector<std::string>& words) {
    const Command whole = whole_command();
    const std::string last = words.empty() ? std::string() : words.back();
    Place place{.command = &whole};
    for (std::size_t index = 0; index + 1 < words.size(); ++index) {
        place.pass(words[index]);
    }
    if (place.awaits_value != nullptr) {
        return values_going_on(*place.awaits_value, "", last);
    }
    const std::size_t equals = last.find('=');
    if (last.starts_with('-') && equals != std::string::npos) {
        const CommandOption* option = place.option(last.substr(0, equals));
        return option == nullptr
                   ? Candidates{}
                   : values_going_on(*option, last.substr(0, equals + 1), last.substr(equals + 1));
    }
    if (last.starts_with('-')) {
        return going_on(names_of_options(*place.command), "", last);
    }
    if (!place.command->verbs.empty()) {
        return going_on(names_of_verbs(*place.command), "", last);
    }
    const std::vector<CommandOption>& told_by_place = place.command->places;
    return place.places_filled < told_by_place.size()
               ? values_going_on(told_by_place[place.places_filled], "", last)
               : Candidates{};
}

std::string as_lines(const Candidates& candidates) {
    std::string lines;
    for (const Candidate& one : candidates.words) {
        lines +=
            one.summary.empty() ? one.word + "\n" : fmt::format("{}\t{}\n", one.word, one.summary);
    }
    return lines + fmt::format(":{}\n", candidates.or_files ? files_too : no_files);
}

int answer_shell(int argc, char** argv) {
    const std::vector<std::string> all(argv, argv + argc);
    const bool kubectl_asks = !all.empty() && all.front().ends_with(kubectls_question);
    if (!kubectl_asks && (all.size() < 2 || all[1] != question)) {
        return -1;
    }
    fmt::print("{}", as_lines(candidates({all.begin() + (kubectl_asks ? 1 : 2), all.end()})));
    return 0;
}

int completion(const Options& options) {
    fmt::print("{}", embedded_file("cli/completion/assay." + options.target).value());
    return 0;
}

}  // namespace assay::cli
