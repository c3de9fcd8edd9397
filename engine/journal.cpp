// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/journal_format.h"
#include "engine/run_id.h"

namespace assay {

namespace {

namespace fs = std::filesystem;
using kube::Json;

constexpr mode_t readable_by_owner = 0600;

// All of the line, also where the kernel takes a part of it only.
bool write_all(int file, std::string_view line) {
    while (!line.empty()) {
        const ssize_t written = ::write(file, line.data(), line.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        line.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

// A new file is found after a crash only if its folder is on disk, too.
void sync_folder(const fs::path& folder) {
    const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle >= 0) {
        static_cast<void>(::fsync(handle));
        ::close(handle);
    }
}

}  // namespace

std::expected<std::unique_ptr<Journal>, std::string> Journal::locked(const fs::path& folder,
                                                                     int flags) {
    const std::string path = (folder / journal_file).string();
    const int file =
        ::open(path.c_str(), flags | O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW, readable_by_owner);
    if (file < 0) {
        return std::unexpected(fmt::format("{}: cannot be written: {}; give another folder", path,
                                           std::strerror(errno)));
    }
    std::unique_ptr<Journal> journal(new Journal(file, path));
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        return std::unexpected(
            fmt::format("{}: its run is still going; wait for it, or end it first", path));
    }
    return journal;
}

std::expected<std::unique_ptr<Journal>, std::string> Journal::start(const fs::path& folder,
                                                                    const JournalHeader& header) {
    auto journal = locked(folder, O_CREAT | O_EXCL);
    if (!journal) {
        return journal;
    }
    if (const auto written = (*journal)->write(header_record(header), Durable::yes); !written) {
        return std::unexpected(written.error());
    }
    sync_folder(folder);
    return journal;
}

std::expected<std::unique_ptr<Journal>, std::string> Journal::resume(const fs::path& folder,
                                                                     JournalContents& contents) {
    auto journal = locked(folder, 0);
    if (!journal) {
        return journal;
    }
    const auto size = ::lseek((*journal)->file_, 0, SEEK_END);
    if (size != static_cast<off_t>(contents.total_bytes)) {
        return std::unexpected(fmt::format("{}: another process has just written to it; try again",
                                           (*journal)->path_));
    }
    if (::ftruncate((*journal)->file_, static_cast<off_t>(contents.whole_bytes)) != 0) {
        return std::unexpected(fmt::format("{}: its torn last line cannot be cut off: {}",
                                           (*journal)->path_, std::strerror(errno)));
    }
    const std::string now = now_rfc3339();
    const Json record{{"record", "resumed"}, {"at", now}};
    if (const auto written = (*journal)->write(record, Durable::yes); !written) {
        return std::unexpected(written.error());
    }
    contents.resumed_at.push_back(now);
    return journal;
}

Journal::~Journal() {
    ::close(file_);
}

std::expected<void, std::string> Journal::write(const Json& record, Durable durable) {
    const std::string line = record.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    const std::scoped_lock lock(mutex_);
    if (failure_.empty()) {
        const bool done =
            write_all(file_, line) && (durable == Durable::no || ::fdatasync(file_) == 0);
        if (!done) {
            failure_ = fmt::format(
                "{}: cannot be written ({}), so nothing more is created; make room and "
                "resume the run",
                path_, std::strerror(errno));
        }
    }
    return failure_.empty() ? std::expected<void, std::string>{} : std::unexpected(failure_);
}

std::expected<void, std::string> Journal::intent(const JournalObject& object) {
    return write(object_record("intent", object), Durable::yes);
}

void Journal::created(const JournalObject& object, const std::string& uid) {
    JournalObject made = object;
    made.uid = uid;
    static_cast<void>(write(object_record("created", made), Durable::no));
}

void Journal::refused(const JournalObject& object, const std::string& why) {
    Json record = object_record("refused", object);
    record["why"] = why;
    static_cast<void>(write(record, Durable::no));
}

void Journal::deleted(const JournalObject& object) {
    static_cast<void>(write(object_record("deleted", object), Durable::no));
}

void Journal::check_started(const std::string& requirement) {
    const Json record{{"record", "check started"}, {"requirement", requirement}};
    static_cast<void>(write(record, Durable::no));
}

void Journal::check_settled(const RequirementResult& result,
                            const std::vector<Leftover>& leftovers) {
    each_settled_record(result, leftovers, [this](const Json& record) {
        const bool last = record.at("record") == "check settled";
        static_cast<void>(write(record, last ? Durable::yes : Durable::no));
    });
}

void Journal::finished() {
    static_cast<void>(write({{"record", "finished"}}, Durable::yes));
}

bool journal_in_use(const fs::path& folder) {
    const int file = ::open((folder / journal_file).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) {
        return false;
    }
    const bool in_use = ::flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(file);
    return in_use;
}

}  // namespace assay
