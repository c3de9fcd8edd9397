// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "probe/examine/examine.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <stdexcept>
#include <utility>
#include <vector>

#include "probe/compute/fault.h"
#include "probe/examine/facts_reasons.h"
#include "probe/examine/measures.h"
#include "probe/examine/part.h"

// POSIX declares it so.
extern char** environ;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

namespace assay::probe::examine {

namespace {

using compute::Reason;
using compute::Verdict;

constexpr std::array parts = {"gemm", "hbm", "link"};
constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_message = 160;

const char* part_of(const compute::Fault& fault) {
    return fault.verb == compute::Examined::gemm  ? "gemm"
           : fault.verb == compute::Examined::hbm ? "hbm"
                                                  : "link";
}

Verdict verdict_named(const Json& word) {
    return word == "passed"   ? Verdict::pass
           : word == "failed" ? Verdict::fail
                              : Verdict::inconclusive;
}

struct OfPart {
    std::string name;
    Part part;
    std::vector<Reason> reasons;
    Verdict verdict = Verdict::inconclusive;
};

struct OfAccelerator {
    unsigned index = 0;
    Json identity = Json::object();  // uuid, name
    std::vector<OfPart> parts;
    std::vector<Measure> measures;
    unsigned others = 0;  // processes that computed on it before

    Verdict verdict() const {
        Verdict worst = Verdict::pass;
        for (const OfPart& one : parts) {
            worst = std::max(worst, one.verdict);
        }
        return worst;
    }
    const Json& document(std::string_view part) const {
        static const Json none;
        const auto found = std::find_if(parts.begin(), parts.end(),
                                        [&](const OfPart& one) { return one.name == part; });
        return found == parts.end() ? none : found->part.document;
    }
};

// What the container is shown its devices by, where no library names them, in the order of their
// numbers.
std::vector<std::string> shown_names(const std::string& prefix) {
    std::vector<std::pair<unsigned long, std::string>> found;
    for (char** entry = environ; !prefix.empty() && *entry != nullptr; ++entry) {
        const std::string text = *entry;
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos || !text.starts_with(prefix)) {
            continue;
        }
        const std::string number = text.substr(prefix.size(), equals - prefix.size());
        const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
        if (!number.empty() && number.size() < 6 &&
            std::all_of(number.begin(), number.end(), is_digit)) {
            found.emplace_back(std::strtoul(number.c_str(), nullptr, 10), text.substr(equals + 1));
        }
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> names;
    names.reserve(found.size());
    for (auto& [number, name] : found) {
        names.push_back(std::move(name));
    }
    return names;
}

// The GPU of that uuid; the one in that place where what computed has none, because a processor
// stands in for it.
Json gpu_in(const Json& facts, const std::string& uuid, unsigned index) {
    const Json gpus = facts.is_object() ? facts.value("gpus", Json::array()) : Json::array();
    for (const Json& gpu : gpus) {
        if (!uuid.empty() && gpu.value("uuid", "") == uuid) {
            return gpu;
        }
    }
    return uuid.empty() && index < gpus.size() ? gpus.at(index) : Json();
}

OfPart taken(std::string name, Part part) {
    OfPart result{.name = std::move(name), .part = std::move(part), .reasons = {}, .verdict = {}};
    if (result.part.document.is_null()) {
        result.reasons.push_back(
            {Verdict::inconclusive, "no_document", "it " + result.part.trouble});
        result.verdict = Verdict::inconclusive;
        return result;
    }
    result.verdict = verdict_named(result.part.document.value("verdict", Json()));
    for (const Json& one : result.part.document.value("reasons", Json::array())) {
        result.reasons.push_back(
            {verdict_named(one.at("verdict")), one.at("code"), one.at("message")});
    }
    return result;
}

class Examination {
public:
    Examination(const std::string& program, const Request& request)
        : program_(program), request_(request), names_(shown_names(request.name_variables)) {}

    void carry_out() {
        facts_before_ =
            run_part(program_, {"facts", "--termination-log", "/dev/null"}, request_.part_limit);
        for (unsigned index = 0; index < request_.accelerators; ++index) {
            accelerators_.push_back(examined(index));
        }
        const Part after =
            run_part(program_, {"facts", "--termination-log", "/dev/null"}, request_.part_limit);
        for (OfAccelerator& one : accelerators_) {
            judge_facts(one, after.document);
        }
    }

    Verdict verdict() const {
        Verdict worst = accelerators_.empty() ? Verdict::inconclusive : Verdict::pass;
        for (const OfAccelerator& one : accelerators_) {
            worst = std::max(worst, one.verdict());
        }
        return worst;
    }

    std::string document(bool full, const std::string& sha256, std::size_t limit) const {
        Json head = opening("examine", full ? "full" : "summary");
        head["verdict"] = name_of(verdict());
        head["backend"] = backend();
        head["simulated"] = simulated();
        head["injected"] = request_.fault.empty() ? Json() : Json(request_.fault);
        head["driver_version"] = facts_before_.document.is_object()
                                     ? facts_before_.document.value("driver_version", Json())
                                     : Json();
        head["counts"] = {{"accelerators", accelerators_.size()},
                          {"gpus", gpus()},
                          {"reasons", reasons().size()}};
        head["measures"] = measure_names();
        if (!full) {
            head["document_sha256"] = sha256;
        }
        std::vector<List> lists = {list_of("accelerators", accelerators(full)),
                                   list_of("reasons", reasons())};
        if (full) {
            lists.push_back(list_of("parts", parts_against()));
        }
        return fit(std::move(head), lists, limit);
    }

private:
    static List list_of(const char* key, std::vector<Json> items) {
        return {.key = key, .items = std::move(items), .named = false, .names = {}};
    }

    OfAccelerator examined(unsigned index) const {
        OfAccelerator result;
        result.index = index;
        for (const char* name : parts) {
            result.parts.push_back(
                taken(name, run_part(program_, arguments(name, index), request_.part_limit)));
        }
        result.measures =
            measures_of(result.document("gemm"), result.document("hbm"), result.document("link"));
        return result;
    }

    std::vector<std::string> arguments(const std::string& part, unsigned index) const {
        // There is one processor, and it stands in for each of them.
        const bool processor = !accelerators_.empty() && backend() == "cpu";
        std::vector<std::string> result = {part,
                                           "--backend",
                                           request_.backend,
                                           "--device",
                                           std::to_string(processor ? 0 : index),
                                           "--termination-log",
                                           "/dev/null"};
        if (part == "gemm") {
            result.emplace_back("--no-reference");  // whose speed no measure of a node is
        }
        const compute::Fault* fault =
            request_.fault.empty() ? nullptr : compute::fault_named(request_.fault);
        if (fault != nullptr && index == request_.fault_at && part == part_of(*fault)) {
            result.insert(result.end(), {"--inject", request_.fault});
        }
        return result;
    }

    const Json& first_document() const {
        static const Json none;
        for (const OfAccelerator& one : accelerators_) {
            for (const OfPart& part : one.parts) {
                if (part.part.document.is_object()) {
                    return part.part.document;
                }
            }
        }
        return none;
    }

    std::string backend() const {
        const Json& first = first_document();
        return first.is_object() ? first.value("backend", "") : "";
    }

    // One part on a processor is enough to say so of all.
    bool simulated() const {
        for (const OfAccelerator& one : accelerators_) {
            for (const OfPart& part : one.parts) {
                if (part.part.document.is_object() &&
                    part.part.document.value("simulated", false)) {
                    return true;
                }
            }
        }
        return false;
    }

    void judge_facts(OfAccelerator& one, const Json& after) const {
        std::string uuid;
        std::string name;
        for (const OfPart& part : one.parts) {
            if (part.part.document.is_object() && part.part.document.contains("device")) {
                uuid = part.part.document.at("device").value("uuid", "");
                name = part.part.document.at("device").value("name", "");
            }
        }
        const Json before = gpu_in(facts_before_.document, uuid, one.index);
        const Json now = gpu_in(after, uuid, one.index);
        one.identity["index"] = one.index;
        one.identity["uuid"] = now.is_object() ? now.value("uuid", uuid) : uuid;
        if (one.identity["uuid"] == "" && one.index < names_.size()) {
            one.identity["shown_as"] = names_[one.index].substr(0, longest_name);
        }
        one.identity["name"] =
            (now.is_object() ? now.value("name", name) : name).substr(0, longest_name);
        const Json processes =
            before.is_object() ? before.value("compute_processes", Json()) : Json();
        one.others = processes.is_number() ? processes.get<unsigned>() : 0;
        if (!tells_of_health(now)) {
            return;
        }
        OfPart facts{.name = "facts", .part = {}, .reasons = {}, .verdict = Verdict::pass};
        facts.reasons = reasons_in_facts(before, now, one.document("gemm"));
        for (const Reason& reason : facts.reasons) {
            facts.verdict = std::max(facts.verdict, reason.verdict);
        }
        one.parts.insert(one.parts.begin(), std::move(facts));
    }

    // The worst first: what is cut is cut from the end.
    std::vector<Json> reasons() const {
        std::vector<Json> result;
        for (const Verdict verdict : {Verdict::fail, Verdict::inconclusive}) {
            for (const OfAccelerator& one : accelerators_) {
                for (const OfPart& part : one.parts) {
                    add_reasons(one, part, verdict, result);
                }
            }
        }
        return result;
    }

    static void add_reasons(const OfAccelerator& one, const OfPart& part, Verdict verdict,
                            std::vector<Json>& into) {
        for (const Reason& reason : part.reasons) {
            if (reason.verdict == verdict) {
                into.push_back({{"accelerator", one.index},
                                {"part", part.name},
                                {"verdict", name_of(verdict)},
                                {"code", reason.code},
                                {"message", reason.message.substr(0, longest_message)}});
            }
        }
    }

    // Of every accelerator, in the order of the first that has them all.
    std::vector<std::pair<std::string, std::string>> measured() const {
        std::vector<std::pair<std::string, std::string>> result;
        for (const OfAccelerator& one : accelerators_) {
            for (const Measure& measure : one.measures) {
                const std::pair name_and_unit{measure.name, measure.unit};
                if (std::find(result.begin(), result.end(), name_and_unit) == result.end()) {
                    result.push_back(name_and_unit);
                }
            }
        }
        return result;
    }

    // That NVML hands out; null where there is no NVML.
    Json gpus() const {
        const Json& facts = facts_before_.document;
        return facts.is_object() && facts.value("nvml", "") == "ok" ? facts.at("counts").at("gpus")
                                                                    : Json();
    }

    Json measure_names() const {
        Json result = Json::array();
        for (const auto& [name, unit] : measured()) {
            result.push_back({{"name", name}, {"unit", unit}});
        }
        return result;
    }

    std::vector<Json> accelerators(bool full) const {
        std::vector<Json> result;
        for (const OfAccelerator& one : accelerators_) {
            Json item = one.identity;
            for (const OfPart& part : one.parts) {
                item[part.name] = name_of(part.verdict);
            }
            if (one.others > 0) {
                item["others"] = one.others;
            }
            item["samples"] = Json::array();
            for (const auto& [name, unit] : measured()) {
                const auto found =
                    std::find_if(one.measures.begin(), one.measures.end(),
                                 [&](const Measure& measure) { return measure.name == name; });
                const std::vector<double> none;
                const std::vector<double>& all =
                    found == one.measures.end() ? none : found->samples;
                item["samples"].push_back(full ? all : some_of(all));
            }
            result.push_back(std::move(item));
        }
        return result;
    }

    // What did not pass, whole.
    std::vector<Json> parts_against() const {
        std::vector<Json> result;
        for (const OfAccelerator& one : accelerators_) {
            for (const OfPart& part : one.parts) {
                if (part.verdict != Verdict::pass && part.part.document.is_object()) {
                    result.push_back(
                        {{"accelerator", one.index}, {"document", part.part.document}});
                }
            }
        }
        return result;
    }

    const std::string& program_;
    const Request& request_;
    std::vector<std::string> names_;
    Part facts_before_;
    std::vector<OfAccelerator> accelerators_;
};

}  // namespace

compute::ComputeResult run_examine(const std::string& program, const Request& request,
                                   std::size_t summary_limit) {
    if (!request.fault.empty() && compute::fault_named(request.fault) == nullptr) {
        throw std::invalid_argument("there is no fault " + request.fault);
    }
    if (!request.fault.empty() && request.fault_at >= request.accelerators) {
        throw std::invalid_argument("--inject-at " + std::to_string(request.fault_at) +
                                    ": there are " + std::to_string(request.accelerators) +
                                    " accelerators");
    }
    Examination examination(program, request);
    examination.carry_out();
    compute::ComputeResult result{.document = {}, .verdict = examination.verdict()};
    result.document.full = examination.document(true, {}, full_limit);
    result.document.summary =
        examination.document(false, sha256_hex(result.document.full), summary_limit);
    return result;
}

}  // namespace assay::probe::examine
