# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The libraries of a release, static and with no more in them than assay asks for."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pins import ReleaseError, pinned_sources, unpacked
from toolchain import ALWAYS, FLAGS, Target, cmake_file, environment

Switches = tuple[str, ...]

# The protocols, ciphers and formats that nobody speaks to an API server or a registry with.
OPENSSL_LEAVES_OUT = (
    "shared dso module engine dynamic-engine tests legacy comp ssl3 dtls srp psk srtp sctp ocsp ts "
    "cms cmp ct idea seed camellia aria bf cast rc2 rc4 md4 mdc2 rmd160 whirlpool sm2 sm3 sm4 "
    "blake2 gost siphash ec2m static-engine padlockeng afalgeng capieng devcryptoeng nextprotoneg "
    "uplink async ui-console").split()
CURL_SWITCHES = {
    "HTTP_ONLY": "ON",
    "BUILD_CURL_EXE": "OFF",
    "BUILD_TESTING": "OFF",
    "CURL_USE_OPENSSL": "ON",
    "USE_NGHTTP2": "ON",
    "CURL_USE_LIBSSH2": "OFF",
    "CURL_USE_LIBPSL": "OFF",
    "CURL_BROTLI": "OFF",
    "CURL_ZSTD": "OFF",
    "CURL_ZLIB": "ON",
    "USE_LIBIDN2": "OFF",
    "CURL_DISABLE_ALTSVC": "ON",
    "CURL_DISABLE_HSTS": "ON",
    "CURL_DISABLE_NETRC": "ON",
    "CURL_DISABLE_CRYPTO_AUTH": "ON",
    "CURL_DISABLE_COOKIES": "ON",
    "CURL_DISABLE_MIME": "ON",
    # Where the authorities of a system lie is looked up when the program runs.
    "CURL_CA_BUNDLE": "none",
    "CURL_CA_PATH": "none",
    "CURL_CA_FALLBACK": "OFF",
}
LIBARCHIVE_SWITCHES = {
    f"ENABLE_{part}": "OFF"
    for part in (
        "ACL", "BZip2", "CAT", "CNG", "CPIO", "EXPAT", "ICONV", "LIBB2", "LIBXML2", "LZ4", "LZMA",
        "LZO", "MBEDTLS", "NETTLE", "OPENSSL", "PCREPOSIX", "TAR", "TEST", "XATTR", "ZLIB", "ZSTD")
}


def run(command: list[str], folder: Path, target: Target) -> None:
    done = subprocess.run(command, cwd=folder, env=environment(target), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode != 0:
        raise ReleaseError(f"{' '.join(command)}, in {folder}:\n{done.stdout[-4000:]}")


def jobs() -> str:
    return os.environ.get("ASSAY_JOBS", str(os.cpu_count() or 1))


def by_cmake(target: Target, source: Path, build: Path, switches: Switches) -> None:
    run(["cmake", "-G", "Ninja", "-S", str(source), "-B", str(build), "-DCMAKE_BUILD_TYPE=Release",
         f"-DCMAKE_TOOLCHAIN_FILE={cmake_file(target)}", f"-DCMAKE_INSTALL_PREFIX={target.prefix}",
         "-DCMAKE_INSTALL_LIBDIR=lib", "-DBUILD_SHARED_LIBS=OFF",
         "-DCMAKE_POLICY_VERSION_MINIMUM=3.5", *switches], source, target)
    run(["cmake", "--build", str(build), "-j", jobs(), "--target", "install"], source, target)


def openssl(target: Target, source: Path, build: Path, switches: Switches) -> None:
    # It tells its prefix as the folder of its modules; it is installed into another.
    run([str(source / "Configure"), target.openssl, "--prefix=/usr", "--libdir=lib",
         "--openssldir=/etc/ssl", *switches], build, target)
    run(["make", "-j", jobs(), "build_libs"], build, target)
    run(["make", "install_dev", f"INSTALLTOP={target.prefix}"], build, target)


def zlib(target: Target, source: Path, build: Path, switches: Switches) -> None:
    shutil.copytree(source, build, dirs_exist_ok=True)
    run(["./configure", f"--prefix={target.prefix}", *switches], build, target)
    run(["make", "-j", jobs(), "libz.a", "install"], build, target)


@dataclass(frozen=True)
class Recipe:
    switches: Switches
    build: Callable[[Target, Path, Path, Switches], None]

    @property
    def mark(self) -> str:
        """Another one for other switches."""
        return hashlib.sha256(repr((self.switches, FLAGS, ALWAYS)).encode()).hexdigest()[:12]


def cmake(**switches: str) -> Recipe:
    return Recipe(tuple(f"-D{name}={value}" for name, value in switches.items()), by_cmake)


RECIPES = {
    "zlib": Recipe(("--static",), zlib),
    "openssl": Recipe(tuple(f"no-{part}" for part in OPENSSL_LEAVES_OUT), openssl),
    "nghttp2": cmake(ENABLE_LIB_ONLY="ON", ENABLE_STATIC_LIB="ON", ENABLE_SHARED_LIB="OFF"),
    "curl": cmake(**CURL_SWITCHES),
    "libarchive": cmake(**LIBARCHIVE_SWITCHES),
    "yaml-cpp": cmake(YAML_CPP_BUILD_TESTS="OFF", YAML_CPP_BUILD_TOOLS="OFF"),
    "fmtlib": cmake(FMT_TEST="OFF", FMT_DOC="OFF"),
    "pugixml": cmake(),
    "simdjson": cmake(SIMDJSON_DEVELOPER_MODE="OFF"),
    "cli11": cmake(CLI11_BUILD_TESTS="OFF", CLI11_BUILD_EXAMPLES="OFF", CLI11_BUILD_DOCS="OFF",
                   CLI11_SINGLE_FILE="OFF"),
    "nlohmann-json3": cmake(JSON_BuildTests="OFF"),
}


def install(target: Target) -> None:
    """All of them, each once for its version and switches."""
    by_name = {source.name: source for source in pinned_sources()}
    for name, recipe in RECIPES.items():
        source = by_name[name]
        done = target.prefix / f"{name}-{source.version.replace(':', '_')}-{recipe.mark}.installed"
        if done.is_file():
            continue
        print(f"{target.architecture}: {name} {source.version}", flush=True)
        build = target.prefix / "build" / name
        shutil.rmtree(build, ignore_errors=True)
        build.mkdir(parents=True)
        recipe.build(target, unpacked(source), build, recipe.switches)
        shutil.rmtree(build)
        for shared in (target.prefix / "lib").glob("*.so*"):  # some make one unasked
            shared.unlink()
        done.touch()
