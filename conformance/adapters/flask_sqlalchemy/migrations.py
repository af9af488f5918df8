"""Flask-Migrate: the operation `migrate`. Its own functions do the work; what they print is read, as a user reads it."""

import contextlib
import io
import logging
import os
import re

import sqlalchemy as sa

import wire

try:
    import alembic.autogenerate
    import alembic.command
    import alembic.script.revision
    import alembic.util
    import flask_migrate
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
except ImportError:
    flask_migrate = None

CAPABILITIES = (
    "migrate", "migrate.autogenerate", "migrate.branches", "migrate.script", "migrate.alter", "migrate.version_table",
)
# A file that is no migration fails as Python fails, a parent that is missing is a KeyError, a constraint that is not
# there or has no name a ValueError.
REFUSALS = (SyntaxError, KeyError, ValueError)

TYPES = {
    "integer": "Integer", "string": "String", "text": "Text", "boolean": "Boolean", "float": "Float",
    "datetime": "DateTime", "date": "Date", "json": "JSON",
}


@contextlib.contextmanager
def loggers_kept():
    """env.py configures logging, which silences every logger that there was."""
    known = [logger for logger in logging.root.manager.loggerDict.values() if isinstance(logger, logging.Logger)]
    disabled = {logger: logger.disabled for logger in known}
    try:
        yield
    finally:
        for logger, was in disabled.items():
            logger.disabled = was


# --- bodies of revisions as the code that a user writes ---


def type_code(spec):
    return f"sa.{TYPES[spec['type']]}({spec.get('length', '')})"


def column_code(spec):
    parts = [repr(spec["name"]), type_code(spec)]
    if "server_default" in spec:
        parts.append(f"server_default=sa.text({spec['server_default']!r})")
    parts.append(f"nullable={spec.get('nullable', True)}")
    return f"sa.Column({', '.join(parts)})"


def alter_code(name, options):
    parts = [repr(name)]
    if "type" in options:
        parts.append(f"type_={type_code(options)}")
    if "nullable" in options:
        parts.append(f"nullable={options['nullable']}")
    if "server_default" in options:
        default = options["server_default"]
        parts.append(f"server_default={None if default is None else f'sa.text({default!r})'}")
    return f"batch.alter_column({', '.join(parts)})"


BATCH = {
    "add_column": lambda spec: f"batch.add_column({column_code(spec)})",
    "drop_column": lambda name: f"batch.drop_column({name!r})",
    "rename_column": lambda name, new: f"batch.alter_column({name!r}, new_column_name={new!r})",
    "alter_column": alter_code,
    "add_unique": lambda name, columns: f"batch.create_unique_constraint({name!r}, {columns!r})",
    "add_check": lambda name, sql: f"batch.create_check_constraint({name!r}, {sql!r})",
    "add_foreign_key": lambda name, columns, table, to: (
        f"batch.create_foreign_key({name!r}, {table!r}, {columns!r}, {to!r})"
    ),
    "drop_constraint": lambda name, kind: f"batch.drop_constraint({name!r}, type_={kind.replace(' ', '')!r})",
    "add_index": lambda name, columns, unique=False: f"batch.create_index({name!r}, {columns!r}, unique={unique})",
    "drop_index": lambda name: f"batch.drop_index({name!r})",
}


def step_code(step):
    if isinstance(step, str):
        return [f"op.execute(sa.text({step!r}))"]
    name, table, *arguments = step
    if name == "rename_table":
        return [f"op.rename_table({table!r}, {arguments[0]!r})"]
    if name not in BATCH:
        raise wire.missing(f"the change {name!r} in a revision")
    return [f"with op.batch_alter_table({table!r}) as batch:", f"    {BATCH[name](*arguments)}"]


def function_code(name, steps):
    lines = [line for step in steps for line in step_code(step)] or ["pass"]
    return f"def {name}():\n" + "".join(f"    {line}\n" for line in lines)


def write_bodies(path, params):
    """Gives the functions of a revision's file other bodies, as far as there are any in the request."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    codes = {name: function_code(name, params[name]) for name in ("upgrade", "downgrade") if name in params}
    if params.get("irreversible"):
        codes["downgrade"] = 'def downgrade():\n    raise RuntimeError("irreversible")\n'
    for name, code in codes.items():
        text = re.sub(rf"def {name}\(\):\n(?:    .*\n|\n(?=    ))*", lambda match: code, text)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


# --- detected changes in the protocol's words ---


def names(columns):
    return [column.name for column in columns]


def change_words(name, *arguments):
    if name in ("add_table", "remove_table"):
        return [arguments[0].name]
    if name in ("add_column", "remove_column"):
        return [arguments[1], arguments[2].name]
    if name in ("add_fk", "remove_fk"):
        key = arguments[0]
        return [key.table.name, list(key.column_keys), key.referred_table.name]
    if name in ("modify_type", "modify_nullable", "modify_default"):
        return [arguments[1], arguments[2]]
    return [arguments[0].table.name, names(arguments[0].columns)]


CHANGES = {
    "remove_table": "drop_table", "remove_column": "drop_column", "remove_index": "drop_index",
    "add_constraint": "add_unique", "remove_constraint": "drop_unique",
    "add_fk": "add_foreign_key", "remove_fk": "drop_foreign_key",
    "modify_type": "alter_type", "modify_nullable": "alter_nullable", "modify_default": "alter_default",
}


def changes_of(differences):
    flat = [one for item in differences for one in (item if isinstance(item, list) else [item])]
    words = [[CHANGES.get(name, name), *change_words(name, *arguments)] for name, *arguments in flat]
    # The indexes of a new table come and go with it.
    tables = {table: name for name, table, *rest in words if name in ("add_table", "drop_table")}
    return [
        change for change in words
        if not (change[0] in ("add_index", "drop_index") and change[0].split("_")[0] + "_table" == tables.get(change[1]))
    ]


class Migrations:
    """The operation; the adapter that takes this in has `opened()` and `schema`."""

    def migrate_app(self, app):
        self.printed = io.StringIO()
        self.ran = []
        flask_migrate.Migrate(app, self.schema.db, on_version_apply=self.applied).configure(self.redirect)

    def redirect(self, config):
        config.stdout = config.output_buffer = self.printed
        return config

    def applied(self, *, step, **rest):
        self.ran.append(step.up_revision_id)

    def migrate(self, params):
        does = wire.need(params, "do")
        if does not in self.ACTIONS:
            raise wire.missing(f"the migration command {does!r}")
        app = self.opened()
        self.printed.seek(0)
        self.printed.truncate()
        self.ran.clear()
        with app.app_context(), loggers_kept():
            options = app.extensions["migrate"].configure_args
            for name, default in (("compare_type", True), ("compare_server_default", False)):
                options[name] = params.get(name, default)
            try:
                return self.ACTIONS[does](self, wire.need(params, "dir"), params)
            except (alembic.util.CommandError, alembic.script.revision.RevisionError, RuntimeError) as error:
                raise wire.Raised("migration", error) from error
            except REFUSALS as error:
                raise wire.Raised("migration", error) from error

    def call_migrate(self, function, directory, *arguments, **options):
        """The function itself: its wrapper prints the error and ends the process."""
        self.directory(directory)
        function.__wrapped__(directory, *arguments, **options)
        return self.printed.getvalue()

    def config(self, directory):
        return self.opened().extensions["migrate"].migrate.get_config(directory)

    def directory(self, directory):
        return ScriptDirectory.from_config(self.config(directory))

    def written(self, directory, before):
        """The revision whose file is new."""
        new = [script for script in self.directory(directory).walk_revisions() if script.revision not in before]
        return new[0] if new else None

    def write(self, function, directory, params, *arguments):
        known = {script.revision for script in self.directory(directory).walk_revisions()}
        options = {
            name: params[name] for name in ("message", "head", "splice", "branch_label", "rev_id") if name in params
        }
        if "depends_on" in params:
            alembic.command.revision(self.config(directory), depends_on=params["depends_on"], **options)
        else:
            self.call_migrate(function, directory, *arguments, **options)
        return self.written(directory, known)

    def differences(self, directory):
        alembic.command.current(self.config(directory))  # the database's revision is one of the directory
        database = self.schema.db
        with database.engine.connect() as connection:
            options = self.opened().extensions["migrate"].configure_args
            context = MigrationContext.configure(connection, opts={
                **options, "on_version_apply": (), "target_metadata": database.metadata,
            })
            return changes_of(alembic.autogenerate.compare_metadata(context, database.metadata))

    # --- the commands ---

    def do_init(self, directory, params):
        flask_migrate.init.__wrapped__(directory)
        return {}

    def do_migrate(self, directory, params):
        script = self.write(flask_migrate.migrate, directory, params)
        return {
            "revision": script.revision if script else None,
            "changes": self.differences(directory) if script else [],
        }

    def do_check(self, directory, params):
        return {"changes": self.differences(directory)}

    def do_revision(self, directory, params):
        script = self.write(flask_migrate.revision, directory, params)
        write_bodies(script.path, params)
        return {"revision": script.revision}

    def do_edit(self, directory, params):
        write_bodies(self.directory(directory).get_revision(wire.need(params, "revision")).path, params)
        return {}

    def do_merge(self, directory, params):
        script = self.write(flask_migrate.merge, directory, params, wire.need(params, "revisions"))
        return {"revision": script.revision}

    def run(self, function, directory, params, *default):
        to = [params["to"]] if "to" in params else []
        if params.get("sql"):
            return {"script": self.call_migrate(function, directory, *to, sql=True)}
        self.call_migrate(function, directory, *to)
        return {"ran": list(self.ran)}

    def do_upgrade(self, directory, params):
        return self.run(flask_migrate.upgrade, directory, params)

    def do_downgrade(self, directory, params):
        return self.run(flask_migrate.downgrade, directory, params)

    def do_stamp(self, directory, params):
        if params.get("purge"):
            alembic.command.stamp(self.config(directory), params.get("to", "head"), purge=True)
            return {}
        result = self.run(flask_migrate.stamp, directory, params)
        return result if "script" in result else {}

    def revisions(self, text):
        return {"revisions": [line.split()[0] for line in text.splitlines() if line and not line.startswith(" ")]}

    def do_current(self, directory, params):
        return self.revisions(self.call_migrate(flask_migrate.current, directory))

    def do_heads(self, directory, params):
        return self.revisions(self.call_migrate(flask_migrate.heads, directory))

    def do_branches(self, directory, params):
        return self.revisions(self.call_migrate(flask_migrate.branches, directory))

    def described(self, directory, ids):
        scripts = self.directory(directory)
        return [self.describe(scripts.get_revision(one)) for one in ids]

    @staticmethod
    def describe(script):
        return {
            "revision": script.revision, "down": list(script._versioned_down_revisions),
            "depends": sorted(script._resolved_dependencies), "labels": sorted(script._orig_branch_labels),
            "message": "" if script.doc == "empty message" else script.doc, "head": script.is_head,
            "branchpoint": script.is_branch_point, "mergepoint": script.is_merge_point,
        }

    def do_history(self, directory, params):
        text = self.call_migrate(flask_migrate.history, directory, rev_range=params.get("range"))
        ids = [re.match(r".* -> (\S+?)(?:,| |$)", line)[1] for line in text.splitlines()]
        return {"revisions": self.described(directory, ids)}

    def do_show(self, directory, params):
        text = self.call_migrate(flask_migrate.show, directory, *([params["revision"]] if "revision" in params else []))
        return self.described(directory, re.findall(r"^Rev: (\S+)", text, re.MULTILINE))[0]

    ACTIONS = {
        name[3:]: function for name, function in list(locals().items()) if name.startswith("do_")
    }
