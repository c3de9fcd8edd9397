// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// How the pages look. Without the characters that HTML escapes (a browser does not undo that in a
// style) and without anything that is fetched.
#pragma once

namespace assay::reports {

inline constexpr const char* html_style = R"css(
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --card: #f6f8fa;
  --line: #d0d7de; --passed: #116329; --passed-bg: #dafbe1; --failed: #a40e26; --failed-bg: #ffebe9;
  --open: #7d4e00; --open-bg: #fff8c5; --na: #57606a; --na-bg: #eaeef2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --paper: #0d1117;
  --card: #161b22; --line: #3d444d; --passed: #4ac26b; --passed-bg: #12261e; --failed: #ff8182;
  --failed-bg: #301b1f; --open: #e3b341; --open-bg: #2e2410; --na: #9198a1; --na-bg: #21262d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.25rem; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0; display: inline; }
a { color: inherit; } code, pre, td.id { font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .7rem;
  overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
.soft { color: var(--soft); } .small { font-size: .85rem; }
.verdict { border-radius: 8px; padding: 1rem 1.2rem; border: 1px solid; margin-bottom: 1rem; }
.verdict .word { font-size: 1.9rem; font-weight: 700; line-height: 1.2; }
.verdict.passed { color: var(--passed); background: var(--passed-bg); }
.verdict.failed { color: var(--failed); background: var(--failed-bg); }
.verdict.open { color: var(--open); background: var(--open-bg); }
.verdict.warned { color: var(--open); background: var(--open-bg); }
.banner { margin: 1rem 0; border: 2px dashed var(--open); color: var(--open); padding: .6rem 1rem;
  border-radius: 8px; font-weight: 600; }
.mark { display: inline-block; min-width: 1.5em; text-align: center; border-radius: 4px; font-weight: 700; }
.mark.passed, td.passed { color: var(--passed); background: var(--passed-bg); }
.mark.failed, td.failed { color: var(--failed); background: var(--failed-bg); }
.mark.open, td.open { color: var(--open); background: var(--open-bg); }
.mark.na, td.na { color: var(--na); background: var(--na-bg); }
.tag { border: 1px solid var(--line); border-radius: 1em; padding: 0 .6em; font-size: .78rem;
  color: var(--soft); white-space: nowrap; }
details.card { border: 1px solid var(--line); border-radius: 8px; margin: .6rem 0; background: var(--card); }
details.card summary { padding: .6rem .9rem; cursor: pointer; }
details.card .inside { padding: 0 .9rem .8rem; }
.assertion { border-top: 1px solid var(--line); padding: .5rem 0; overflow-wrap: anywhere; }
.finding { margin: .3rem 0 .3rem 2rem; }
.finding dl { margin: .1rem 0 0 0; display: grid; grid-template-columns: 6rem 1fr; gap: 0 .6rem; font-size: .88rem; }
.finding dt { color: var(--soft); } .finding dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.next { margin: .3rem 0 0 2rem; } .next b { font-weight: 600; }
ol.todo li { margin: .5rem 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; } .scroll { overflow-x: auto; }
table.facts th { text-align: left; font-weight: 500; color: var(--soft); padding: .1rem 1.2rem .1rem 0; vertical-align: top; }
table.facts td { overflow-wrap: anywhere; white-space: pre-line; }
table.heat { font-size: .85rem; } table.heat th, table.heat td { border: 1px solid var(--line); padding: .15rem .5rem; }
table.heat td { text-align: center; white-space: nowrap; }
table.heat thead th { vertical-align: bottom; } table.heat th[scope=row] { text-align: left; font-weight: 500; white-space: nowrap; }
table.heat td.words { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 14rem; }
table.heat .what { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 15rem; font-weight: 500; }
svg text { fill: var(--ink); font: 12px system-ui, "DejaVu Sans", sans-serif; } svg .tick { fill: var(--soft); }
svg .grid { stroke: var(--line); } svg .bar.passed { fill: var(--passed); } svg .bar.failed { fill: var(--failed); }
svg .bar.open { fill: var(--open); } svg .bar.na { fill: var(--na); } svg .bar.clean { fill: var(--line); }
@media print { body { max-width: none; padding: 0; font-size: 11px; }
  details.card { break-inside: avoid-page; } details::details-content { content-visibility: visible; block-size: auto; }
  .verdict, .mark, td { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
)css";

}  // namespace assay::reports
