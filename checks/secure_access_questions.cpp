// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "checks/secure_access_questions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace assay::secure_access {

namespace {

// A way of asking and the assertion it settles; the ids are those of the adapters' forge lists.
struct Attempt {
    std::string_view forge;
    const Assertion* assertion;
};
constexpr std::array attempts{
    Attempt{"env_all", &env_all_reaches_none},
    Attempt{"env_index", &env_index_reaches_none},
    Attempt{"env_uuid", &env_uuid_reaches_none},
    Attempt{"env_cdi_name", &env_cdi_name_reaches_none},
    Attempt{"image_variable", &image_variable_reaches_none},
    Attempt{"legacy_image", &legacy_image_reaches_none},
    Attempt{"annotation", &annotation_reaches_none},
    Attempt{"volume_mount", &volume_mount_reaches_none},
    Attempt{"env_channel", &env_channel_reaches_none},
};
constexpr const char* left_out = "left out by --no-intrusive";
constexpr std::size_t containers_per_pod = 3;  // more would halve their termination messages

// "env_cdi_name" -> "env-cdi-name"; an adapter may have several ways for one assertion.
std::string container_name(std::string_view id, std::size_t number) {
    std::string name(id);
    std::ranges::replace(name, '_', '-');
    return number == 0 ? name : fmt::format("{}-{}", name, number + 1);
}

std::string image_of(const Forge& forge) {
    return forge.image.empty() ? "core" : forge.image;
}

// What changes the pod as a whole, or what admission may refuse the whole pod for; and what nobody
// could refuse a pod for, which shows that the others were refused for what they attempt.
bool needs_its_own_pod(const Question& question) {
    return question.assertion == &stranger_reaches_none ||
           (question.forge != nullptr &&
            (!question.forge->annotations.empty() || !question.forge->host_paths.empty()));
}

// Why an attempt cannot be made here; "" if it can.
std::string obstacle(const Scenario& s, const Owner& owner, const Forge& forge) {
    if (!forge.image.empty() && !s.has_image(forge.image)) {
        return fmt::format(
            "the probe image's variant '{}' is not known; use the images of 'assay images export'",
            forge.image);
    }
    if (!forge.uuid_in.empty() && owner.devices.reached.front().uuid.empty()) {
        return "the owner's device has no UUID that could be named";
    }
    return {};
}

bool lacks(const Scenario& s, std::string_view way) {
    return s.adapter() != nullptr &&
           std::ranges::find(s.adapter()->lacks, way) != s.adapter()->lacks.end();
}

bool runs(const Owner& owner, const std::string& image) {
    return std::ranges::find(owner.images, image) != owner.images.end();
}

std::vector<Question> forging_questions(Scenario& s, const Owner& owner, bool default_handler) {
    std::vector<Question> result;
    for (const Attempt& attempt : attempts) {
        if (attempt.assertion->basis == Basis::beyond && !default_handler) {
            continue;
        }
        const std::vector<const Forge*> forges = forges_of(s, attempt.forge);
        for (std::size_t i = 0; i < forges.size(); ++i) {
            if (runs(owner, image_of(*forges[i])) && obstacle(s, owner, *forges[i]).empty()) {
                result.push_back({attempt.assertion, container_name(attempt.forge, i), forges[i]});
            }
        }
    }
    return result;
}

std::vector<Question> questions(Scenario& s, const Owner& owner, bool default_handler) {
    std::vector<Question> result;
    if (runs(owner, "core")) {
        result.push_back({default_handler ? &stranger_reaches_none : &runtime_class_reaches_none,
                          "plain", nullptr});
        if (s.intrusive() && default_handler) {
            result.push_back({&made_node_reaches_none, "made-node", nullptr});
        }
    }
    if (s.intrusive()) {
        const auto forging = forging_questions(s, owner, default_handler);
        result.insert(result.end(), forging.begin(), forging.end());
    }
    return result;
}

PodManifest with_forge(PodManifest manifest, const std::string& container, const Forge& forge,
                       const Owner& owner) {
    for (const auto& [name, value] : forge.env) {
        manifest = manifest.env(container, name, value);
    }
    if (!forge.uuid_in.empty()) {
        manifest = manifest.env(container, forge.uuid_in, owner.devices.reached.front().uuid);
    }
    for (const auto& [name, value] : forge.annotations) {
        manifest = manifest.annotation(name, value);
    }
    for (const auto& [on_node, at] : forge.host_paths) {
        manifest = manifest.host_path(container, on_node, at);
    }
    return forge.image.empty() ? manifest : manifest.variant(container, forge.image);
}

PodManifest with_question(const PodManifest& stranger, const Question& question,
                          const Owner& owner) {
    if (question.container == "plain") {
        return stranger;
    }
    PodManifest manifest = stranger.copy("plain", question.container);
    if (question.assertion == &made_node_reaches_none) {
        for (const ReachedDevice& device : owner.devices.reached) {
            manifest = manifest.arguments(question.container, {"--number", device.number});
        }
    }
    return question.forge == nullptr
               ? manifest
               : with_forge(manifest, question.container, *question.forge, owner);
}

// Questions that share a pod.
std::vector<std::vector<Question>> by_pod(const std::vector<Question>& all) {
    std::vector<std::vector<Question>> result;
    std::vector<Question> open;
    for (const Question& one : all) {
        if (needs_its_own_pod(one)) {
            result.push_back({one});
            continue;
        }
        open.push_back(one);
        if (open.size() == containers_per_pod) {
            result.push_back(std::exchange(open, {}));
        }
    }
    if (!open.empty()) {
        result.push_back(std::move(open));
    }
    return result;
}

PodManifest stranger_asking(Scenario& s, const Owner& owner, const std::vector<Question>& some) {
    PodManifest manifest = s.pod("stranger").on(owner.node);
    for (const Question& question : some) {
        manifest = with_question(manifest, question, owner);
    }
    const bool plain = std::ranges::find(some, "plain", &Question::container) != some.end();
    return plain ? manifest : manifest.without("plain");
}

void note_obstacles_of(Scenario& s, const Owner& owner, const Attempt& attempt) {
    const std::vector<const Forge*> forges = forges_of(s, attempt.forge);
    for (const Forge* forge : forges) {
        if (auto why = obstacle(s, owner, *forge); !why.empty()) {
            s.not_asked(*attempt.assertion, std::move(why));
        }
    }
    if (forges.empty() && lacks(s, attempt.forge)) {
        s.not_applicable(*attempt.assertion,
                         fmt::format("{}'s runtime has no such way of asking (adapter {})",
                                     s.adapter()->vendor, s.adapter()->name));
    } else if (forges.empty()) {
        s.not_asked(*attempt.assertion,
                    "no adapter says how a tenant would ask the runtime of this vendor for it");
    }
}

Observed<Devices> answer(const Question& question, const Report& report) {
    if (question.assertion == &made_node_reaches_none) {
        return report.guessed();
    }
    return question.assertion == &env_channel_reaches_none ? report.vendor_nodes()
                                                           : report.reachable();
}

}  // namespace

std::vector<const Forge*> forges_of(const Scenario& s, std::string_view id) {
    std::vector<const Forge*> result;
    if (s.adapter() != nullptr) {
        for (const Forge& forge : s.adapter()->forge) {
            if (forge.id == id) {
                result.push_back(&forge);
            }
        }
    }
    return result;
}

std::vector<Stranger> started_strangers(Scenario& s, const Owner& owner) {
    std::vector<std::string> handlers{""};  // the node's default
    if (s.intrusive()) {
        handlers.insert(handlers.end(), s.runtime_classes().begin(), s.runtime_classes().end());
    }
    std::vector<Stranger> result;
    for (const std::string& handler : handlers) {
        std::size_t number = 0;
        for (const auto& some : by_pod(questions(s, owner, handler.empty()))) {
            PodManifest manifest = stranger_asking(s, owner, some);
            if (!handler.empty()) {
                manifest = manifest.runtime_class(handler);
            }
            const std::string name = fmt::format("{}-{}-{}", handler.empty() ? "default" : handler,
                                                 owner.images.front(), ++number);
            result.push_back({s.start(manifest.named(name)), some});
        }
    }
    return result;
}

void ask(Scenario& s, const std::vector<Stranger>& strangers) {
    for (const Stranger& stranger : strangers) {
        for (const Question& question : stranger.questions) {
            s.expect(*question.assertion, answer(question, stranger.pod.report(question.container)),
                     is_empty());
        }
    }
}

std::vector<Stranger> started_askers(Scenario& s, const Owner& owner) {
    struct Wish {
        const char* forge;
        const Assertion* assertion;
    };
    constexpr std::array wishes{Wish{"env_all", &owner_asking_for_more_gets_no_more},
                                Wish{"env_uuid", &owner_cannot_open_anothers}};
    std::vector<Stranger> result;
    for (const Wish& wish : wishes) {
        for (const Forge* forge : forges_of(s, wish.forge)) {
            if (obstacle(s, owner, *forge).empty()) {
                const PodManifest manifest =
                    with_forge(s.pod("asker").on(owner.node), "asking", *forge, owner);
                const std::string name = container_name(wish.forge, result.size());
                result.push_back(
                    {s.start(manifest.named(name)), {{wish.assertion, "asking", forge}}});
            }
        }
    }
    return result;
}

void ask_askers(Scenario& s, const Owner& owner, const std::vector<Stranger>& askers) {
    for (const Stranger& asker : askers) {
        const Observed<Devices> reached = asker.pod.report("asking").reachable();
        if (asker.questions.front().assertion == &owner_cannot_open_anothers) {
            s.expect(owner_cannot_open_anothers, reached, shares_nothing_with(owner.devices));
        } else {
            s.expect(owner_asking_for_more_gets_no_more, reached,
                     is_exactly(asker.pod.allocated()));
        }
    }
}

void note_obstacles(Scenario& s, const Owner& owner) {
    if (!s.intrusive()) {
        for (const Attempt& attempt : attempts) {
            s.not_asked(*attempt.assertion, left_out);
        }
        s.not_asked(runtime_class_reaches_none, left_out);
        s.not_asked(made_node_reaches_none, left_out);
        return;
    }
    for (const Attempt& attempt : attempts) {
        note_obstacles_of(s, owner, attempt);
    }
    if (s.runtime_classes().empty()) {
        s.not_applicable(runtime_class_reaches_none, "the cluster has no RuntimeClass to name");
    }
}

}  // namespace assay::secure_access
