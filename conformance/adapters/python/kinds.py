"""Error kinds of what the two database drivers report: SQLSTATE and SQLite's result codes."""

import re
import sqlite3

SQLSTATES = {
    "23505": "integrity.unique",
    "23502": "integrity.not_null",
    "23503": "integrity.foreign_key",
    "23001": "integrity.foreign_key",
    "23514": "integrity.check",
    "25P02": "state.aborted",
    "42P01": "schema.no_table",
    "42703": "schema.no_table",
    "42P07": "schema.exists",
    "42804": "data",
    "42883": "argument",
    "42830": "mapping",
    "3D000": "database.connect",
    "55P03": "database.locked",
    "40P01": "database.locked",
    "40001": "database.locked",
}
SQLSTATE_CLASSES = {"22": "data", "08": "database.connect", "28": "database.connect"}

# Extended codes; SQLite enforces ON DELETE RESTRICT through a trigger of its own (1811).
SQLITE_EXTENDED = {
    2067: "integrity.unique",
    1555: "integrity.unique",
    2579: "integrity.unique",
    1299: "integrity.not_null",
    787: "integrity.foreign_key",
    1811: "integrity.foreign_key",
    275: "integrity.check",
    3091: "data",
}
SQLITE_PRIMARY = {
    5: "database.locked",
    6: "database.locked",
    14: "database.connect",
    18: "data",
    20: "data",
    25: "data",
}
SQLITE_ERROR = 1
# SQLITE_ERROR is one code for all that SQL text can get wrong: only its message tells them apart.
SQLITE_MESSAGES = (
    ("no such table", "schema.no_table"),
    ("no such column", "schema.no_table"),
    ("has no column named", "schema.no_table"),
    ("already exists", "schema.exists"),
    ("no such function", "argument"),
    ("Could not decode to UTF-8", "data"),
)


def sqlite_kind(error):
    code = getattr(error, "sqlite_errorcode", None)
    if code is None and isinstance(error, sqlite3.OperationalError):
        return next((kind for text, kind in SQLITE_MESSAGES if text in str(error)), "database.failure")
    if code is None:
        # The module itself refused to bind a value, or to run anything.
        return "data" if isinstance(error, (sqlite3.ProgrammingError, sqlite3.InterfaceError)) else "database.failure"
    if code in SQLITE_EXTENDED:
        return SQLITE_EXTENDED[code]
    if code & 0xFF == SQLITE_ERROR:
        return next((kind for text, kind in SQLITE_MESSAGES if text in str(error)), "database.failure")
    return SQLITE_PRIMARY.get(code & 0xFF, "database.failure")


def postgresql_kind(error, connecting):
    code = error.pgcode
    if code is not None:
        return SQLSTATES.get(code) or SQLSTATE_CLASSES.get(code[:2], "database.failure")
    # Without a SQLSTATE libpq or psycopg2 itself speaks.
    name = type(error).__name__
    if connecting:
        return "config" if name == "ProgrammingError" else "database.connect"
    return "data" if name in ("ProgrammingError", "DataError") else "database.failure"


CONSTRAINT_FAILED = re.compile(r"(?:UNIQUE|NOT NULL) constraint failed: (\w+)\.(\w+)$")


def driver_places(error):
    """What the driver's error tells beside its kind: {table, column, sqlstate}."""
    if isinstance(error, sqlite3.Error):
        # SQLite tells it in the text alone.
        found = CONSTRAINT_FAILED.match(str(error))
        return {"table": found[1], "column": found[2]} if found else {}
    if getattr(error, "pgcode", None) is None:
        return {}
    told = {"table": error.diag.table_name, "column": error.diag.column_name, "sqlstate": error.pgcode}
    return {name: value for name, value in told.items() if value is not None}


def driver_kind(error, connecting=False):
    """The kind of a driver's error; `connecting` says that no statement was under way."""
    if isinstance(error, sqlite3.Error):
        return sqlite_kind(error)
    if hasattr(error, "pgcode"):
        return postgresql_kind(error, connecting)
    return None
