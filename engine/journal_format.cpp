// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/journal_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <ranges>
#include <stdexcept>

#include "engine/result_record.h"

namespace assay {

namespace {

using kube::Json;

[[noreturn]] void refuse(std::string_view why) {
    throw std::invalid_argument(std::string(why));
}

std::string word_of(const Json& record) {
    return record.at("record").get<std::string>();
}

JournalHeader header_from(const Json& record) {
    if (word_of(record) != "header" || record.at("schema") != journal_schema) {
        refuse(fmt::format("is no header of {}", journal_schema));
    }
    JournalHeader header;
    record.at("run").get_to(header.run_id);
    record.at("started_at").get_to(header.started_at);
    record.at("tool_version").get_to(header.tool_version);
    record.at("tool_commit").get_to(header.tool_commit);
    record.at("profile").get_to(header.profile_id);
    record.at("profile_sha256").get_to(header.profile_sha256);
    record.at("cluster_uid").get_to(header.cluster_uid);
    record.at("context").get_to(header.context);
    record.at("server").get_to(header.server);
    record.at("command").get_to(header.command);
    header.settings = record.at("settings");
    return header;
}

JournalObject object_from(const Json& record) {
    JournalObject object;
    const auto api_version = record.at("apiVersion").get<std::string>();
    const std::size_t slash = api_version.find('/');
    object.resource.group = slash == std::string::npos ? "" : api_version.substr(0, slash);
    object.resource.version =
        slash == std::string::npos ? api_version : api_version.substr(slash + 1);
    record.at("kind").get_to(object.resource.kind);
    record.at("resource").get_to(object.resource.plural);
    record.at("namespaced").get_to(object.resource.namespaced);
    record.at("requirement").get_to(object.requirement);
    record.at("namespace").get_to(object.namespace_name);
    record.at("name").get_to(object.name);
    record.at("uid").get_to(object.uid);
    return object;
}

Json leftovers_record(const std::vector<Leftover>& leftovers) {
    Json records = Json::array();
    for (const Leftover& one : leftovers) {
        records.push_back({{"kind", one.kind}, {"name", one.name}, {"why", one.why}});
    }
    return records;
}

// What the lines say, one after the other.
class Reading {
public:
    explicit Reading(JournalContents& contents) : contents_(&contents) {}

    void take(const Json& record) {
        const std::string word = word_of(record);
        if (word == "check started") {
            contents_->started.push_back(record.at("requirement").get<std::string>());
        } else if (word == "check result") {
            begin_result(record.at("result"));
        } else if (word == "result part") {
            add_part(record.at("part"), coming(record));
        } else if (word == "check settled") {
            settle(record);
        } else if (word == "resumed") {
            contents_->resumed_at.push_back(record.at("at").get<std::string>());
        } else if (word == "finished") {
            contents_->finished = true;
        } else {
            change(word, object_from(record));
        }
    }

private:
    // Of a run that was killed before it had settled nothing more comes.
    void begin_result(const Json& frame) {
        auto result = result_from(frame);
        if (!result) {
            refuse(result.error());
        }
        coming_[result->id] = std::move(*result);
    }

    RequirementResult& coming(const Json& record) {
        const auto requirement = record.at("requirement").get<std::string>();
        const auto found = coming_.find(requirement);
        if (found == coming_.end()) {
            refuse(fmt::format("{} has no result before", requirement));
        }
        return found->second;
    }

    void settle(const Json& record) {
        SettledCheck settled{std::move(coming(record)), {}};
        coming_.erase(settled.result.id);
        for (const Json& one : record.at("leftovers")) {
            settled.leftovers.push_back({one.at("kind").get<std::string>(),
                                         one.at("name").get<std::string>(),
                                         one.at("why").get<std::string>()});
        }
        contents_->settled[settled.result.id] = std::move(settled);
    }

    void change(const std::string& word, JournalObject object) {
        if (word == "intent") {
            contents_->objects.push_back(std::move(object));
            return;
        }
        // The last intent of that name: a resumed run makes its objects anew under the same names.
        const auto intent = std::ranges::find_if(
            contents_->objects | std::views::reverse, [&](const JournalObject& one) {
                return one.resource == object.resource && one.name == object.name &&
                       one.namespace_name == object.namespace_name;
            });
        if (intent == contents_->objects.rend()) {
            refuse(fmt::format("{} {} was never intended", object.resource.kind, object.name));
        }
        if (word == "created") {
            intent->uid = object.uid;
        } else if (word == "refused" || word == "deleted") {
            intent->gone = true;
        } else {
            refuse(fmt::format("\"{}\" is no record of a journal", word));
        }
    }

    JournalContents* contents_;
    std::map<std::string, RequirementResult> coming_;  // not settled yet, by requirement
};

std::expected<Json, std::string> parsed(std::string_view line) {
    auto record = kube::parse(line);
    if (!record) {
        return std::unexpected(record.error().message);
    }
    return std::move(*record);
}

void take_line(std::string_view line, bool first, JournalContents& contents, Reading& reading) {
    const auto record = parsed(line);
    if (!record) {
        refuse(record.error());
    }
    if (first) {
        contents.header = header_from(*record);
    } else {
        reading.take(*record);
    }
}

}  // namespace

Json header_record(const JournalHeader& header) {
    return {{"record", "header"},
            {"schema", journal_schema},
            {"run", header.run_id},
            {"started_at", header.started_at},
            {"tool_version", header.tool_version},
            {"tool_commit", header.tool_commit},
            {"profile", header.profile_id},
            {"profile_sha256", header.profile_sha256},
            {"cluster_uid", header.cluster_uid},
            {"context", header.context},
            {"server", header.server},
            {"command", header.command},
            {"settings", header.settings}};
}

Json object_record(std::string_view word, const JournalObject& object) {
    return {{"record", word},
            {"requirement", object.requirement},
            {"apiVersion", object.resource.api_version()},
            {"kind", object.resource.kind},
            {"resource", object.resource.plural},
            {"namespaced", object.resource.namespaced},
            {"namespace", object.namespace_name},
            {"name", object.name},
            {"uid", object.uid}};
}

void each_settled_record(const RequirementResult& result, const std::vector<Leftover>& leftovers,
                         const std::function<void(const Json& record)>& take) {
    take({{"record", "check result"}, {"result", frame_of(result)}});
    each_part_of(result, [&](const Json& part) {
        take({{"record", "result part"}, {"requirement", result.id}, {"part", part}});
    });
    take({{"record", "check settled"},
          {"requirement", result.id},
          {"leftovers", leftovers_record(leftovers)}});
}

std::expected<JournalContents, std::string> parse_journal(std::string_view text) {
    JournalContents contents;
    Reading reading(contents);
    contents.total_bytes = text.size();
    int number = 0;
    while (true) {
        const std::size_t end = text.find('\n', contents.whole_bytes);
        if (end == std::string_view::npos) {
            break;  // a last line that was torn says nothing
        }
        ++number;
        try {
            take_line(text.substr(contents.whole_bytes, end - contents.whole_bytes), number == 1,
                      contents, reading);
        } catch (const std::exception& error) {  // of the JSON library too
            return std::unexpected(fmt::format("line {}: {}", number, error.what()));
        }
        contents.whole_bytes = end + 1;
    }
    if (number == 0) {
        return std::unexpected("it has no header; its run ended before it created anything");
    }
    return contents;
}

std::expected<JournalContents, std::string> read_journal(const std::filesystem::path& folder) {
    const std::filesystem::path path = folder / journal_file;
    std::error_code failure;
    const auto size = std::filesystem::file_size(path, failure);
    if (failure || size > max_journal_bytes) {
        return std::unexpected(
            failure ? fmt::format("{}: {}; name the folder of a report that a run has begun",
                                  path.string(), failure.message())
                    : fmt::format("{}: {} bytes are more than a run writes", path.string(), size));
    }
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file) {
        return std::unexpected(fmt::format("{}: cannot be read", path.string()));
    }
    auto contents = parse_journal(text);
    if (!contents) {
        return std::unexpected(
            fmt::format("{}: not a journal that can be trusted: {}; remove what its run left with "
                        "'assay cleanup --all' or by its id",
                        path.string(), contents.error()));
    }
    return contents;
}

}  // namespace assay
