// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// What is read of an earlier run, the journal it left and its report.json: records written from
// what was read read as the same again, a torn last line says nothing, and errors can be printed.
#include <algorithm>

#include "engine/journal_format.h"
#include "engine/result_record.h"
#include "one_file.h"
#include "property.h"
#include "reports/earlier.h"
#include "reports/escape.h"
#include "reports/files.h"

namespace {

using assay::fuzz::hold;
using namespace assay;

std::string written(const JournalContents& contents) {
    std::string text = header_record(contents.header).dump() + "\n";
    for (const JournalObject& object : contents.objects) {
        JournalObject intended = object;
        intended.uid.clear();
        text += object_record("intent", intended).dump() + "\n";
        if (!object.uid.empty()) {
            text += object_record("created", object).dump() + "\n";
        }
        if (object.gone) {
            text += object_record("deleted", object).dump() + "\n";
        }
    }
    for (const auto& [requirement, settled] : contents.settled) {
        each_settled_record(settled.result, settled.leftovers,
                            [&](const kube::Json& record) { text += record.dump() + "\n"; });
    }
    return text;
}

void hold_journal(const std::string& text) {
    const auto contents = parse_journal(text);
    if (!contents) {
        hold(!contents.error().empty(), "an error says something");
        return;
    }
    hold(contents->whole_bytes <= contents->total_bytes && contents->total_bytes == text.size(),
         "bytes are counted");
    const auto whole = parse_journal(text.substr(0, contents->whole_bytes));
    hold(whole && written(*whole) == written(*contents), "a torn last line says nothing");
    const auto again = parse_journal(written(*contents));
    hold(again && written(*again) == written(*contents),
         "a journal that is written reads the same");
}

void hold_report(const std::string& text) {
    static const fuzz::OneFile file("report.json");
    file.write(text);
    const auto run = reports::read_earlier_run(file.path());
    if (!run) {
        hold(!run.error().empty() && run.error() == reports::printable_line(run.error()),
             "an error is a line that can be printed");
        return;
    }
    hold(run->report_sha256 == reports::sha256_hex(text), "the digest is of the whole report");
    for (const std::string& id : run->unsettled) {
        hold(std::ranges::find(run->failed, id) == run->failed.end(),
             "what failed is not asked again");
    }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(assay::fuzz::text_of(data, size));
    hold_journal(text);
    hold_report(text);
    return 0;
}
