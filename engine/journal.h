// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// journal.jsonl in the folder of a report: what a run is about to create, has created and deleted,
// and which checks have settled, a line of JSON each, so that a run that was killed can be cleaned
// up and resumed. The file is locked while its run lives. Thread contract: writing from any thread;
// reading is a pure function of the file. Errors are one sentence that names the file.
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/result.h"
#include "kube/json.h"
#include "kube/resource.h"

namespace assay {

inline constexpr const char* journal_file = "journal.jsonl";
// A journal longer than this was not written by a run: 64 MiB of evidence, escaped, and the rest.
inline constexpr std::size_t max_journal_bytes = 512UL * 1024 * 1024;

// Which run this is. A run is resumed only by the same version, with the same profile, on the same
// cluster.
struct JournalHeader {
    std::string run_id;
    std::string started_at;  // RFC 3339
    std::string tool_version;
    std::string tool_commit;
    std::string profile_id;
    std::string profile_sha256;
    std::string cluster_uid;  // of namespace kube-system
    std::string context;
    std::string server;
    std::vector<std::string> command;
    kube::Json settings;  // of the command line, as the command line wants them back
};

struct JournalObject {
    kube::Resource resource;
    std::string requirement;
    std::string namespace_name;
    std::string name;
    std::string uid = {};  // "": not known to have been created
    bool gone = false;     // refused by the server, or deleted
};

struct SettledCheck {
    RequirementResult result;
    std::vector<Leftover> leftovers;
};

struct JournalContents {
    JournalHeader header;
    std::vector<JournalObject> objects;           // in the order of the intents
    std::vector<std::string> started;             // checks, in that order
    std::map<std::string, SettledCheck> settled;  // by requirement
    std::vector<std::string> resumed_at;          // RFC 3339
    bool finished = false;                        // every check was settled and reported
    std::size_t whole_bytes = 0;                  // up to the end of the last whole line
    std::size_t total_bytes = 0;                  // with what is torn
};

class Journal {
public:
    // Begins the journal of a new run; the folder is there and has none.
    static std::expected<std::unique_ptr<Journal>, std::string> start(
        const std::filesystem::path& folder, const JournalHeader& header);
    // Goes on with the journal of a run that is not alive any more; cuts off a torn last line and
    // writes down that the run was resumed. contents is what read_journal() has just given.
    static std::expected<std::unique_ptr<Journal>, std::string> resume(
        const std::filesystem::path& folder, JournalContents& contents);

    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    // On disk when it returns.
    std::expected<void, std::string> intent(const JournalObject& object);
    // A record that cannot be written makes the next intent an error, so that the run creates
    // nothing more.
    void created(const JournalObject& object, const std::string& uid);
    void refused(const JournalObject& object, const std::string& why);
    void deleted(const JournalObject& object);
    void check_started(const std::string& requirement);
    void check_settled(const RequirementResult& result, const std::vector<Leftover>& leftovers);
    // Nothing is left to resume.
    void finished();

private:
    enum class Durable { no, yes };

    Journal(int file, std::string path) : file_(file), path_(std::move(path)) {}
    static std::expected<std::unique_ptr<Journal>, std::string> locked(
        const std::filesystem::path& folder, int flags);
    std::expected<void, std::string> write(const kube::Json& record, Durable durable);

    int file_;
    std::string path_;
    std::mutex mutex_;
    std::string failure_;  // of an earlier record
};

// A last line that is not whole is left out; anything else that a run does not write is an error.
std::expected<JournalContents, std::string> read_journal(const std::filesystem::path& folder);

// Whether the run that writes this journal is alive.
bool journal_in_use(const std::filesystem::path& folder);

}  // namespace assay
