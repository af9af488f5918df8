/* Every refusal of the loader: the text of a bad file, and the lines that must be told. */
#include "world.h"

#include <criterion/criterion.h>

/* Lines 1 to 6, then the cases from line 7, one case's keys from line 9 on, its first step in line 11. */
#define HEAD "chapter: C\nbehaviours:\n  - id: a.b\n    level: must\n    rule: r\n    source: s\n"
#define CASE HEAD "    cases:\n      - name: c\n        schema: blog\n"
#define STEP CASE "        steps:\n          - "
#define TABLE CASE "        steps:\n          - new: {model: <m>}\n            expect: <e?>\n        table:\n"

Test(refusals, chapters_and_behaviours)
{
    static const struct world_refusal rows[] = {
        {"- a\n", "1:1: not a chapter: its first key must be `chapter`"},
        {"behaviours: []\nchapter: C\n", "1:1: not a chapter: its first key must be `chapter`"},
        {"chapter: C\n", "1:1: a chapter needs `behaviours`"},
        {"chapter: ''\nbehaviours: []\n", "1:10: `chapter` must not be empty\n2:13: `behaviours` is empty"},
        {"chapter: C\nbehaviours: {}\n", "2:13: `behaviours` must be a list, not a map"},
        {"chapter: C\nbehaviours: [x]\n", "2:14: a behaviour must be a map, not text"},
        {"chapter: C\nbehavior: []\n", "1:1: a chapter needs `behaviours`\n"
                                       "2:1: unknown key `behavior` in a chapter (known: chapter, behaviours)"},
        {"chapter: C\nbehaviours:\n  - {id: a.b, level: must, rule: r}\n", "3:5: a behaviour needs `source`"},
        {HEAD "    tests: []\n",
         "7:5: unknown key `tests` in a behaviour (known: id, level, rule, source, needs, cases, was, "
         "catalogue, untested)"},
        {"chapter: C\nbehaviours:\n  - {id: ab, level: must, rule: r, source: s}\n",
         "3:10: `ab` is no id: [a-z0-9_]+(\\.[A-Za-z0-9_-]+)+"},
        {"chapter: C\nbehaviours:\n  - {id: A.b, level: must, rule: r, source: s}\n",
         "3:10: `A.b` is no id: [a-z0-9_]+(\\.[A-Za-z0-9_-]+)+"},
        {"chapter: C\nbehaviours:\n  - {id: a.b., level: must, rule: r, source: s}\n",
         "3:10: `a.b.` is no id: [a-z0-9_]+(\\.[A-Za-z0-9_-]+)+"},
        {"chapter: C\nbehaviours:\n  - {id: a.b/c, level: must, rule: r, source: s}\n",
         "3:10: `a.b/c` is no id: [a-z0-9_]+(\\.[A-Za-z0-9_-]+)+"},
        {HEAD "  - {id: a.b, level: may, rule: r, source: s}\n", "7:10: the id `a.b` is taken already: spec/c.yaml:3"},
        {HEAD "    was: [a.b]\n", "7:11: the id `a.b` is taken already: spec/c.yaml:3"},
        {HEAD "    was: [a.c, a.c]\n",
         "7:16: `a.c` is twice in `was`\n7:16: the id `a.c` is taken already: spec/c.yaml:7"},
        {HEAD "    was: a.c\n", "7:10: `was` must be a list, not text"},
        {HEAD "    catalogue: [1]\n", "7:17: an item of `catalogue` must be text, not an integer"},
        {"chapter: C\nbehaviours:\n  - {id: a.b, level: shall, rule: r, source: s}\n",
         "3:22: `level` must be must, should or may"},
        {"chapter: C\nbehaviours:\n  - {id: a.b, level: must, rule: 1, source: s}\n",
         "3:34: `rule` must be text, not an integer"},
        {"chapter: C\nbehaviours:\n  - {id: a.b, level: must, rule: \"r\\0\", source: s}\n",
         "3:34: `rule` must be text, not text with U+0000"},
        {HEAD "    needs: uow\n", "7:12: `needs` must be a list of capabilities, not text"},
        {HEAD "    needs: [tx, uwo]\n", "7:17: unknown capability `uwo` (did you mean `uow`?)"},
        {HEAD "    needs: [1]\n", "7:13: unknown capability `1`"},
        {HEAD "    untested: x\n    cases: [{name: c, fresh: true, steps: [{files: {}}]}]\n",
         "7:15: a behaviour has either `cases` or `untested`"},
        {HEAD "    cases: []\n", "7:12: `cases` is empty: leave it out and say why under `untested`"},
        {HEAD "    cases: {}\n", "7:12: `cases` must be a list, not a map"},
    };
    WORLD_EXPECT_REFUSALS("spec/c.yaml", rows);
}

Test(refusals, cases)
{
    static const struct world_refusal rows[] = {
        {HEAD "    cases: [x]\n", "7:13: a case must be a map, not text"},
        {HEAD "    cases: [{name: c, steps: [{files: {}}]}]\n",
         "7:13: the case `c` needs a `schema`: only a fresh case may leave it out"},
        {HEAD "    cases: [{name: c, schema: blogs, steps: [{files: {}}]}]\n",
         "7:31: no schema `blogs` (fixtures/schemas/blogs.yaml)"},
        {HEAD "    cases: [{name: a b, fresh: true, steps: [{files: {}}]}]\n",
         "7:20: `a b` is no name of a case: [A-Za-z0-9_-]+"},
        {HEAD "    cases: [{name: 1, fresh: true, steps: [{files: {}}]}]\n",
         "7:20: `name` must be text, not an integer"},
        {HEAD "    cases: [{name: a, fresh: yes, schema: blog, steps: [{files: {}}]}]\n",
         "7:30: `fresh` must be true or false, not text"},
        {HEAD "    cases:\n      - {name: a, fresh: true, steps: [{files: {}}]}\n"
              "      - {name: a, fresh: true, steps: [{files: {}}]}\n",
         "9:16: the case `a` is there already, in line 8"},
        {CASE "        rows: three\n        steps: [{files: {}}]\n",
         "10:15: no rows `three` for the schema `blog` (fixtures/rows/blog/three.yaml)"},
        {CASE "        rows: [two]\n        steps: [{files: {}}]\n",
         "10:15: `rows` must be the name of a file in fixtures/rows, not a list"},
        {CASE "        fresh: true\n        rows: two\n        steps: [{files: {}}]\n",
         "11:15: a fresh case has no tables, so it has no rows"},
        {CASE "        needs: [nothing]\n        steps: [{files: {}}]\n", "10:17: unknown capability `nothing`"},
        {CASE "        steps: []\n", "10:16: `steps` must be a list with steps"},
        {CASE "        steps: {files: {}}\n", "10:16: `steps` must be a list with steps"},
        {CASE "        when: mysql\n        steps: [{files: {}}]\n",
         "10:15: `when` must be sqlite, postgresql, or {fact: name, is: value}"},
        {CASE "        when: {fact: colour, is: 1}\n        steps: [{files: {}}]\n", "10:22: unknown fact `colour`"},
        {CASE "        when: {fact: digits, is: six}\n        steps: [{files: {}}]\n",
         "10:34: fact `digits` has no value `six`"},
        {CASE "        when: {fact: keys, is: maybe}\n        steps: [{files: {}}]\n",
         "10:32: fact `keys` has no value `maybe`"},
        {CASE "        when: {fact: keys}\n        steps: [{files: {}}]\n", "10:15: `when` needs `is`"},
    };
    WORLD_EXPECT_REFUSALS("spec/c.yaml", rows);
}

Test(refusals, steps)
{
    static const struct world_refusal rows[] = {
        {STEP "x\n", "11:13: a step must be a map, not text"},
        {STEP "{expect: 1}\n", "11:13: a step without an operation"},
        {STEP "{commit: {}, flush: {}}\n", "11:26: a step has one operation: `flush` stands beside `commit`"},
        {STEP "{comit: {}}\n", "11:14: unknown operation `comit` (did you mean `commit`?)"},
        {STEP "{frobnicate: {}}\n", "11:14: unknown operation `frobnicate`"},
        {STEP "{reset: {}}\n", "11:14: `reset` is the runner's own affair: no step may name it"},
        {STEP "{commit: main}\n", "11:22: the params of `commit` must be a map, not text"},
        {STEP "{commit: {sesion: x}}\n", "11:23: unknown key `sesion` in the params of `commit` (known: session)"},
        {STEP "{new: {values: {}}}\n", "11:19: the params of `new` needs `model`"},
        {STEP "{new: {model: 1}}\n", "11:27: `model` of `new` must be text, not an integer"},
        {STEP "{new: {model: User, values: [1]}}\n", "11:41: `values` of `new` must be a map, not this list"},
        {STEP "{add: {obj: 1}}\n", "11:25: `obj` of `add` must be a bound name, not an integer"},
        {STEP "{add_all: {objs: u}}\n", "11:30: `objs` of `add_all` must be a list of bound names, not text"},
        {STEP "{add_all: {objs: [1]}}\n", "11:30: `objs` of `add_all` must be a list of bound names, not this list"},
        {STEP "{stats: {reset: 1}}\n", "11:29: `reset` of `stats` must be true or false, not an integer"},
        {STEP "{stats: {reset: {~: db, sqlite: true, postgresql: 1}}}\n",
         "11:63: `reset` of `stats` must be true or false, not an integer"},
        {STEP "{get: {obj: u}}\n", "11:19: `get` takes either `name` or `names`"},
        {STEP "{get: {obj: u, name: a, names: [b]}}\n", "11:19: `get` takes either `name` or `names`"},
        {STEP "{check_password: {password: x}}\n", "11:30: `check_password` takes either `obj` or `hash`"},
        {STEP "{parse_dotenv: {text: x, path: y}}\n", "11:28: `parse_dotenv` takes either `text` or `path`"},
        {STEP "{parse_dotenv: {text: 1}}\n",
         "11:35: `text` of `parse_dotenv` must be text or {$: bytes, v: base64}, not an integer"},
        {STEP "{load_dotenv: {}}\n", "11:27: `load_dotenv` takes either `path` or `dir`"},
        {STEP "{write: {file: /x, text: x}}\n", "11:28: `file` of `write` must be a path below the case's directory"},
        {STEP "{write: {file: a/../../x, text: x}}\n",
         "11:28: `file` of `write` must be a path below the case's directory"},
        {STEP "{write: {file: x, text: {$: text, v: AA==}}}\n",
         "11:37: `text` of `write` must be text or {$: bytes, v: base64}, not a map"},
        {STEP "{commit: {}, as: 1x}\n", "11:30: `1x` is no name: [A-Za-z_][A-Za-z0-9_]*"},
        {STEP "{commit: {}, as: 1}\n", "11:30: `as` must be text, not an integer"},
        {STEP "{commit: {}, expect: 1, error: data}\n", "11:44: a step has either `expect` or `error`"},
        {STEP "{commit: {}, error: dta}\n", "11:33: unknown error kind `dta` (did you mean `data`?)"},
        {STEP "{commit: {}, error: [data, 1]}\n", "11:40: an error kind must be text, not an integer"},
        {STEP "{commit: {}, error: []}\n", "11:33: an empty list of error kinds can never be met"},
        {STEP "{commit: {}, error: {~: db, sqlite: data, postgresql: dat}}\n",
         "11:67: unknown error kind `dat` (did you mean `data`?)"},
        {STEP "{commit: {}, error: {~: any}}\n",
         "11:33: `error` takes a kind, a list of kinds, {kind: …, table: …}, or `db` or `fact` of these"},
        {STEP "{commit: {}, error: {kind: data}}\n",
         "11:33: `error` that says no more than its kind: write the kind alone"},
        {STEP "{commit: {}, error: {kind: dta, table: t}}\n", "11:40: unknown error kind `dta` (did you mean `data`?)"},
        {STEP "{commit: {}, error: {table: t}}\n", "11:33: `error` needs `kind`"},
        {STEP "{commit: {}, error: {kind: data, tabel: t}}\n",
         "11:46: unknown key `tabel` in `error` (known: kind, table, column, sqlstate, without)"},
        {STEP "{commit: {}, as: x, error: data}\n", "11:30: a step that must fail has no result to bind"},
        {STEP "{files: {}, error: data}\n",
         "11:32: `files` is the runner's own: its errors are no verdict on a testee"},
        {STEP "{commit: {}, when: never}\n", "11:32: `when` must be sqlite, postgresql, or {fact: name, is: value}"},
        {STEP "{commit: {}, expects: 1}\n", "11:26: a step has one operation: `expects` stands beside `commit`"},
    };
    WORLD_EXPECT_REFUSALS("spec/c.yaml", rows);
}

Test(refusals, steps_of_the_runner)
{
    static const struct world_refusal rows[] = {
        {STEP "{migrate: {do: up, dir: d}}\n", "11:28: unknown migration command `up`"},
        {STEP "{migrate: {do: upgrade, dir: d, head: x}}\n", "11:45: `upgrade` takes no `head`"},
        {STEP "{migrate: {do: merge, dir: d}}\n", "11:23: `merge` takes `revisions`"},
        {STEP "{migrate: {do: revision, dir: d, upgrade: [{}]}}\n",
         "11:56: a step of a revision must be an SQL statement or [change, table, …], not a map"},
        {STEP "{migrate: {do: revision, dir: d, upgrade: [[add_colum, t, {}]]}}\n",
         "11:57: unknown change `add_colum` (did you mean `add_column`?)"},
        {STEP "{migrate: {do: edit, dir: d, revision: r, upgrade: [[drop_index, t]]}}\n",
         "11:65: `drop_index` has 3 items, not 2"},
        {STEP "{stored: {table: user}}\n", "11:22: `stored` takes either `columns` or `count: true`"},
        {STEP "{stored: {table: user, columns: id, count: true}}\n",
         "11:22: `stored` takes either `columns` or `count: true`"},
        {STEP "{stored: {table: user, columns: []}}\n", "11:45: `columns` must be a name or a list of names"},
        {STEP "{stored: {table: user, columns: [1]}}\n", "11:45: `columns` must be a name or a list of names"},
        {STEP "{stored: {table: user, columns: id, order: [1]}}\n", "11:57: `order` takes names of columns"},
        {STEP "{stored: {table: user, count: true, raw: true}}\n",
         "11:22: `count: true` goes with `table` and `where` only"},
        {STEP "{behind: {}}\n", "11:22: `behind` takes exactly one of insert, update, delete, fill, sql, release, disconnect"},
        {STEP "{behind: {insert: user, delete: user}}\n",
         "11:22: `behind` takes exactly one of insert, update, delete, fill, sql, release, disconnect"},
        {STEP "{behind: {insert: user}}\n", "11:22: `behind: {insert: …}` needs `rows`"},
        {STEP "{behind: {delete: user, set: {a: 1}}}\n",
         "11:37: unknown key `set` in `behind: {delete: …}` (known: delete, where, hold)"},
        {STEP "{behind: {insert: user, rows: [[id]]}}\n",
         "11:43: `rows` must be a list: the column names, then at least one row"},
        {STEP "{behind: {insert: user, rows: [[id], [1, 2]]}}\n",
         "11:50: a row must be a list of 1 values, like the column names"},
        {STEP "{behind: {insert: user, rows: [[1], [1]]}}\n", "11:45: a column name must be text, not an integer"},
        {STEP "{behind: {delete: user, hold: 0}}\n", "11:43: `hold` must be true, or 1 to 4000 milliseconds"},
        {STEP "{behind: {delete: user, hold: false}}\n", "11:43: `hold` must be true, or 1 to 4000 milliseconds"},
        {STEP "{behind: {release: false}}\n", "11:32: this is true, or is not there"},
        {STEP "{behind: {release: true, hold: true}}\n",
         "11:38: unknown key `hold` in `behind: {release: …}` (known: release)"},
        {STEP "{behind: {fill: user, count: 3}}\n", "11:22: `behind: {fill: …}` needs `number`"},
        {STEP "{behind: {fill: user, count: -1, number: [id]}}\n", "11:42: `count` must be an integer from 0 to 100000"},
        {STEP "{behind: {fill: user, count: 9999999, number: [id]}}\n",
         "11:42: `count` must be an integer from 0 to 100000"},
        {STEP "{behind: {fill: user, count: 3, number: [1]}}\n", "11:54: `number` takes names of columns"},
        {STEP "{behind: {fill: user, count: 3, number: [id], cycle: {a: []}}}\n",
         "11:70: `cycle` gives a column a list of values"},
        {STEP "{behind: {sql: {}}}\n", "11:28: `sql` needs a text for sqlite, for postgresql, or for both"},
        {STEP "{behind: {sql: {mysql: x}}}\n", "11:29: unknown key `mysql` in `sql` (known: sqlite, postgresql)"},
        {STEP "{behind: {sql: {sqlite: 1}}}\n", "11:37: `sqlite` must be text, not an integer"},
        {STEP "{shape: {}}\n", "11:21: the params of `shape` needs `table`"},
    };
    WORLD_EXPECT_REFUSALS("spec/c.yaml", rows);
}

Test(refusals, queries)
{
    static const struct world_refusal rows[] = {
        {STEP "{query: {model: User}}\n", "11:21: the params of `query` needs `end`"},
        {STEP "{query: {model: User, end: al}}\n", "11:40: unknown end `al` (did you mean `all`?)"},
        {STEP "{query: {model: User, end: get}}\n", "11:40: `get` takes a key: [get, key]"},
        {STEP "{query: {model: User, end: [get]}}\n", "11:40: `get` takes a key: [get, key]"},
        {STEP "{query: {model: User, end: [all, 1]}}\n", "11:40: `all` takes no key: all"},
        {STEP "{query: {model: User, end: 1}}\n", "11:40: `end` must be a name or [name, key], not an integer"},
        {STEP "{query: {model: User, end: all, read: 1}}\n", "11:51: `read` must be a name or a list of names"},
        {STEP "{query: {model: User, end: all, read: [1]}}\n", "11:51: `read` must be a name or a list of names"},
        {STEP "{query: {model: User, end: [paginate, 1]}}\n", "11:51: `paginate` must be a map, not an integer"},
        {STEP "{query: {model: User, end: [paginate, {}, 1]}}\n", "11:40: `paginate` takes one map: [paginate, {…}]"},
        {STEP "{query: {model: User, end: [paginate, {pages: 1}]}}\n", "11:52: unknown key `pages` in `paginate` (known: page, per_page, max_per_page, error_out, count, request, window, then, statement)"},
        {STEP "{query: {model: User, end: [paginate, {page: two}]}}\n",
         "11:58: `page` must be an integer or null, not text"},
        {STEP "{query: {model: User, end: [paginate, {count: 1}]}}\n",
         "11:59: `count` must be true or false, not an integer"},
        {STEP "{query: {model: User, end: [paginate, {request: 1}]}}\n",
         "11:61: `request` must be text, not an integer"},
        {STEP "{query: {model: User, end: [paginate, {window: {left: 1}}]}}\n", "11:61: unknown key `left` in `window` (known: left_edge, left_current, right_current, right_edge)"},
        {STEP "{query: {model: User, end: [paginate, {window: {left_edge: x}}]}}\n",
         "11:72: `left_edge` must be an integer or null, not text"},
        {STEP "{query: {model: User, end: [paginate, {then: []}]}}\n", "11:58: `then` must be a list with steps"},
        {STEP "{query: {model: User, end: [paginate, {then: [last]}]}}\n",
         "11:59: `then` takes next, prev, or [next, {error_out: true}]"},
        {STEP "{query: {model: User, end: [paginate, {then: [[next, {error_out: 1}]]}]}}\n",
         "11:78: `error_out` must be true or false, not an integer"},
        {STEP "{query: {model: User, end: update}}\n",
         "11:40: `update` takes a map, and how the session follows: [update, {…}, fetch]"},
        {STEP "{query: {model: User, end: [update, {a: 1}, 1]}}\n",
         "11:57: how the session follows is text or false, not an integer"},
        {STEP "{query: {model: User, end: [delete, true]}}\n",
         "11:49: how the session follows is text or false, not a boolean"},
        {STEP "{query: {model: User, end: [delete, fetch, 1]}}\n",
         "11:40: `delete` takes how the session follows: [delete, fetch]"},
        {STEP "{query: {model: User, q: all, end: all}}\n", "11:38: `q` of `query` must be a list, not text"},
        {STEP "{query: {model: User, q: [x], end: all}}\n",
         "11:39: a step of a query must be a list [name, …], not text"},
        {STEP "{query: {model: User, q: [[sort, x]], end: all}}\n", "11:40: unknown query step `sort`"},
        {STEP "{query: {model: User, q: [[limit]], end: all}}\n", "11:39: `limit` takes one operand, not 0"},
        {STEP "{query: {model: User, q: [[distinct, 1]], end: all}}\n", "11:39: `distinct` takes no operand"},
        {STEP "{query: {model: User, q: [[filter_by, x]], end: all}}\n", "11:51: `filter_by` takes a map, not text"},
        {STEP "{query: {model: User, q: [[order_by, [id, up]]], end: all}}\n",
         "11:50: order_by takes names, \"-name\", or [name, asc or desc]"},
        {STEP "{query: {model: User, q: [[filter, x]], end: all}}\n",
         "11:48: an expression must be a list [operator, …], not text"},
        {STEP "{query: {model: User, q: [[filter, [equal, id, 1]]], end: all}}\n", "11:49: unknown expression `equal`"},
        {STEP "{query: {model: User, q: [[filter, [eq, id]]], end: all}}\n", "11:48: `eq` takes a name and a value"},
        {STEP "{query: {model: User, q: [[filter, [not, [and]]]], end: all}}\n", "11:54: `and` takes expressions"},
        {STEP "{query: {model: User, q: [[filter, [between, id, 1]]], end: all}}\n",
         "11:48: `between` takes a name and two values"},
        {STEP "{query: {model: User, q: [[filter, [is_null, 1]]], end: all}}\n",
         "11:58: `is_null` names a column first, not an integer"},
        {STEP "{query: {model: User, q: [[filter, {~: db, sqlite: [eq, id, 1], postgresql: [eq, id]}]], end: all}}\n",
         "11:89: `eq` takes a name and a value"},
    };
    WORLD_EXPECT_REFUSALS("spec/c.yaml", rows);
}

Test(refusals, values_and_operators)
{
    static const struct world_refusal rows[] = {
        {STEP "{commit: {}, expect: {~: anny}}\n", "11:38: unknown operator `anny` (did you mean `any`?)"},
        {STEP "{commit: {}, expect: {~: any, v: 1}}\n", "11:43: unknown key `v` in the operator `any` (known: ~)"},
        {STEP "{commit: {}, expect: {~: type}}\n", "11:34: the operator `type` needs `v`"},
        {STEP "{commit: {}, expect: {~: type, v: int}}\n", "11:47: unknown type `int`"},
        {STEP "{commit: {}, expect: {~: near, v: later, s: 1}}\n",
         "11:47: `v` of `near` must be now, a datetime, a float, or a bound one"},
        {STEP "{commit: {}, expect: {~: near, v: now, s: -1}}\n",
         "11:55: `s` of `near` must be a number that is not negative"},
        {STEP "{commit: {}, expect: {~: same, v: 1}}\n", "11:47: `v` of `same` must be text, not an integer"},
        {STEP "{commit: {}, expect: {~: unordered, v: 1}}\n", "11:52: `v` of `unordered` must be a list with items"},
        {STEP "{commit: {}, expect: {~: one_of, v: []}}\n", "11:49: `v` of `one_of` must be a list with items"},
        {STEP "{commit: {}, expect: {~: match, v: '('}}\n",
         "11:48: not a POSIX extended regular expression: Unmatched ( or \\("},
        {STEP "{commit: {}, expect: {~: db, sqlite: 1}}\n", "11:34: the operator `db` needs `postgresql`"},
        {STEP "{commit: {}, expect: {~: range, from: 1}}\n", "11:34: the operator `range` needs `to`"},
        {STEP "{commit: {}, expect: {~: range, from: a, to: 2}}\n", "11:34: `range` needs two integers, and makes a list of at most 10000"},
        {STEP "{commit: {}, expect: {~: range, from: 1, to: 10001}}\n", "11:34: `range` needs two integers, and makes a list of at most 10000"},
        {STEP "{commit: {}, expect: {~: omit}}\n", "11:38: the operator `omit` cannot stand in an expectation"},
        {STEP "{commit: {session: {~: any}}}\n", "11:36: the operator `any` cannot stand in params"},
        {STEP "{commit: {session: {~: env, v: '${home}'}}}\n", "11:44: unknown value ${home}"},
        {STEP "{commit: {session: {~: env, v: '${dir'}}}\n", "11:44: `${` without its `}`"},
        {STEP "{commit: {session: {~: fact, name: key, cases: {on: a, off: b}}}}\n", "11:48: unknown fact `key`"},
        {STEP "{commit: {session: {~: fact, name: keys, cases: {on: a}}}}\n",
         "11:61: fact `keys` may be `off`, which has no case here"},
        {STEP "{commit: {session: {~: fact, name: keys, cases: {on: a, off: b, x: c}}}}\n",
         "11:77: fact `keys` has no value `x`"},
        {STEP "{commit: {session: {~: fact, name: keys, cases: []}}}\n",
         "11:61: `cases` must be a map with a case for each value of the fact"},
        {STEP "{commit: {}, expect: {$: flot, v: '1'}}\n", "11:38: unknown tag `flot` (did you mean `float`?)"},
        {STEP "{commit: {}, expect: {$: float}}\n", "11:34: a tagged value needs `v`"},
        {STEP "{commit: {}, expect: {$: float, v: 1.5}}\n",
         "11:48: `v` of the tag `float` must be a number in quotes, NaN, Infinity or -Infinity"},
        {STEP "{commit: {}, expect: {$: int, v: '1x'}}\n", "11:46: `v` of the tag `int` must be an integer in quotes"},
        {STEP "{commit: {}, expect: {$: date, v: 2023-02-29}}\n", "11:47: `v` of the tag `date` must be YYYY-MM-DD"},
        {STEP "{commit: {}, expect: {$: datetime, v: 2023-02-28}}\n",
         "11:51: `v` of the tag `datetime` must be YYYY-MM-DDTHH:MM:SS with 0 to 6 digits of fraction"},
        {STEP "{commit: {}, expect: {$: bytes, v: x}}\n", "11:48: `v` of the tag `bytes` must be base64"},
        {STEP "{commit: {}, expect: {$: fn, v: utcnow}}\n", "11:38: a value of the tag `fn` cannot stand here"},
        {STEP "{commit: {}, expect: {$: col, v: id}}\n", "11:38: a value of the tag `col` cannot stand here"},
        {STEP "{commit: {}, expect: {$: obj, v: 1}}\n", "11:38: unknown tag `obj`"},
        {STEP "{commit: {}, expect: 1e999}\n",
         "11:34: 1e999 is beyond binary64: write {$: float, v: Infinity} if that is meant"},
        {STEP "{commit: {}, expect: {$: json, v: [1e999]}}\n",
         "11:48: 1e999 is beyond binary64: write {$: float, v: Infinity} if that is meant"},
        {STEP "{commit: {}, expect: {$: json, v: {a: 9223372036854775808}}}\n",
         "11:51: 9223372036854775808 does not fit into 64 bits"},
    };
    WORLD_EXPECT_REFUSALS("spec/c.yaml", rows);
}

Test(refusals, tables)
{
    static const struct world_refusal rows[] = {
        {STEP "{commit: {}, expect: <x>}\n",
         "11:34: unknown placeholder <x>: the case has no table (quote it if the text itself is meant)"},
        {TABLE "          - [row, m, e?, n]\n          - [a, User, 1, 2]\n",
         "14:26: no placeholder <n> uses this column"},
        {TABLE "          - [row, m]\n          - [a, User]\n",
         "12:21: unknown placeholder <e?>: the table has no such column (quote it if the text itself is meant)"},
        {TABLE "          - [m, e?]\n          - [a, User]\n",
         "14:13: the header must begin with `row` and name at least one column"},
        {TABLE "          - [row]\n          - [a]\n",
         "14:13: the header must begin with `row` and name at least one column"},
        {TABLE "          - [row, m, e?]\n",
         "14:11: `table` must be a list: the header [row, column, …], then at least one row"},
        {TABLE "          - [row, m, e?, m]\n          - [a, User, 1, 2]\n",
         "14:26: the column `m` is twice in the header"},
        {TABLE "          - [row, m, e?, 'a b']\n          - [a, User, 1, 2]\n",
         "14:26: `a b` is no column name: [A-Za-z0-9_-]+, with one ? at its end if you like"},
        {TABLE "          - [row, m, e?]\n          - [a, User]\n", "15:13: the row `a` has 2 cells, the header has 3"},
        {TABLE "          - [row, m, e?]\n          - a\n", "15:13: a row must be a list, not text"},
        {TABLE "          - [row, m, e?]\n          - []\n", "15:13: a row must be a list, not empty"},
        {TABLE "          - [row, m, e?]\n          - [a b, User, 1]\n",
         "15:14: a row begins with its name: [A-Za-z0-9_-]+"},
        {TABLE "          - [row, m, e?]\n          - [[a], User, 1]\n",
         "15:14: a row begins with its name: [A-Za-z0-9_-]+"},
        {TABLE "          - [row, m, e?]\n          - [a, User, 1]\n          - [a, User, 2]\n",
         "16:14: the row `a` is there already, in line 15"},
        {TABLE "          - [row, m, e?]\n          - [a, User, [<m>]]\n",
         "15:23: a cell holds no placeholder: quote it if the text itself is meant"},
        {TABLE "          - [row, m, e?]\n          - [a, {~: omit}, 1]\n", "11:18: the params of `new` needs `model`"},
        {TABLE "          - [row, m, e?]\n          - [a, User, 1]\n          - [b, 7, 1]\n",
         "16:17: `model` of `new` must be text, not an integer"},
    };
    WORLD_EXPECT_REFUSALS("spec/c.yaml", rows);
}

Test(refusals, several_at_once_in_the_order_of_the_file)
{
    static const struct world_refusal rows[] = {
        {STEP "{comit: {}}\n          - {new: {modell: User}}\n          - {commit: {}, error: nothing}\n"
              "  - {id: A, level: must, rule: r, source: s}\n",
         "11:14: unknown operation `comit` (did you mean `commit`?)\n"
         "12:19: the params of `new` needs `model`\n"
         "12:20: unknown key `modell` in the params of `new` (known: model, values, session)\n"
         "13:33: unknown error kind `nothing`\n"
         "14:10: `A` is no id: [a-z0-9_]+(\\.[A-Za-z0-9_-]+)+"},
    };
    WORLD_EXPECT_REFUSALS("spec/c.yaml", rows);
}
