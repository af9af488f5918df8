#!/usr/bin/python3
"""@NAME@ as a testee of ormspec: one JSON object a line on standard input, one answer a line on standard output.

What is not written yet is answered with -32601, and what `hello` does not declare is not asked for: add an operation,
declare its capability, run `ormspec doctor` and `ormspec run`, and go on. spec/protocol.md says what each one does.
"""
import base64
import datetime
import json
import os
import sys
import traceback

# What the ORM itself can do, by the names of spec/capabilities.yaml. Begin with core: open, define, new, get, set, store,
# remove, query (filter_by, order_by, limit, offset; all, first, one, one_or_none, count, get), release and reset.
CAPABILITIES = {}
FACTS = {}


class Missing(Exception):
    """An operation, or a part of one, that this testee does not have."""


class Raised(Exception):
    """An error of the ORM, with its kind: see spec/error-kinds.yaml."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


# ---- values: spec/protocol.md, section 2 ----

objects = {}  # handle: object, until release or reset
handles = {}  # id(object): handle


def handle_of(obj):
    number = handles.setdefault(id(obj), len(handles) + 1)
    objects[number] = obj
    return {"$": "obj", "v": number, "model": type(obj).__name__}


DECODERS = {
    "int": int,
    "float": float,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "bytes": base64.b64decode,
    "text": lambda v: base64.b64decode(v).decode("utf-8", "surrogateescape"),
    "json": lambda v: v,
    "obj": lambda v: objects[v],
}


def decode(value):
    if isinstance(value, list):
        return [decode(item) for item in value]
    return DECODERS[value["$"]](value["v"]) if isinstance(value, dict) else value


def encode(value):
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else {"$": "int", "v": str(value)}
    if isinstance(value, float):
        names = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
        return {"$": "float", "v": names.get(repr(value), repr(value))}
    if isinstance(value, datetime.datetime):
        return {"$": "datetime", "v": value.isoformat()}
    if isinstance(value, datetime.date):
        return {"$": "date", "v": value.isoformat()}
    if isinstance(value, (bytes, memoryview)):
        return {"$": "bytes", "v": base64.b64encode(value).decode()}
    raise TypeError(f"no value of the protocol: {value!r}")


# ---- operations: params in, result out ----


def hello(params):
    return {
        "protocol": 1, "name": "@NAME@", "version": "0", "language": "Python", "databases": ["sqlite"],
        "models": "dynamic", "capabilities": CAPABILITIES, "facts": FACTS,
    }


def reset(params):
    """Every session rolled back and closed, connections closed, handles void; models stay."""
    objects.clear()
    handles.clear()
    return {}


OPERATIONS = {f.__name__: f for f in (hello, reset)}


def kind_of(error):
    """The kind of an error that the ORM or its driver raised; None: it is this program's own."""
    return error.kind if isinstance(error, Raised) else None


# ---- the loop ----


def answer(request):
    try:
        if request["method"] not in OPERATIONS:
            raise Missing(request["method"])
        return {"id": request["id"], "result": OPERATIONS[request["method"]](request["params"])}
    except Missing as error:
        return {"id": request["id"], "error": {"code": -32601, "message": f"not here: {error}"}}
    except Exception as error:
        kind = kind_of(error)
        if kind is None:
            traceback.print_exc()
        data = {} if kind is None else {"data": {"kind": kind}}
        return {"id": request["id"], "error": {"code": -32000, "message": str(error) or type(error).__name__, **data}}


def main():
    # Libraries print: answers go to a copy of standard output, everything else to standard error.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        out.write(json.dumps(answer(json.loads(line)), ensure_ascii=False) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
