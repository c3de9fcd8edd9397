# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""The completion scripts in the shells themselves, and the names the program goes by. ASSAY names the
program under test; a shell that is not installed is said to be missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ASSAY = Path(os.environ.get("ASSAY", ROOT / "build" / "release" / "cli" / "assay")).resolve()

# What readline does with a script: the line cut into words, also at '=', then the function called.
IN_BASH = """
source <(assay completion bash)
compopt() { echo "compopt $*"; }
COMP_LINE=$1 COMP_POINT=${#1}
COMP_WORDS=(${1//=/ = }) ; [[ $1 == *' ' || $1 == *= && ${COMP_WORDS[-1]} != '=' ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_assay
printf '%s\\n' "${COMPREPLY[@]}"
"""
# What compinit does: a function is declared for a command, and called with $words and $CURRENT set.
IN_ZSH = """
compdef() { declared="$*"; }
_describe() { print -l -- "${(@P)4}"; }
_files() { print files; }
source <(assay completion zsh)
words=("${(@s: :)1}") CURRENT=${#words}
_assay
print -r -- "for $declared"
"""
IN_FISH = "assay completion fish | source; complete -C $argv[1]"


class Shell(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="assay-shell-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name in ("assay", "kubectl-assay", "kubectl_complete-assay"):
            (self.folder / name).symlink_to(ASSAY)
        self.environment = {**os.environ, "HOME": folder.name,
                            "PATH": f"{folder.name}:{os.environ['PATH']}"}

    def lines(self, *command: str) -> list[str]:
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment,
                              timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def shell(self, name: str, script: str, line: str) -> list[str]:
        if not shutil.which(name):
            self.skipTest(f"no {name} here")
        words = [] if name == "fish" else [name]  # what a shell calls itself
        return self.lines(name, "-c", script, *words, line)


class Bash(Shell):
    def offered(self, line: str) -> list[str]:
        return self.shell("bash", IN_BASH, line)

    def test_verbs(self) -> None:
        self.assertLessEqual({"run", "gate", "schema"}, set(self.offered("assay ")))
        self.assertEqual(self.offered("assay expl"), ["explain"])

    def test_options(self) -> None:
        self.assertLessEqual({"--profile", "--select"}, set(self.offered("assay run --")))
        self.assertEqual(self.offered("assay run --prof"), ["--profile"])

    def test_profiles(self) -> None:
        self.assertEqual(self.offered("assay run --profile k8s-ai-1.37"),
                         ["compopt -o default", "k8s-ai-1.37"])

    def test_what_comes_behind_an_equals_sign_is_put_in_alone(self) -> None:
        self.assertIn("k8s-ai-1.37", self.offered("assay run --profile="))
        self.assertEqual(self.offered("assay run --profile=k8s-ai-1.37")[1:], ["k8s-ai-1.37"])


class Zsh(Shell):
    def offered(self, line: str) -> list[str]:
        return self.shell("zsh", IN_ZSH, line)

    def test_verbs(self) -> None:
        offered = self.offered("assay sch")
        self.assertTrue(offered[0].startswith("schema:"), offered)
        self.assertEqual(offered[-1], "for _assay assay kubectl-assay")

    def test_profiles(self) -> None:
        self.assertEqual(self.offered("assay run --profile k8s-ai-1.36")[0], "k8s-ai-1.36")


class Fish(Shell):
    def offered(self, line: str) -> list[str]:
        return [one.split("\t")[0] for one in self.shell("fish", IN_FISH, line)]

    def test_verbs(self) -> None:
        self.assertEqual(self.offered("assay sch"), ["schema"])

    def test_profiles(self) -> None:
        self.assertIn("k8s-ai-1.36", self.offered("assay run --profile k8s"))


class Plugin(Shell):
    def test_it_goes_by_the_name_that_kubectl_knows(self) -> None:
        usage = "\n".join(self.lines("kubectl-assay", "run", "--help"))
        self.assertIn("kubectl assay run [OPTIONS]", usage)
        self.assertIn("kubectl assay run --resume report", usage)
        self.assertNotIn("kubectl kubectl", usage)
        self.assertNotIn("  assay run", usage)

    def test_its_errors_do_too(self) -> None:
        done = subprocess.run(["kubectl-assay", "explain", "nothing"], capture_output=True,
                              text=True, env=self.environment)
        self.assertEqual(done.returncode, 2)
        self.assertTrue(done.stderr.startswith("kubectl assay: no check"), done.stderr)
        self.assertIn("'kubectl assay list'", done.stderr)

    def test_kubectl_completes_it(self) -> None:
        self.assertEqual(self.lines("kubectl_complete-assay", "verify", "--k")[1:], [":4"])
        self.assertEqual(self.lines("kubectl_complete-assay", "completion", "z"), ["zsh", ":4"])


if __name__ == "__main__":
    unittest.main()
