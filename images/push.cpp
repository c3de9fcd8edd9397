// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

#include "images/push.h"

#include <set>

namespace assay::images {

namespace {

using Progress = std::function<void(const std::string&, std::size_t, std::size_t)>;
using Done = std::expected<void, std::string>;

class Push {
public:
    Push(Registry& registry, const ImageSet& images, const Progress& progress)
        : registry_(&registry), images_(&images), progress_(&progress) {}

    // A registry takes a manifest only after its blobs, and an index after its manifests.
    Done image(const ImageReference& image, const std::string& tag) {
        for (const PlatformImage& one : image.platforms) {
            for (const Blob& part : one.blobs) {
                if (const Done done = blob(part, image.variant); !done) {
                    return done;
                }
            }
            if (const Done done = manifest(one.manifest, one.manifest.digest); !done) {
                return done;
            }
        }
        if (image.is_index()) {
            if (const Done done = manifest(image.root, image.root.digest); !done) {
                return done;
            }
        }
        if (const Done done = manifest(image.root, tag); !done) {
            return done;
        }
        summary_.images.push_back(
            {.variant = image.variant, .tag = tag, .digest = image.root.digest});
        return {};
    }

    PushSummary summary() && { return std::move(summary_); }

private:
    Done blob(const Blob& blob, const std::string& variant) {
        if (!seen_.insert(blob.digest).second) {
            return {};
        }
        const auto there = registry_->has_blob(blob.digest);
        if (!there) {
            return std::unexpected(there.error());
        }
        if (*there) {
            ++summary_.blobs_present;
            return {};
        }
        const Done done = registry_->upload_blob(
            blob.digest, images_->blob(blob.digest),
            [&](std::size_t up) { (*progress_)(variant + " " + blob.digest, up, blob.size); });
        if (done) {
            ++summary_.blobs_uploaded;
            summary_.bytes_uploaded += blob.size;
        }
        return done;
    }

    // Of an index, too.
    Done manifest(const Blob& one, const std::string& reference) {
        const auto there = registry_->has_manifest(reference, one.digest, one.media_type);
        if (!there || *there) {
            return there ? Done{} : std::unexpected(there.error());
        }
        const Done done = registry_->put_manifest(reference, one.digest, one.media_type,
                                                  images_->blob(one.digest));
        if (done) {
            ++summary_.manifests_uploaded;
        }
        return done;
    }

    Registry* registry_;
    const ImageSet* images_;
    const Progress* progress_;
    PushSummary summary_;
    std::set<std::string> seen_;  // a platform's layer is the same in all
};

}  // namespace

std::expected<PushSummary, std::string> push_images(Registry& registry, const ImageSet& images,
                                                    const std::string& tag,
                                                    const Progress& progress) {
    if (const auto open = registry.open(); !open) {
        return std::unexpected(open.error());
    }
    Push push(registry, images, progress);
    for (const ImageReference& image : images.images) {
        const std::string own = image.variant == "core" ? tag : tag + "-" + image.variant;
        if (const Done done = push.image(image, own); !done) {
            return std::unexpected(done.error());
        }
    }
    return std::move(push).summary();
}

}  // namespace assay::images
