# SPDX-FileCopyrightText: The assay authors
# SPDX-License-Identifier: Apache-2.0
"""Plants each violation in a tree of its own and sees scripts/lint find it, and only it.

With ASSAY_LINT_QUICK set, those that only clang-tidy can find are left out.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path
from types import ModuleType
from typing import Any

LINT = Path(__file__).resolve().parents[2] / "scripts" / "lint"
LICENCE = "{0} SPDX-FileCopyrightText: The assay authors\n{0} SPDX-License-Identifier: Apache-2.0\n"
CPP = LICENCE.format("//")
PY = LICENCE.format("#")

# What is fine, and must stay unmentioned: as much of the layout as the rules speak of.
CLEAN = {
    "engine/outcome.h": CPP + "#pragma once\n",
    "engine/runner.h": CPP + "#pragma once\n",
    "engine/inside.cpp": CPP + '#include <vector>\n\n#include "engine/runner.h"\n',
    "kube/curl_transport.cpp": CPP + "#include <curl/curl.h>\n",
    "kube/manifest.cpp": CPP + "#include <yaml-cpp/yaml.h>\n",
    "cli/options.cpp": CPP + "#include <CLI/CLI.hpp>\n",
    "cli/run.cpp": CPP + '#include "engine/runner.h"\n#include "reports/json.h"\n',
    "checks/a_check.cpp": CPP + '#include <fmt/format.h>\n\n#include "engine/runner.h"\n',
    "reports/json.h": CPP + '#pragma once\n#include "engine/outcome.h"\n',
    "tests/unit/engine/one.cpp": CPP + '#include "engine/runner.h"\n',
    "scripts/tool": "#!/usr/bin/env python3\n" + PY + "def f() -> int:\n    return 1\n",
    "go.sum": "x\n" * 500,
}


def long_python(lines: int) -> str:
    return PY + "def f() -> None:\n" + "    print()\n" * (lines - 1)


# path, content, rule
VIOLATIONS = [
    ("reports/a.cpp", CPP + '#include "engine/runner.h"\n', "arrow"),
    ("checks/b_check.cpp", CPP + '#include "kube/client.h"\n', "arrow"),
    ("engine/c.cpp", CPP + '#include "checks/catalog.h"\n', "arrow"),
    ("engine/c.cpp", CPP + '#include "reports/json.h"\n', "arrow"),
    ("kube/d.cpp", CPP + '#include "engine/runner.h"\n', "arrow"),
    ("images/d.cpp", CPP + '#include "engine/runner.h"\n', "arrow"),
    ("probe/e.cpp", CPP + '#include "kube/client.h"\n', "arrow"),
    ("probe/e.cu", CPP + "#include <engine/outcome.h>\n", "arrow"),
    ("cli/f.cpp", CPP + '#include "probe/oracle.h"\n', "arrow"),
    ("engine/f.h", CPP + '#pragma once\n#include "probe/oracle.h"\n', "arrow"),
    ("kube/client.cpp", CPP + "#include <curl/curl.h>\n", "library"),
    ("engine/g.cpp", CPP + "#include <yaml-cpp/yaml.h>\n", "library"),
    ("cli/main.cpp", CPP + "#include <CLI/CLI.hpp>\n", "library"),
    ("checks/h.cpp", CPP + "#include <nlohmann/json.hpp>\n", "library"),
    ("checks/h.cpp", CPP + "#include <unistd.h>\n", "library"),
    ("engine/long.cpp", CPP + "// x\n" * 399, "file-length"),
    ("scripts/long.sh", PY + "# x\n" * 399, "file-length"),
    ("cmake/CMakeLists.txt", PY + "# x\n" * 399, "file-length"),
    ("scripts/long", "#!/usr/bin/env python3\n" + long_python(51), "function-length"),
    ("fixtures/broken.py", PY + "def f(:\n", "python"),
    ("engine/bare.cpp", "int x();\n", "licence"),
    ("scripts/bare", "#!/bin/sh\ntrue\n", "licence"),
    ("fixtures/bare.yaml", "kind: Pod\n", "licence"),
    ("engine/string_utils.h", CPP + "#pragma once\n", "name"),
    ("kube/common/a.h", CPP + "#pragma once\n", "name"),
    ("engine/pod_manager.cpp", CPP, "name"),
    ("tests/lab/helpers.py", PY, "name"),
    ("engine/ugly.cpp", CPP + "int  f( ) ;\n", "format"),
]

# What is on the right side of a border.
ALLOWED = [
    ("engine/long.cpp", CPP + "// x\n" * 398),
    ("scripts/long", "#!/usr/bin/env python3\n" + long_python(50)),
    ("engine/uncommon.cpp", CPP),
    ("tests/data/utils/recorded.yaml", "kind: Pod\n"),
]

TIDY = {
    "a cast of C": "int* f(const int* p) { return (int*)p; }\n",
    "a global": "int counter = 0;\n",
    "a name": "int DoIt() { return 1; }\n",
    "a function of 51 lines": "void f(int& x) {\n" + "    ++x;\n" * 52 + "}\n",
    "a move that copies": "#include <utility>\nstruct S {\n    int x = 0;\n};\n"
    "S f(const S& s) { return std::move(s); }\n",
}


def loaded_lint() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("assay_lint", str(LINT))
    spec = importlib.util.spec_from_loader("assay_lint", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["assay_lint"] = module  # dataclasses look their module up
    sys.dont_write_bytecode = True  # no scripts/lintc beside it
    sys.path.insert(0, str(LINT.parent))  # as if it had been started from there
    loader.exec_module(module)
    return module


lint = loaded_lint()


class Tree(unittest.TestCase):
    """A temporary tree with everything that is fine in it."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        for name in (".clang-format", ".clang-tidy"):
            (self.root / name).write_text((LINT.parent.parent / name).read_text())
        for path, content in CLEAN.items():
            self.plant(path, content)

    def plant(self, path: str, content: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)


class Rules(Tree):
    def test_the_clean_tree_has_no_problem(self) -> None:
        self.assertEqual(lint.lint(self.root, None), [])

    def test_each_violation_is_found_and_nothing_else(self) -> None:
        for path, content, rule in VIOLATIONS:
            with self.subTest(path=path, rule=rule):
                self.assertEqual(self.found_with(path, content), {(path, rule)})

    def found_with(self, path: str, content: str) -> set[tuple[str, str]]:
        """What lint finds while the file is there."""
        file = self.root / path
        self.assertFalse(file.exists(), "a violation must not hide what is fine")
        self.plant(path, content)
        try:
            return {(problem.path, problem.rule) for problem in lint.lint(self.root, None)}
        finally:
            file.unlink()

    def test_what_is_within_the_border_is_not_mentioned(self) -> None:
        for path, content in ALLOWED:
            self.plant(path, content)
        self.assertEqual(lint.lint(self.root, None), [])


@unittest.skipIf(os.environ.get("ASSAY_LINT_QUICK"), "clang-tidy is left out by --quick")
class ClangTidy(Tree):
    def found_in(self, *contents: str) -> list[str]:
        """What is said of engine/judged0.cpp, engine/judged1.cpp…, judged together."""
        return [problem.sentence for problem in self.problems_of(*contents)]

    def problems_of(self, *contents: str) -> list[Any]:
        build = self.root / "build"
        build.mkdir(exist_ok=True)
        units = []
        for number, content in enumerate(contents):
            self.plant(f"engine/judged{number}.cpp", CPP + content)
            file = str(self.root / "engine" / f"judged{number}.cpp")
            command = f"c++ -std=c++23 -o {number}.o -c {file}"
            units.append({"directory": str(self.root), "file": file, "command": command})
        (build / "compile_commands.json").write_text(json.dumps(units))
        sources = lint.sources_in(self.root)
        return list(lint.check_tidy(self.root, build, sources))

    def test_a_clean_file_is_clean_and_remembered_until_it_changes(self) -> None:
        self.assertEqual(self.found_in("int f() { return 1; }\n"), [])
        self.assertEqual(len(list((self.root / "build" / "lint-cache").iterdir())), 1)
        self.assertNotEqual(self.found_in("int F() { return 1; }\n"), [])

    def test_each_violation_is_found(self) -> None:
        for name, content in TIDY.items():
            with self.subTest(name):
                self.assertEqual(len(self.found_in(content)), 1)

    def test_a_file_that_does_not_compile_is_a_problem(self) -> None:
        self.assertNotEqual(self.found_in("int f( {\n"), [])

    def test_a_change_of_an_included_file_is_judged_anew(self) -> None:
        content = '#include "runner.h"\n'
        self.assertEqual(self.found_in(content), [])
        self.plant("engine/runner.h", CPP + "#pragma once\ninline int F() { return 1; }\n")
        self.assertNotEqual(self.found_in(content), [])

    def test_a_change_of_the_rules_is_judged_anew(self) -> None:
        content = "int f(int a) {\n    if (a > 0) return 1;\n    return 0;\n}\n"
        self.assertEqual(self.found_in(content), [])
        self.plant(
            "engine/.clang-tidy",
            "InheritParentConfig: true\nChecks: readability-braces-around-statements\n",
        )
        self.assertNotEqual(self.found_in(content), [])

    def test_files_judged_together_are_blamed_one_by_one(self) -> None:
        clean = "int f() { return 1; }\n"
        wrong = "int G() { return 1; }\n"
        self.assertEqual({p.path for p in self.problems_of(clean, wrong)}, {"engine/judged1.cpp"})
        remembered = list((self.root / "build" / "lint-cache").iterdir())
        self.assertEqual(len(remembered), 1, "the clean one, and no file of the judge's own")

    def test_files_that_can_stand_together_do(self) -> None:
        self.problems_of("int f() { return 1; }\n", "int g() { return 1; }\n")
        build = self.root / "build"
        files = {str(self.root / "engine" / f"judged{number}.cpp") for number in range(2)}
        units = lint.clang_tidy.units_of(self.root, build, files)
        together, apart = lint.clang_tidy.Judge(self.root, build).parted(units)
        self.assertEqual((len(together), len(apart)), (2, 0))

    def test_files_that_cannot_stand_together_are_each_judged(self) -> None:
        unnamed = "namespace {{\nint f() {{ return {0}; }}\n}}\nint G{0}() {{ return f(); }}\n"
        found = self.problems_of(*(unnamed.format(number) for number in range(3)))
        self.assertEqual(sorted(problem.path for problem in found),
                         [f"engine/judged{number}.cpp" for number in range(3)])

    def test_the_rules_of_a_folder_hold_for_files_judged_together(self) -> None:
        self.plant(
            "engine/.clang-tidy",
            "InheritParentConfig: true\nChecks: readability-braces-around-statements\n",
        )
        content = "int {}(int a) {{\n    if (a > 0) return 1;\n    return 0;\n}}\n"
        self.assertEqual(len(self.found_in(content.format("f"), content.format("g"))), 2)

    def test_a_fault_of_a_header_is_found_through_any_file_and_not_forgotten(self) -> None:
        self.plant("engine/runner.h", CPP + "#pragma once\ninline int F() { return 1; }\n")
        content = '#include "runner.h"\nint {}() {{ return 1; }}\n'
        for _ in range(2):
            found = self.problems_of(content.format("f"), content.format("g"))
            self.assertEqual({problem.path for problem in found}, {"engine/runner.h"})

    def test_files_that_are_compiled_in_batches_are_judged(self) -> None:
        self.problems_of("int F() { return 1; }\n", "int g() { return 1; }\n")
        build = self.root / "build"
        batch = build / "CMakeFiles" / "engine.dir" / "Unity" / "unity_0_cxx.cxx"
        batch.parent.mkdir(parents=True)
        files = [self.root / "engine" / f"judged{number}.cpp" for number in range(2)]
        batch.write_text("".join(f'#include "{file}"\n\n' for file in files))
        unit = {"directory": str(self.root), "file": str(batch),
                "command": f"c++ -std=c++23 -o unity_0.o -c {batch}"}
        (build / "compile_commands.json").write_text(json.dumps([unit]))
        found = list(lint.check_tidy(self.root, build, lint.sources_in(self.root)))
        self.assertEqual([problem.path for problem in found], ["engine/judged0.cpp"])

    def test_no_compile_commands_is_a_problem(self) -> None:
        problems = list(lint.check_tidy(self.root, self.root / "build", []))
        self.assertEqual(len(problems), 1)


if __name__ == "__main__":
    unittest.main()
