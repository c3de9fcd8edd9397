// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The verbs and options there are, as the parser itself has them: who completes a command line or
// names a verb lists nothing a second time. Values; any thread.
#pragma once

#include <string>
#include <vector>

namespace assay::cli {

struct CommandOption {
    std::vector<std::string> names;  // "--select"; the name alone of what has its place
    std::string summary;             // a line
    bool takes_value = false;
    char delimiter = '\0';            // between values in one word
    std::vector<std::string> values;  // all there are, or none: anything
};

struct Command {
    std::string name;
    std::string summary;
    std::vector<CommandOption> options;
    std::vector<CommandOption> places;  // what is told by its place, in order
    std::vector<Command> verbs;
};

Command whole_command();
std::vector<std::string> verb_names();  // "run", "plan", …

}  // namespace assay::cli
