# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""What is in a release, as SPDX 2.3: the libraries in the program by their pins, the packages whose
files are in the probe's images by what this machine has of them, or by their pins for another one."""

from __future__ import annotations

import json
import subprocess

from container import Release
from pins import Source, packages_of_the_probe, pinned_compiler, pinned_sources

Json = dict[str, object]
# Of the machine that builds the probe: images/probe_image.cmake puts their libraries into its image.
OF_THE_PROBE = {"libc6": "LGPL-2.1-or-later", "libssl-dev": "Apache-2.0", "libnghttp2-dev": "MIT",
                "libhttp-parser-dev": "MIT", "libcli11-dev": "BSD-3-Clause", "nlohmann-json3-dev": "MIT",
                "libstdc++-12-dev": "GPL-3.0-or-later WITH GCC-exception-3.1"}
# Linked into the probe for another machine: what the cross compiler brings.
OF_THE_CROSS_COMPILER = "libstdc++-12-dev-{}-cross"


def package(name: str, version: str, licence: str, **more: object) -> Json:
    identifier = "".join(letter if letter.isalnum() or letter in ".-" else "-" for letter in name)
    return {
        "SPDXID": f"SPDXRef-{identifier}",
        "name": name,
        "versionInfo": version,
        "licenseConcluded": licence,
        "licenseDeclared": licence,
        "copyrightText": "NOASSERTION",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        **more,
    }


def purl(name: str, version: str, what: str) -> Json:
    return {"externalRefs": [{
        "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
        "referenceLocator": f"pkg:deb/debian/{name}@{version.replace(':', '%3A')}?arch={what}"}]}


def pinned(source: Source) -> Json:
    """By the archive of its authors, or the package."""
    archive = next(name for name in source.files if ".orig.tar" in name or name.endswith(".deb"))
    return package(
        source.name, source.version, source.licence,
        downloadLocation=f"https://deb.debian.org/debian/{source.directory}/{archive}",
        checksums=[{"algorithm": "SHA256", "checksumValue": source.files[archive]}],
        **purl(source.name, source.version, source.architecture))


def installed_version(name: str) -> str:
    return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], check=True,
                          capture_output=True, text=True).stdout


def of_the_probe() -> list[Json]:
    """For all machines; the names of those for another one have it in them."""
    def installed(label: str, name: str, licence: str) -> Json:
        version = installed_version(name)
        return package(f"{label}-{name}", version, licence, **purl(name, version, "amd64"))

    packages = [installed("probe", name, licence) for name, licence in OF_THE_PROBE.items()]
    for architecture, pins in packages_of_the_probe().items():
        label = f"probe-{architecture}"
        for source in pins:
            named = package(f"{label}-{source.name}", source.version, source.licence)
            packages.append(pinned(source) | {key: named[key] for key in ("SPDXID", "name")})
        packages.append(installed(label, OF_THE_CROSS_COMPILER.format(architecture),
                                  OF_THE_PROBE["libstdc++-12-dev"]))
    return packages


def related(to: str, packages: list[Json], how: str) -> list[Json]:
    return [{"spdxElementId": one["SPDXID"], "relationshipType": how, "relatedSpdxElement": to}
            for one in packages]


def sbom(release: Release, programs: dict[str, str], probe_digest: str, image_digest: str) -> str:
    """programs: SHA-256 of the executable of each architecture."""
    pin = pinned_compiler()
    libraries = [pinned(source) for source in pinned_sources() if not source.is_built]
    copied = [pinned(source) for source in pinned_sources() if source.is_built]
    libraries += [package(one.name, one.version, one.licence) for one in pin.libraries]
    compiler = package(pin.name, pin.version, pin.licence, packageFileName=pin.file,
                       checksums=[{"algorithm": "SHA256", "checksumValue": pin.sha256}])
    system = of_the_probe()
    assays = [
        package(f"assay-linux-{architecture}", release.version, "Apache-2.0",
                checksums=[{"algorithm": "SHA256", "checksumValue": digest}])
        for architecture, digest in sorted(programs.items())
    ]
    probe = package("assay-probe", release.version, "Apache-2.0",
                    comment=f"image {probe_digest}, carried inside assay")
    image = package("assay-image", release.version, "Apache-2.0", comment=f"image {image_digest}")
    relations = related("SPDXRef-assay-probe", system, "CONTAINED_BY")
    relations += related("SPDXRef-assay-image", [*assays, *copied], "CONTAINED_BY")
    for one in assays:
        name = str(one["SPDXID"])
        relations += [{"spdxElementId": name, "relationshipType": "STATIC_LINK",
                       "relatedSpdxElement": library["SPDXID"]} for library in libraries]
        relations += related(name, [probe], "CONTAINED_BY")
        relations += related(name, [compiler], "BUILD_TOOL_OF")
    document: Json = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"assay-{release.version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/assay-{release.version}-{probe_digest[7:]}",
        "creationInfo": {"created": release.created, "creators": ["Organization: The assay authors"]},
        "documentDescribes": [one["SPDXID"] for one in (*assays, image)],
        "packages": [*assays, image, probe, *libraries, *copied, compiler, *system],
        "relationships": relations,
    }
    return json.dumps(document, indent=1) + "\n"
