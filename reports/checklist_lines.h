// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A checklist as the lines of its file, for changes that leave every other line as it is. Knows the
// layout that the programme's files have (block mappings, a requirement begins with "- id:"), not
// all of YAML; whoever changes lines reads the result again as YAML. One thread. Errors are one
// sentence.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace assay::reports {

class ChecklistLines {
public:
    explicit ChecklistLines(std::string_view text);

    // The value of a member of metadata, or of the requirement; the member is added where it is
    // missing. A comment behind the value stays.
    std::expected<void, std::string> set_metadata(const std::string& name, std::string_view value);
    std::expected<void, std::string> set(const std::string& requirement, const std::string& name,
                                         std::string_view value);
    // links: at least one. is_empty: the list is there, or not, and holds nothing.
    std::expected<void, std::string> add_evidence(const std::string& requirement,
                                                  const std::vector<std::string>& links,
                                                  bool is_empty);
    // A comment in front of everything.
    void put_first(std::string_view comment);

    std::string text() const;

private:
    struct Block {  // lines [begin, end) whose members stand in the column
        std::size_t begin = 0;
        std::size_t end = 0;
        std::size_t column = 0;
    };
    struct Member {  // lines [begin, end); begin == end: there is none, and it belongs there
        std::size_t begin = 0;
        std::size_t end = 0;
        std::size_t value_at = 0;  // column behind the colon
    };

    std::expected<Block, std::string> metadata() const;
    std::expected<Block, std::string> requirement(const std::string& id) const;
    Member member(const Block& block, const std::string& name) const;
    void set_in(const Block& block, const std::string& name, std::string_view value);
    std::size_t end_of(std::size_t begin, std::size_t column, bool dashes_too) const;

    std::vector<std::string> lines_;  // without line feeds
    std::string end_of_line_;
};

}  // namespace assay::reports
