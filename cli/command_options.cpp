// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "cli/command_options.h"

#include <CLI/CLI.hpp>

#include "cli/all_options.h"

namespace assay::cli {

namespace {

constexpr std::size_t longest_summary = 72;

// The first sentence, cut at a word.
std::string summary_of(const std::string& description) {
    std::string line = description.substr(0, description.find_first_of("\n;"));
    if (line.size() > longest_summary) {
        line.resize(line.rfind(' ', longest_summary));
        line += " …";
    }
    return line;
}

// "TEXT:{bash,fish,zsh}" is how the parser writes that the value is one of these.
std::vector<std::string> values_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    const std::size_t open = type.find('{');
    const std::size_t close = type.find('}');
    if (open == std::string::npos || close == std::string::npos) {
        return {};
    }
    return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

CommandOption described(const CLI::Option& option) {
    CommandOption one;
    one.summary = summary_of(option.get_description());
    one.takes_value = option.get_items_expected_max() > 0;
    one.delimiter = option.get_delimiter();
    one.values = values_of(option);
    for (const std::string& name : option.get_lnames()) {
        one.names.push_back("--" + name);
    }
    for (const std::string& name : option.get_snames()) {
        one.names.push_back("-" + name);
    }
    if (one.names.empty()) {
        one.names.push_back(option.get_name());
    }
    return one;
}

void describe(const CLI::App& app, Command& command) {
    for (const CLI::Option* option : app.get_options()) {
        (option->nonpositional() ? command.options : command.places).push_back(described(*option));
    }
    for (const CLI::App* inner : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (inner->get_name().empty()) {  // a group of options
            describe(*inner, command);
            continue;
        }
        Command verb;
        verb.name = inner->get_name();
        verb.summary = summary_of(inner->get_description());
        describe(*inner, verb);
        command.verbs.push_back(std::move(verb));
    }
}

}  // namespace

Command whole_command() {
    Options options;
    CLI::App app;
    add_all(app, options);
    Command command;
    describe(app, command);
    return command;
}

std::vector<std::string> verb_names() {
    std::vector<std::string> names;
    for (const Command& verb : whole_command().verbs) {
        names.push_back(verb.name);
    }
    return names;
}

}  // namespace assay::cli
