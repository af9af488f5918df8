#!/usr/bin/env node
/* @NAME@ as a testee of ormspec: one JSON object a line on standard input, one answer a line on standard output.
 *
 * What is not written yet is answered with -32601, and what `hello` does not declare is not asked for: add an operation,
 * declare its capability, run `ormspec doctor` and `ormspec run`, and go on. spec/protocol.md says what each one does. */
'use strict';
const fs = require('node:fs');
const readline = require('node:readline');

/* What the ORM itself can do, by the names of spec/capabilities.yaml. Begin with core: open, define, new, get, set, store,
 * remove, query (filter_by, order_by, limit, offset; all, first, one, one_or_none, count, get), release and reset. */
const capabilities = {};
const facts = {};

/* An operation, or a part of one, that this testee does not have. */
class Missing extends Error {}

/* An error of the ORM, with its kind: see spec/error-kinds.yaml. */
class Raised extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

/* ---- values: spec/protocol.md, section 2 ---- */

const objects = new Map(); /* handle: object, until release or reset */
const handles = new Map(); /* object: handle */

function handleOf(object, model) {
  if (!handles.has(object)) {
    handles.set(object, handles.size + 1);
    objects.set(handles.get(object), object);
  }
  return { $: 'obj', v: handles.get(object), model };
}

const decoders = {
  int: BigInt,
  float: (v) => Number(v),
  datetime: (v) => v,
  date: (v) => v,
  bytes: (v) => Buffer.from(v, 'base64'),
  json: (v) => v,
  obj: (v) => objects.get(v),
};

function decode(value) {
  if (Array.isArray(value)) return value.map(decode);
  return value !== null && typeof value === 'object' ? decoders[value.$](value.v) : value;
}

/* A number says not what it is, so the column's type must: integer, float, string, text, boolean, datetime, date, json. */
function encode(value, type) {
  if (value === null || value === undefined) return null;
  if (type === 'json') return { $: 'json', v: value };
  if (type === 'float') return { $: 'float', v: Object.is(value, -0) ? '-0.0' : String(value) };
  if (type === 'datetime' || type === 'date') return { $: type, v: value };
  if (typeof value === 'bigint') return { $: 'int', v: String(value) };
  if (Buffer.isBuffer(value)) return { $: 'bytes', v: value.toString('base64') };
  return value;
}

/* ---- operations: params in, result out ---- */

const operations = {
  hello: () => ({
    protocol: 1, name: '@NAME@', version: '0', language: 'JavaScript', databases: ['sqlite'],
    models: 'dynamic', capabilities, facts,
  }),
  /* Every session rolled back and closed, connections closed, handles void; models stay. */
  reset: () => {
    objects.clear();
    handles.clear();
    return {};
  },
};

/* The kind of an error that the ORM or its driver raised; undefined: it is this program's own. */
function kindOf(error) {
  return error instanceof Raised ? error.kind : undefined;
}

/* ---- the loop ---- */

async function answer({ id, method, params }) {
  try {
    if (!Object.hasOwn(operations, method)) throw new Missing(method);
    return { id, result: await operations[method](params) };
  } catch (error) {
    if (error instanceof Missing) return { id, error: { code: -32601, message: `not here: ${error.message}` } };
    const kind = kindOf(error);
    if (kind === undefined) console.error(error);
    return { id, error: { code: -32000, message: String(error.message), ...(kind && { data: { kind } }) } };
  }
}

async function main() {
  /* Libraries print: whatever they say goes to standard error, answers alone to standard output. */
  console.log = console.info = console.debug = console.error;
  process.stdout.write = process.stderr.write.bind(process.stderr);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    fs.writeSync(1, JSON.stringify(await answer(JSON.parse(line))) + '\n');
  }
}

main();
