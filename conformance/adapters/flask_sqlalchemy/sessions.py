"""Sessions beyond add, flush and commit: states, expiry, expunging, merging, savepoints."""

import contextlib

import sqlalchemy as sa

import wire

CAPABILITIES = (
    "states", "work_lists", "no_autoflush", "expire", "refresh_members", "expunge", "merge", "savepoints", "version",
    "pool", "dispose", "pre_ping", "sqlstate", "hidden_values",
)
STATES = ("transient", "pending", "persistent", "deleted", "detached")


def engine_options(settings):
    """What `open` says beyond the URL, as create_engine takes it."""
    options = {"hide_parameters": settings.get("hide_values", False), "pool_pre_ping": settings.get("pre_ping", False)}
    if "pool_size" in settings:
        # A file of SQLite has no pool of its own accord.
        options.update(poolclass=sa.pool.QueuePool, pool_size=settings["pool_size"], max_overflow=0)
    if "pool_timeout_ms" in settings:
        options["pool_timeout"] = settings["pool_timeout_ms"] / 1000
    return options


class Sessions:
    """Operations of the adapter, which has a session, the scope that it belongs to, handles and objects."""

    def state(self, params):
        inspected = sa.inspect(self.object(params))
        return next(name for name in STATES if getattr(inspected, name))

    def contains(self, params):
        return self.object(params) in self.session

    def work(self, params):
        session = self.session
        lists = {"new": session.new, "dirty": session.dirty, "deleted": session.deleted}
        return {name: [self.handles.of(obj) for obj in objects] for name, objects in lists.items()}

    def is_modified(self, params):
        return self.session.is_modified(self.object(params))

    def expire(self, params):
        if "obj" in params:
            self.session.expire(self.object(params), params.get("names"))
        else:
            self.session.expire_all()
        return {}

    def expunge(self, params):
        if "obj" in params:
            self.session.expunge(self.object(params))
        else:
            self.session.expunge_all()
        return {}

    def merge(self, params):
        return self.handles.of(self.session.merge(self.object(params)))

    def autoflush(self, params):
        self.scope.quiet.close()
        if not wire.need(params, "on"):
            self.scope.quiet.enter_context(self.session.no_autoflush)
        return {}

    def savepoint(self, params):
        self.scope.savepoints[wire.need(params, "name")] = self.session.begin_nested()
        return {}

    def savepoint_commit(self, params):
        self.named_savepoint(params).commit()
        return {}

    def savepoint_rollback(self, params):
        self.named_savepoint(params).rollback()
        return {}

    def named_savepoint(self, params):
        try:
            return self.scope.savepoints.pop(wire.need(params, "name"))
        except KeyError as error:
            raise wire.Refused(f"there is no savepoint {error}") from None

    OPERATIONS = (
        state, contains, work, is_modified, expire, expunge, merge, autoflush, savepoint, savepoint_commit,
        savepoint_rollback,
    )


class Extras:
    """What a named session keeps for these operations."""

    def __init__(self):
        self.quiet = contextlib.ExitStack()
        self.savepoints = {}
