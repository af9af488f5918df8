"""What the Python testees share: framing, values, handles and errors of the ormspec protocol."""

import base64
import datetime
import json
import os
import sys
import traceback

SAFE_INTEGER = 2**53 - 1
NO_JSON, NO_REQUEST, NO_METHOD, BAD_PARAMS, RAISED = -32700, -32600, -32601, -32602, -32000


class Refused(Exception):
    """A request that is answered with an error of JSON-RPC: nothing of the ORM was asked."""

    def __init__(self, message, code=BAD_PARAMS):
        super().__init__(message)
        self.code = code


class Raised(Exception):
    """An error of the ORM, or of the language where the ORM relies on it, with its kind known on the spot."""

    def __init__(self, kind, cause):
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.kind = kind


def missing(what):
    return Refused(f"this testee does not have {what}", NO_METHOD)


def need(params, name):
    if name not in params:
        raise Refused(f"the parameter {name!r} is missing")
    return params[name]


class JsonNull:
    """The document `null`, as opposed to SQL NULL."""


JSON_NULL = JsonNull()


class Column:
    """A column that stands where a value could."""

    def __init__(self, name):
        self.name = name


class Expression:
    """An expression that stands where a value could."""

    def __init__(self, parts):
        self.parts = parts


class InnerQuery:
    """A query that stands where a list could."""

    def __init__(self, spec):
        self.spec = spec


class Function:
    """A default that is computed: utcnow or tick."""

    def __init__(self, name):
        self.name = name


class Handles:
    """Numbers for objects. An object is held, so that its id() stays its own until it is released."""

    def __init__(self):
        self.last = 0
        self.objects = {}
        self.numbers = {}

    def clear(self):
        self.objects.clear()
        self.numbers.clear()

    def of(self, obj):
        number = self.numbers.get(id(obj))
        if number is None:
            self.last += 1
            number = self.numbers[id(obj)] = self.last
            self.objects[number] = obj
        return {"$": "obj", "v": number, "model": type(obj).__name__}

    def object(self, handle):
        if not isinstance(handle, dict) or handle.get("$") != "obj":
            raise Refused(f"not a handle: {handle!r}")
        try:
            return self.objects[handle["v"]]
        except (KeyError, TypeError):
            raise Refused(f"unknown handle: {handle!r}") from None

    def release(self, handle):
        obj = self.object(handle)
        del self.objects[self.numbers.pop(id(obj))]


def decode_text(raw):
    return base64.b64decode(raw, validate=True).decode("utf-8", "surrogateescape")


DECODERS = {
    "int": int,
    "float": float,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "bytes": lambda v: base64.b64decode(v, validate=True),
    "text": decode_text,
    "json": lambda v: JSON_NULL if v is None else v,
    "col": Column,
    "expr": Expression,
    "query": InnerQuery,
    "fn": Function,
}


def decode(value, handles):
    if isinstance(value, list):
        return [decode(item, handles) for item in value]
    if not isinstance(value, dict):
        return value
    tag = value.get("$")
    if tag == "obj":
        return handles.object(value)
    if tag not in DECODERS:
        raise Refused(f"unknown value: {value!r}")
    try:
        return DECODERS[tag](value["v"])
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(f"malformed value {value!r}: {error}") from None


def encode_float(value):
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def encode_text(value):
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raw = value.encode("utf-8", "surrogateescape")
        return {"$": "text", "v": base64.b64encode(raw).decode("ascii")}
    return value


def encode(value):
    """Everything but objects, which are the adapter's to know, and documents, which it tags itself."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return encode_text(value)
    if isinstance(value, int):
        return value if abs(value) <= SAFE_INTEGER else {"$": "int", "v": str(value)}
    if isinstance(value, float):
        return {"$": "float", "v": encode_float(value)}
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            raise TypeError(f"a datetime with a zone came back: {value!r}")
        return {"$": "datetime", "v": value.isoformat()}
    if isinstance(value, datetime.date):
        return {"$": "date", "v": value.isoformat()}
    if isinstance(value, (bytes, memoryview)):
        return {"$": "bytes", "v": base64.b64encode(value).decode("ascii")}
    raise TypeError(f"the protocol has no value for {value!r} of {type(value).__name__}")


def encode_json(value):
    return {"$": "json", "v": None if value is JSON_NULL else value}


class Ticker:
    """The default `tick`: 1, 2, 3 … since the last reset."""

    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1
        return self.count


class Statements:
    """Counts of what was sent to the database, by the statement's verb."""

    VERBS = ("select", "insert", "update", "delete")

    def __init__(self):
        self.reset()

    def reset(self):
        self.counts = dict.fromkeys(self.VERBS, 0)

    def saw(self, sql):
        verb = sql.lstrip().split(None, 1)[0].lower()
        if verb in self.counts:
            self.counts[verb] += 1

    def answer(self, reset):
        counts = dict(self.counts)
        if reset:
            self.reset()
        return counts


def answer_to(line, adapter):
    """The answer to one request, as a dict."""
    try:
        request = json.loads(line.decode("utf-8"))
    except ValueError as error:
        return {"id": None, "error": {"code": NO_JSON, "message": f"not JSON: {error}"}}
    if not isinstance(request, dict):
        return {"id": None, "error": {"code": NO_REQUEST, "message": "not an object"}}
    answer = {"id": request.get("id")}
    method, params = request.get("method"), request.get("params", {})
    if not isinstance(method, str) or not isinstance(params, dict):
        answer["error"] = {"code": NO_REQUEST, "message": "not a request: method must be text, params an object"}
        return answer
    try:
        answer["result"] = adapter.call(method, params)
    except Refused as error:
        answer["error"] = {"code": error.code, "message": str(error)}
    except Exception as error:
        kind = error.kind if isinstance(error, Raised) else adapter.kind(error, method)
        answer["error"] = {"code": RAISED, "message": str(error) or type(error).__name__}
        if kind is None:
            traceback.print_exc()
        else:
            answer["error"]["data"] = {"kind": kind, **adapter.places(error)}
    return answer


def line_of(answer):
    try:
        return json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        # A message may quote what UTF-8 cannot carry, a document may hold NaN.
        failure = {"code": RAISED, "message": f"the answer cannot be written: {error}"}
        if "error" in answer:
            failure = {**answer["error"], "message": ascii(answer["error"]["message"])}
        return json.dumps({"id": answer["id"], "error": failure}).encode()


def serve(adapter):
    """Answer requests until the input ends. Whatever else prints goes to standard error."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    try:
        for line in sys.stdin.buffer:
            out.write(line_of(answer_to(line, adapter)) + b"\n")
            out.flush()
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(1)
    adapter.call("reset", {})
