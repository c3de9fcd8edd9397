// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// A report's folder that somebody has altered. The input is a list of files, each after a line
// "=== NAME", that replace those of a report which is signed; "=== -NAME" takes one away, and after
// "=== ~NAME" stands a line that is there and what shall be there instead. What the key did not
// sign is never accepted, be it also sealed anew and signed by a stranger.
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "one_file.h"
#include "property.h"
#include "reports/dsse.h"
#include "reports/escape.h"
#include "reports/files.h"
#include "reports/key_signer.h"
#include "reports/report.h"
#include "reports/statement.h"
#include "reports/verify.h"
#include "sample_runs.h"

namespace {

using assay::fuzz::hold;
using namespace assay::reports;
using nlohmann::json;

std::unique_ptr<KeySigner> new_signer() {
    const assay::fuzz::OneFile file("key.pem");
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    std::FILE* out = std::fopen(file.path().c_str(), "w");
    hold(out != nullptr &&
             PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
         "a key can be written");
    std::fclose(out);
    return *KeySigner::read(file.path(), nullptr);
}

struct Signed {
    std::unique_ptr<KeySigner> owner = new_signer();
    std::unique_ptr<KeySigner> stranger = new_signer();
    Contents contents;

    Signed() {
        const assay::fuzz::OneFile place("report");
        assay::RunResult run = leaking_run();
        run.profile_sha256 = sha256_hex(run.profile_yaml);
        hold(write_report(run, place.path()) && write_signatures(place.path(), *owner),
             "a report can be written");
        contents = *read_folder(place.path());
        hold(verify_contents(contents, &owner->public_key()).has_value(),
             "what was written and signed verifies");
    }
};

// edit: "OLD\nNEW"
void replace_in(std::string& content, std::string_view edit) {
    const std::size_t end = std::min(edit.find('\n'), edit.size());
    const std::string_view old = edit.substr(0, end);
    if (const std::size_t at = content.find(old); at != std::string::npos) {
        content.replace(at, old.size(), edit.substr(std::min(end + 1, edit.size())));
    }
}

Contents altered(Contents contents, std::string_view edits) {
    constexpr std::string_view mark = "=== ";
    while (!edits.empty()) {
        const std::size_t next = edits.find("\n=== ");
        std::string_view edit = edits.substr(0, next);
        edits.remove_prefix(next == std::string_view::npos ? edits.size() : next + 1);
        if (!edit.starts_with(mark)) {
            continue;
        }
        edit.remove_prefix(mark.size());
        const std::size_t end = std::min(edit.find('\n'), edit.size());
        const std::string name(edit.substr(0, end));
        edit.remove_prefix(std::min(end + 1, edit.size()));
        if (name.starts_with('-')) {
            contents.erase(name.substr(1));
        } else if (name.starts_with('~')) {
            if (const auto found = contents.find(name.substr(1)); found != contents.end()) {
                replace_in(found->second, edit);
            }
        } else if (is_plain_path(name)) {  // read_folder() lets no other in
            contents[name] = edit;
        }
    }
    return contents;
}

bool is_subject(const std::string& name) {
    return name != statement_file && name != bundle_file && name != envelope_file &&
           name != "journal.jsonl";
}

// As a forger would: digests and signatures fit what the folder holds, but the key is his own.
std::optional<Contents> sealed(Contents contents, const Signer& forger) {
    json statement = json::parse(contents[statement_file], nullptr, false);
    if (!statement.is_object()) {
        return std::nullopt;
    }
    std::string sums;
    json subjects = json::array();
    for (auto& [name, content] : contents) {
        if (is_subject(name) && name != "SHA256SUMS") {
            sums += sha256_hex(content) + "  " + name + "\n";
        }
    }
    contents["SHA256SUMS"] = sums;
    for (const auto& [name, content] : contents) {
        if (is_subject(name)) {
            subjects.push_back({{"name", name}, {"digest", {{"sha256", sha256_hex(content)}}}});
        }
    }
    statement["subject"] = subjects;
    const std::string text = statement.dump();
    const std::string signature = *forger.sign(pre_authentication_encoding(text));
    contents[statement_file] = text;
    contents[bundle_file] = bundle_json(text, signature, forger.public_key().hint());
    contents[envelope_file] = envelope_json(text, signature);
    return contents;
}

void hold_printable(const std::expected<Verified, std::string>& verified) {
    hold(verified ||
             (!verified.error().empty() && verified.error() == printable_line(verified.error())),
         "an error is a line that can be printed");
}

void hold_unaltered(const Contents& contents, const Contents& original) {
    for (const auto& [name, content] : original) {
        const auto found = contents.find(name);
        hold(!is_subject(name) || (found != contents.end() && found->second == content),
             "what is accepted is what was signed");
    }
    for (const auto& [name, content] : contents) {
        hold(!is_subject(name) || original.contains(name), "nothing was added to what was signed");
    }
    hold(contents.at(statement_file) == original.at(statement_file), "the statement is what was");
}

void hold_coherent(const Verified& verified, const Contents& contents) {
    const json report = json::parse(contents.at("report.json"));
    hold(report.at("run").at("result") == verified.result, "the result is the report's");
    hold(verified.must_examined <= verified.must_total, "no more was examined than there is");
    hold(verified.simulated || report.at("run").at("simulated") == false,
         "what was simulated is said");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Signed original;
    const PublicKey& owner = original.owner->public_key();
    const PublicKey& stranger = original.stranger->public_key();
    const Contents contents = altered(original.contents, assay::fuzz::text_of(data, size));

    const auto verified = verify_contents(contents, &owner);
    hold_printable(verified);
    if (verified) {
        hold_unaltered(contents, original.contents);
    }
    hold(!verify_contents(contents, &stranger), "a signature is of one key");

    const auto forged = sealed(contents, *original.stranger);
    if (!forged) {
        return 0;
    }
    hold(!verify_contents(*forged, &owner), "what a stranger signed is not the owner's");
    const auto believed = verify_contents(*forged, &stranger);
    hold_printable(believed);
    if (believed) {
        hold_coherent(*believed, *forged);
    }
    return 0;
}
