// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/document.h"

#include <openssl/sha.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "probe/version.h"

namespace assay::probe {

namespace {

constexpr std::size_t longest_driver_version = 80;

std::string line_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string now() {
    const auto time = std::chrono::system_clock::now();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() %
        1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> date{};
    std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%s.%03dZ", date.data(),
                  static_cast<int>(milliseconds));
    return text.data();
}

// Which members an entry has besides "number".
struct Say {
    bool path = true;
    bool by = true;
    bool error = true;
    bool why = false;
};
constexpr Say opened{};
constexpr Say never_asked{.path = false, .by = true, .error = true, .why = true};
constexpr Say left_alone{.path = true, .by = false, .error = false, .why = true};

Json attempt_json(const Attempt& attempt, const Say& say) {
    Json json = Json::object();
    json["number"] = attempt.number;
    if (say.path) {
        json["path"] = attempt.path;
    }
    if (say.by) {
        json["by"] = attempt.by;
    }
    if (say.error) {
        json["errno"] = attempt.error;
    }
    if (say.why) {
        json["why"] = attempt.why;
    }
    return json;
}

List attempts_list(const std::string& key, const std::vector<Attempt>& attempts, const Say& say) {
    List list{.key = key, .items = {}, .named = false, .names = {}};
    for (const Attempt& attempt : attempts) {
        list.items.push_back(attempt_json(attempt, say));
    }
    return list;
}

List gpus_list(const std::vector<GpuIdentity>& gpus) {
    List list{.key = "gpus", .items = {}, .named = false, .names = {}};
    for (const GpuIdentity& gpu : gpus) {
        list.items.push_back(identity_json(gpu));
    }
    return list;
}

// What both forms say, the most telling first.
std::vector<List> telling_lists(const Isolation& isolation) {
    List uuids{.key = "uuids", .items = {}, .named = false, .names = {}};
    for (const auto& [uuid, answer] : isolation.uuids) {
        uuids.items.push_back({{"uuid", uuid}, {"answer", answer}});
    }
    const Attempts& attempts = isolation.attempts;
    return {attempts_list("reachable", attempts.reachable, opened), gpus_list(isolation.gpus),
            uuids, attempts_list("unclear", attempts.unclear, opened),
            attempts_list("not_tried", attempts.not_tried, never_asked)};
}

Json handle_json(const OpenedHandle& handle) {
    Json json = {{"answer", name_of(handle.answer)}, {"words", handle.words}};
    if (!handle.begins.empty()) {
        json["begins"] = handle.begins;
    }
    return json;
}

Json shared_json(const SharedMemory& shared) {
    Json json = {{"uuid", shared.marked.uuid},
                 {"marked_bytes", shared.marked.bytes},
                 {"handle", shared.marked.handle},
                 {"second_process", handle_json(shared.opened_by_second)}};
    if (!shared.marked.why.empty()) {
        json["why"] = shared.marked.why;
    }
    return json;
}

Json searched_json(const SearchedMemory& searched) {
    Json json = {{"uuid", searched.uuid},
                 {"total_bytes", searched.total_bytes},
                 {"searched_bytes", searched.searched_bytes},
                 {"found_bytes", searched.found_bytes}};
    if (!searched.why.empty()) {
        json["why"] = searched.why;
    }
    return json;
}

void add_memory(const Isolation& isolation, Json& head) {
    if (isolation.shared) {
        head["shared_memory"] = shared_json(*isolation.shared);
    }
    if (isolation.searched) {
        head["searched_memory"] = searched_json(*isolation.searched);
    }
    if (isolation.opened) {
        head["opened_handle"] = handle_json(*isolation.opened);
    }
}

Json isolation_head(const Isolation& isolation, const std::string& form) {
    Json head = opening("isolate", form);
    const Attempts& attempts = isolation.attempts;
    head["counts"] = {{"tried", attempts.tried()},
                      {"reachable", attempts.reachable.size()},
                      {"refused", attempts.refused.size()},
                      {"unclear", attempts.unclear.size()},
                      {"not_tried", attempts.not_tried.size()},
                      {"skipped", attempts.skipped.size()}};
    head["nvml"] = isolation.nvml;
    head["driver_version"] = isolation.driver_version
                                 ? Json(isolation.driver_version->substr(0, longest_driver_version))
                                 : Json();
    if (isolation.load) {
        head["load"] = {{"backend", isolation.load->backend},
                        {"memory_bytes", isolation.load->memory_bytes}};
        if (!isolation.load->why.empty()) {
            head["load"]["why"] = isolation.load->why;
        }
    }
    add_memory(isolation, head);
    return head;
}

// Adds items as long as the document with them is no longer than the limit; false if some were left
// out. size: of the document, in bytes.
bool add_fitting(const List& list, std::size_t limit, Json& place, std::size_t& size) {
    for (std::size_t index = 0; index < list.items.size(); ++index) {
        const std::size_t comma = index == 0 ? 0 : 1;
        const std::size_t name = list.named ? line_of(list.names[index]).size() + 1 : 0;
        const std::size_t more = line_of(list.items[index]).size() + name + comma;
        if (size + more > limit) {
            return false;
        }
        size += more;
        if (list.named) {
            place[list.names[index]] = list.items[index];
        } else {
            place.push_back(list.items[index]);
        }
    }
    return true;
}

}  // namespace

std::string fit(Json head, const std::vector<List>& lists, std::size_t limit) {
    head["complete"] = false;  // the longer word, so that there is room for either
    for (const List& list : lists) {
        head[list.key] = list.named ? Json::object() : Json::array();
    }
    std::size_t size = line_of(head).size();
    bool complete = true;
    for (const List& list : lists) {
        complete = add_fitting(list, limit, head[list.key], size) && complete;
    }
    head["complete"] = complete;
    return line_of(head);
}

Json opening(const std::string& verb, const std::string& form) {
    return {{"schema", "assay.probe/v1"}, {"verb", verb},
            {"probe_version", version},   {"form", form},
            {"complete", true},           {"uid", ::getuid()},
            {"finished_at", now()}};
}

std::string isolation_full(const Isolation& isolation) {
    std::vector<List> lists = telling_lists(isolation);
    lists.push_back(attempts_list("refused", isolation.attempts.refused, opened));
    lists.push_back(attempts_list("skipped", isolation.attempts.skipped, left_alone));
    List environment{.key = "environment", .items = {}, .named = true, .names = {}};
    for (const auto& [name, value] : isolation.environment) {
        environment.names.push_back(name);
        environment.items.emplace_back(value);
    }
    lists.push_back(std::move(environment));
    return fit(isolation_head(isolation, "full"), lists, full_limit);
}

std::string isolation_summary(const Isolation& isolation, const std::string& full,
                              std::size_t limit) {
    Json head = isolation_head(isolation, "summary");
    head["document_sha256"] = sha256_hex(full);
    return fit(std::move(head), telling_lists(isolation), limit);
}

Json identity_json(const GpuIdentity& gpu) {
    Json json = {{"uuid", gpu.uuid},
                 {"number", gpu.number},
                 {"minor", gpu.minor ? Json(*gpu.minor) : Json()},
                 {"pci_bus_id", gpu.pci_bus_id},
                 {"name", gpu.name}};
    if (!gpu.mig_uuids.empty()) {
        json["mig_uuids"] = gpu.mig_uuids;
    }
    if (!gpu.error.empty()) {
        json["error"] = gpu.error;
    }
    return json;
}

std::string sha256_hex(const std::string& bytes) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256_CTX context{};
    SHA256_Init(&context);
    SHA256_Update(&context, bytes.data(), bytes.size());
    SHA256_Final(digest.data(), &context);
    std::string hex;
    for (const unsigned char byte : digest) {
        constexpr char digits[] = "0123456789abcdef";
        hex += digits[byte >> 4U];
        hex += digits[byte & 15U];
    }
    return hex;
}

}  // namespace assay::probe
