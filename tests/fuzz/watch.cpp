// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// The watch decoder: the first line of the input tells the sizes of the pieces in which the rest
// arrives. However a stream is cut, the waiting sees the same states in the same order and goes on
// from the same version; an object that is seen is the one its key names.
#include "kube/watch.h"

#include <algorithm>
#include <stop_token>
#include <utility>
#include <vector>

#include "property.h"

namespace {

using assay::fuzz::hold;
using namespace assay::kube;

// One list, one watch with the stream in pieces; whoever asks more is turned away, and nobody
// pauses before.
class Stream : public Transport {
public:
    Stream(std::string_view stream, std::string_view sizes) : stream_(stream), sizes_(sizes) {}

    Result<Response> send(const Request& request, const Limit& /*limit*/) override {
        paths.push_back(request.path);
        if (paths.size() == 1) {
            return Response{200,
                            {},
                            R"({"kind":"PodList","apiVersion":"v1",)"
                            R"("metadata":{"resourceVersion":"1"},"items":[]})"};
        }
        if (paths.size() > 2 || !request.on_chunk) {
            return std::unexpected(Error{Error::Kind::forbidden, 403, "Forbidden", "enough"});
        }
        feed(request.on_chunk);
        stop.request_stop();
        return Response{200, {}, {}};
    }

    std::vector<std::string> paths;
    std::stop_source stop;

private:
    void feed(const std::function<bool(std::string_view)>& take) const {
        std::string_view rest = stream_;
        for (std::size_t i = 0; !rest.empty(); ++i) {
            const std::size_t size =
                sizes_.empty() ? rest.size()
                               : 1 + static_cast<unsigned char>(sizes_[i % sizes_.size()]);
            // A copy, so that who reads beyond the piece is caught.
            const std::vector<char> piece(
                rest.begin(),
                rest.begin() + static_cast<std::ptrdiff_t>(std::min(size, rest.size())));
            if (!take({piece.data(), piece.size()})) {
                return;
            }
            rest.remove_prefix(piece.size());
        }
    }

    std::string_view stream_;
    std::string_view sizes_;
};

struct Seen {
    std::vector<Snapshot> states;
    std::vector<std::string> paths;
    bool met = false;
    std::string error;

    bool operator==(const Seen&) const = default;
};

Seen followed(std::string_view stream, std::string_view sizes) {
    Stream transport(stream, sizes);
    Seen seen;
    const Condition condition = [&](const Snapshot& snapshot) {
        seen.states.push_back(snapshot);
        return snapshot.contains("wanted") ? Verdict::met() : Verdict::waiting("not there yet");
    };
    const auto waited = wait_until(Client(transport), pods, "ns", {}, condition,
                                   Limit::of(std::chrono::hours(1), transport.stop.get_token()));
    seen.met = waited.has_value();
    seen.error = waited ? "" : waited.error().message;
    seen.paths = std::move(transport.paths);
    return seen;
}

void hold_sound(const Seen& seen) {
    hold(seen.met || !seen.error.empty(), "an error says something");
    hold(seen.met == seen.states.back().contains("wanted"), "met is what the last state says");
    for (const Snapshot& state : seen.states) {
        for (const auto& [key, object] : state) {
            hold(name_of(object) == key, "an object stands under its name");
            hold(text(object, {"kind"}) == "Pod", "an object is of the kind that was asked for");
        }
    }
    for (const std::string& path : seen.paths) {
        hold(std::ranges::all_of(path, [](char c) { return c > ' ' && c < '\x7f'; }),
             "what the server sent does not break the next request's line");
    }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = assay::fuzz::text_of(data, size);
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view stream = text.substr(std::min(end + 1, text.size()));
    const Seen whole = followed(stream, {});
    hold_sound(whole);
    hold(followed(stream, text.substr(0, end)) == whole, "the pieces' sizes mean nothing");
    hold(followed(stream, std::string_view("\0", 1)) == whole, "bytes one by one mean the same");
    return 0;
}
