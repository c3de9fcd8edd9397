// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "engine/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "kube/json.h"

namespace assay {

namespace {

constexpr std::size_t max_evidence_bytes = 64u * 1024;

std::int64_t ms_since(std::chrono::steady_clock::time_point began) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 began)
        .count();
}

kube::Json parsed_or_text(const std::string& text) {
    auto parsed = kube::parse(text);
    return parsed ? std::move(*parsed) : kube::Json(text);
}

std::string evidence_text(const Judgement& judgement) {
    kube::Json item{{"expected", judgement.expected}, {"actual", judgement.actual}};
    const Testimony& testimony = *judgement.testimony;
    for (const auto& [key, text] :
         {std::pair("pod", &testimony.pod), std::pair("document", &testimony.document),
          std::pair("objects", &testimony.objects)}) {
        if (!text->empty()) {
            item[key] = parsed_or_text(*text);
        }
    }
    std::string text = item.dump(2, ' ', false, kube::Json::error_handler_t::replace) + "\n";
    if (text.size() > max_evidence_bytes) {
        item.erase("pod");
        item["pod_left_out"] = "larger than the 64 KiB an item may have";
        text = item.dump(2, ' ', false, kube::Json::error_handler_t::replace) + "\n";
    }
    return text.size() > max_evidence_bytes ? text.substr(0, max_evidence_bytes) : text;
}

// "claim x" -> "claim-x"; names of objects are safe in a path by the API's rules.
std::string file_name(const Provenance& provenance) {
    if (provenance.by_probe()) {
        return fmt::format("{}-{}", provenance.pod, provenance.container);
    }
    std::string name;
    for (const char c : provenance.target.substr(0, 100)) {
        const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-';
        name += plain ? c : '-';
    }
    return name;
}

// One process found the one and not the other: neither of them can have gone before.
bool same_document(const Provenance& a, const Provenance& b) {
    return !a.document_sha256.empty() && a.pod_uid == b.pod_uid && a.container == b.container &&
           a.document_sha256 == b.document_sha256;
}

}  // namespace

std::string Provenance::describe() const {
    if (!by_probe()) {
        return target;
    }
    std::string text = fmt::format("pod {}, container {}", pod, container);
    text += node.empty() ? std::string(", on no node") : fmt::format(", node {}", node);
    return runtime_class.empty() ? text : fmt::format("{}, RuntimeClass {}", text, runtime_class);
}

Ledger::Ledger(std::string requirement, std::span<const Assertion* const> assertions,
               std::function<Whereabouts(const Provenance&)> whereabouts)
    : requirement_(std::move(requirement)), whereabouts_(std::move(whereabouts)) {
    for (const Assertion* assertion : assertions) {
        AssertionResult result;
        result.id = assertion->id;
        result.kind = assertion->kind;
        result.basis = assertion->basis;
        result.sentence = assertion->sentence;
        result.next_step = assertion->next_step;
        results_.push_back(std::move(result));
    }
}

AssertionResult& Ledger::entry(const Assertion& assertion) {
    const auto found = std::ranges::find(results_, assertion.id, &AssertionResult::id);
    if (found == results_.end()) {
        throw std::logic_error(fmt::format("{} is not in the check's table", assertion.id));
    }
    return *found;
}

// Why no control stands beside this negative; "" if one does.
std::string Ledger::missing_control(const Assertion& assertion, const Provenance& negative) const {
    const auto held = held_controls_.find(std::string(assertion.control->id));
    if (held == held_controls_.end()) {
        return fmt::format("its control {} did not hold", assertion.control->id);
    }
    if (!negative.by_probe()) {  // no node and no image that could differ
        return {};
    }
    std::string why;
    bool comparable = false;
    for (const Provenance& control : held->second) {
        if (control.node != negative.node) {
            why = fmt::format("it ran on node {}, its control on {}", negative.node, control.node);
        } else if (control.image != negative.image) {
            why = fmt::format("no control ran the same image on node {}", negative.node);
        } else if (!assertion.after_owner && same_document(control, negative)) {
            comparable = true;
        } else if (assertion.after_owner && whereabouts_(control) != Whereabouts::gone) {
            return fmt::format("its control (pod {}) was still there", control.pod);
        } else if (!assertion.after_owner && whereabouts_(control) != Whereabouts::running) {
            why = fmt::format("its control (pod {}) was gone by then", control.pod);
        } else {
            comparable = true;
        }
    }
    return comparable ? std::string{} : why;
}

Finding Ledger::finding_of(const Assertion& assertion, const Judgement& judgement) const {
    Finding finding;
    finding.target = judgement.provenance.describe();
    finding.node = judgement.provenance.node;
    finding.simulated = judgement.provenance.simulated;
    finding.expected = judgement.expected;
    finding.actual = judgement.actual;
    finding.at_ms = ms_since(began_);
    if (!judgement.held) {
        const NoAnswer& none = judgement.held.error();
        const bool closed = none.closed && assertion.forging;
        finding.outcome = closed ? Outcome::not_applicable : Outcome::inconclusive;
        finding.reason = closed ? "closed by policy: " + none.reason : none.reason;
        return finding;
    }
    if (assertion.kind == Kind::negative) {
        finding.reason = missing_control(assertion, judgement.provenance);
        if (!finding.reason.empty()) {
            finding.outcome = Outcome::inconclusive;
            return finding;
        }
    }
    finding.outcome = *judgement.held ? Outcome::passed : Outcome::failed;
    return finding;
}

void Ledger::keep(const Assertion& assertion, const Judgement& judgement, Finding& finding) {
    if (judgement.testimony == nullptr) {
        return;
    }
    const std::size_t number = entry(assertion).findings.size() + 1;
    const std::string path = fmt::format("artifacts/{}/{}/{:02}-{}.json", requirement_,
                                         assertion.id, number, file_name(judgement.provenance));
    evidence_.push_back({path, "application/json", evidence_text(judgement)});
    finding.evidence.push_back(path);
}

Outcome Ledger::record(const Assertion& assertion, const Judgement& judgement) {
    Finding finding = finding_of(assertion, judgement);
    keep(assertion, judgement, finding);
    if (assertion.kind == Kind::control && finding.outcome == Outcome::passed) {
        held_controls_[std::string(assertion.id)].push_back(judgement.provenance);
    }
    const Outcome outcome = finding.outcome;
    AssertionResult& result = entry(assertion);
    result.findings.push_back(std::move(finding));
    result.duration_ms = ms_since(began_);
    return outcome;
}

void Ledger::not_applicable(const Assertion& assertion, std::string why) {
    Finding finding;
    finding.outcome = Outcome::not_applicable;
    finding.target = "cluster";
    finding.reason = std::move(why);
    finding.at_ms = ms_since(began_);
    entry(assertion).findings.push_back(std::move(finding));
}

void Ledger::inconclusive(const Assertion& assertion, std::string why) {
    not_applicable(assertion, std::move(why));
    entry(assertion).findings.back().outcome = Outcome::inconclusive;
}

std::vector<AssertionResult> Ledger::close(const std::string& reason) {
    for (AssertionResult& result : results_) {
        std::vector<Outcome> outcomes(result.findings.size());
        std::ranges::transform(result.findings, outcomes.begin(), &Finding::outcome);
        result.outcome = fold(outcomes);
        if (result.findings.empty()) {
            result.reason =
                reason.empty() ? "the check never asked it" : "never reached: " + reason;
        }
    }
    return std::move(results_);
}

}  // namespace assay
