// SPDX-FileCopyrightText: The assay authors
// SPDX-License-Identifier: Apache-2.0

// Reads reports with what others read them with: `node readers.mjs SCHEMA FOLDER…`, each folder with
// a report.json and a junit.xml. Ends with 1 and a line for each thing that is not as it must be:
// a reader that cannot read a file, readers that count differently, a test whose name a consumer
// would take for another's, a report that does not hold its schema.
import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import Ajv from 'ajv';
import {mergeFiles} from 'junit-report-merger';
import {parse} from 'junit2json';
import xmljs from 'xml-js';
import {parseStringPromise} from 'xml2js';

const wrong = [];
const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

// The suites of a file as each reader has them: {name, cases: [{name, classname, status}]}.
const readers = {
    // dorny/test-reporter
    async xml2js(text) {
        const root = (await parseStringPromise(text)).testsuites;
        return list(root.testsuite).map((suite) => ({
            name: suite.$.name,
            cases: list(suite.testcase).map((one) => ({
                name: one.$.name,
                classname: one.$.classname,
                status: ['failure', 'error', 'skipped'].find((word) => word in one) ?? 'passed',
            })),
        }));
    },
    // mikepenz/action-junit-report
    async 'xml-js'(text) {
        const root = xmljs.xml2js(text, {compact: true}).testsuites;
        return list(root.testsuite).map((suite) => ({
            name: suite._attributes.name,
            cases: list(suite.testcase).map((one) => ({
                name: one._attributes.name,
                classname: one._attributes.classname,
                status: ['failure', 'error', 'skipped'].find((word) => word in one) ?? 'passed',
            })),
        }));
    },
    async junit2json(text) {
        const root = await parse(text);
        return list(root.testsuite).map((suite) => ({
            name: suite.name,
            cases: list(suite.testcase).map((one) => ({
                name: one.name,
                classname: one.classname,
                status: ['failure', 'error', 'skipped'].find((word) => one[word] !== undefined) ?? 'passed',
            })),
        }));
    },
};

function counts(suites) {
    const cases = suites.flatMap((suite) => suite.cases);
    const of = (status) => cases.filter((one) => one.status === status).length;
    return {tests: cases.length, failures: of('failure'), errors: of('error'), skipped: of('skipped')};
}

// TestGrid calls a row by suite and test, GitLab by class and test, and keeps the first of each.
function expectUnique(file, suites) {
    for (const [who, key] of [['TestGrid', (suite, one) => `${suite.name}.${one.name}`],
        ['GitLab', (suite, one) => `${one.classname}.${one.name}`]]) {
        const seen = new Set();
        for (const suite of suites) {
            for (const one of suite.cases) {
                const name = key(suite, one);
                if (seen.has(name)) {
                    wrong.push(`${file}: ${who} takes two cases for one: ${name}`);
                }
                seen.add(name);
            }
        }
    }
}

async function readJunit(file) {
    const text = readFileSync(file, 'utf8');
    const root = (await parseStringPromise(text)).testsuites.$;
    let first;
    for (const [name, reader] of Object.entries(readers)) {
        const suites = await reader(text).catch((error) => {
            wrong.push(`${file}: ${name} cannot read it: ${error.message}`);
            return undefined;
        });
        if (suites === undefined) {
            continue;
        }
        const told = JSON.stringify(suites);
        first ??= told;
        if (told !== first) {
            wrong.push(`${file}: ${name} reads other suites, names or outcomes than xml2js`);
        }
        const found = counts(suites);
        for (const word of ['tests', 'failures', 'errors']) {
            if (String(found[word]) !== root[word]) {
                wrong.push(`${file}: ${name} counts ${found[word]} ${word}, the root says ${root[word]}`);
            }
        }
        expectUnique(file, suites);
    }
    return counts(JSON.parse(first ?? '[]'));
}

// Merged, all are there.
async function merge(files, expected) {
    const merged = join(mkdtempSync(join(tmpdir(), 'assay-readers-')), 'merged.xml');
    writeFileSync(merged, '');
    await mergeFiles(merged, files);
    const found = counts(await readers.xml2js(readFileSync(merged, 'utf8')));
    if (found.tests !== expected) {
        wrong.push(`junit-report-merger makes ${found.tests} tests of ${expected}`);
    }
}

const [schema, ...folders] = process.argv.slice(2);
if (schema === undefined || folders.length === 0) {
    console.error('usage: node readers.mjs SCHEMA FOLDER…');
    process.exit(2);
}
const holds = new Ajv({strict: false, allErrors: true}).compile(JSON.parse(readFileSync(schema, 'utf8')));
let tests = 0;
for (const folder of folders) {
    tests += (await readJunit(join(folder, 'junit.xml'))).tests;
    if (!holds(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')))) {
        wrong.push(`${folder}/report.json: ${JSON.stringify(holds.errors[0])}`);
    }
}
await merge(folders.map((folder) => join(folder, 'junit.xml')), tests);
wrong.forEach((line) => console.error(line));
console.log(`${folders.length} reports, ${tests} tests, ${wrong.length} wrong`);
process.exit(wrong.length === 0 ? 0 : 1);
