# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The image for runs inside a cluster: the program and a bundle of authorities, no shell, no root;
one OCI index for all architectures, as a tar of an OCI layout."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timezone

from archives import Member, Members, gzipped, tar

USER = 65532  # as the images of distroless have it
NAME = "assay"
# What a node calls it where the tar is imported without a registry.
LOCAL = f"localhost/{NAME}"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
INDEX = "application/vnd.oci.image.index.v1+json"

Json = dict[str, object]


@dataclass(frozen=True)
class Release:
    version: str
    epoch: int  # seconds

    @property
    def created(self) -> str:
        return datetime.fromtimestamp(self.epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Layout:
    """Blobs by digest."""

    members: Members = field(default_factory=dict)

    def add(self, media_type: str, content: bytes) -> Json:
        digest = hashlib.sha256(content).hexdigest()
        self.members[f"blobs/sha256/{digest}"] = Member(content)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def add_json(self, media_type: str, content: Json) -> Json:
        return self.add(media_type, json.dumps(content).encode())


@dataclass(frozen=True)
class Container:
    tar: bytes
    digest: str  # of the index, which has all architectures


def files_of(program: bytes, authorities: bytes, licences: Members) -> Members:
    return {
        "etc/passwd": Member(f"nonroot:x:{USER}:{USER}:nonroot:/:/usr/bin/assay\n".encode()),
        "etc/ssl/certs/ca-certificates.crt": Member(authorities),
        "report": Member(mode=0o1777, directory=True),
        "tmp": Member(mode=0o1777, directory=True),
        "usr/bin/assay": Member(program, mode=0o755),
        **{f"usr/share/licenses/{path}": member for path, member in licences.items()},
    }


def manifest_of(layout: Layout, architecture: str, files: Members, release: Release) -> Json:
    layer = tar(files, release.epoch)
    config: Json = {
        "created": release.created,
        "architecture": architecture,
        "os": "linux",
        "config": {
            "User": f"{USER}:{USER}",
            "Env": ["PATH=/usr/bin", "HOME=/tmp"],
            "Entrypoint": ["/usr/bin/assay"],
            "WorkingDir": "/report",
            "Labels": {
                "org.opencontainers.image.title": NAME,
                "org.opencontainers.image.version": release.version,
                "org.opencontainers.image.licenses": "Apache-2.0",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    manifest = layout.add_json(MANIFEST, {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": layout.add_json(CONFIG, config),
        "layers": [layout.add(LAYER, gzipped(layer))],
    })
    return {**manifest, "platform": {"architecture": architecture, "os": "linux"}}


def container(programs: dict[str, bytes], authorities: bytes, licences: Members,
              release: Release) -> Container:
    """programs: of each architecture."""
    layout = Layout()
    manifests = [
        manifest_of(layout, architecture, files_of(program, authorities, licences), release)
        for architecture, program in sorted(programs.items())
    ]
    index = layout.add_json(INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
    name = {key: f"{LOCAL}:{release.version}"
            for key in ("io.containerd.image.name", "org.opencontainers.image.ref.name")}
    layout.members["oci-layout"] = Member(b'{"imageLayoutVersion":"1.0.0"}')
    layout.members["index.json"] = Member(json.dumps({
        "schemaVersion": 2, "mediaType": INDEX, "manifests": [{**index, "annotations": name}],
    }).encode())
    return Container(tar(layout.members, release.epoch), str(index["digest"]))
