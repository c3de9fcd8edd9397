// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/escape.h"
#include "reports/plan.h"

namespace assay::reports {

namespace {

std::string lasts(std::int64_t ms) {
    constexpr std::int64_t two_minutes = 120'000;
    return ms < two_minutes ? fmt::format("{} s", ms / 1000)
                            : fmt::format("{:.1f} min", static_cast<double>(ms) / 60000);
}

std::string objects_text(const PlannedRequirement& one, bool cluster_scoped) {
    std::vector<std::string> parts;
    for (const PlannedObject& object : one.objects) {
        if (object.cluster_scoped == cluster_scoped) {
            parts.push_back(fmt::format("{} {}", object.count, object.kind));
        }
    }
    return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, ", "));
}

std::string cost_text(const PlannedRequirement& one, const std::string& indent) {
    std::string text = fmt::format("{}accelerators: {}", indent, one.accelerators);
    if (one.accelerators_on_node > one.accelerators) {
        text += fmt::format(" ({} on one node for every question)", one.accelerators_on_node);
    }
    text += fmt::format("; nodes: {}; {} and {} of clean-up, as measured in the lab\n", one.nodes,
                        lasts(one.duration_ms), lasts(one.cleanup_duration_ms));
    text += fmt::format("{}creates at most {}{}; cluster-scoped: {}\n", indent,
                        objects_text(one, false),
                        one.space.empty() ? "" : " in namespace " + printable_line(one.space),
                        objects_text(one, true));
    return text;
}

std::string attempts_text(const PlannedRequirement& one) {
    std::string text;
    if (!one.attempts.empty()) {
        text += "  asks for more than it requested (--no-intrusive leaves it out):\n";
    }
    for (const PlannedAttempt& attempt : one.attempts) {
        text += fmt::format("    {}: {}\n", attempt.id, attempt.sentence);
        for (const std::string& what : attempt.does) {
            text += fmt::format("        {}\n", printable_line(what));
        }
    }
    if (!one.attempts_left_out.empty()) {
        text += fmt::format("  left out by --no-intrusive: {}\n",
                            fmt::join(one.attempts_left_out, ", "));
    }
    return text;
}

std::string requirement_text(const PlannedRequirement& one) {
    std::string text =
        fmt::format("\n{} ({}{}{}){}\n", one.id, to_string(one.level), one.kar.empty() ? "" : ", ",
                    one.kar, one.askable ? "" : ": cannot be asked");
    for (const std::string& why : one.missing) {
        text += fmt::format("  missing: {}\n", printable_line(why));
    }
    return text + cost_text(one, "  ") + attempts_text(one);
}

// Requirements that no check settles, in one line.
std::string unsettled_text(const Plan& plan) {
    std::vector<std::string> ids;
    for (const PlannedRequirement& one : plan.requirements) {
        if (one.title.empty()) {
            ids.push_back(one.id);
        }
    }
    return ids.empty() ? ""
                       : fmt::format("\nno check in this version of assay, so inconclusive: {}\n",
                                     fmt::join(ids, ", "));
}

std::string cluster_text(const Plan& plan) {
    std::string text =
        fmt::format("context {}, server {}, Kubernetes {}, {} node(s)\n",
                    printable_line(plan.cluster.context), printable_line(plan.cluster.server),
                    printable_line(plan.cluster.version), plan.cluster.nodes);
    for (const ClusterFacts::Pool& pool : plan.cluster.accelerators) {
        text += fmt::format("{} {}: {} device(s) on {}{}\n",
                            pool.examined ? "examines" : "does not examine",
                            printable_line(pool.accelerator), pool.devices,
                            printable_line(fmt::format("{}", fmt::join(pool.nodes, ", "))),
                            pool.simulated ? ", SIMULATED" : "");
    }
    text +=
        fmt::format("nodes its pods can run on: {}\n",
                    plan.candidate_nodes.empty()
                        ? "none"
                        : printable_line(fmt::format("{}", fmt::join(plan.candidate_nodes, ", "))));
    return text;
}

std::string images_text(const Plan& plan) {
    std::string text = "\nimages:\n";
    for (const PlannedImage& one : plan.images) {
        text += fmt::format("  {:<8} {} {}\n", one.variant, printable_line(one.reference),
                            printable_line(one.digest));
    }
    return text;
}

// One line for the verbs of a kind of object.
std::string rights_text(const Plan& plan) {
    struct Row {
        std::string what;
        std::vector<std::string> verbs;
    };
    std::vector<Row> rows;
    std::string lacking;
    for (const PlannedRight& one : plan.rights) {
        const std::string what = fmt::format("{}{}{} ({})", one.resource,
                                             one.name.empty() ? "" : " ", one.name, one.where);
        const auto known = std::ranges::find(rows, what, &Row::what);
        if (known == rows.end()) {
            rows.push_back({what, {one.verb}});
        } else {
            known->verbs.push_back(one.verb);
        }
        if (!one.allowed) {
            lacking += fmt::format("  cannot {} {}, to {}{}\n", one.verb, printable_line(what),
                                   one.why, one.required ? "" : "; a run goes on without it");
        }
    }
    std::string text = "\nrights ('assay rbac' prints the role):\n";
    for (const Row& row : rows) {
        text += fmt::format("  {:<32} {}\n", fmt::format("{}", fmt::join(row.verbs, ", ")),
                            printable_line(row.what));
    }
    return text +
           (lacking.empty() ? "this account has all of them\n" : "this account:\n" + lacking);
}

}  // namespace

std::string plan_text(const Plan& plan) {
    const auto askable = std::ranges::count_if(plan.requirements, &PlannedRequirement::askable);
    std::string text =
        fmt::format("plan for profile {}: {} of {} selected requirement(s) can be asked\n",
                    printable_line(plan.profile_id), askable, plan.requirements.size());
    text += cluster_text(plan);
    for (const PlannedRequirement& one : plan.requirements) {
        text += requirement_text(one);
    }
    text += unsettled_text(plan) + "\nin all:\n" + cost_text(in_all(plan), "  ");
    text += images_text(plan) + rights_text(plan);
    for (const std::string& warning : plan.warnings) {
        text += fmt::format("warning: {}\n", printable_line(warning));
    }
    return text;
}

}  // namespace assay::reports
