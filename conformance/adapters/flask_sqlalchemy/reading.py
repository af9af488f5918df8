"""Queries beyond filters and orders: computed values, joins, groups, queries within queries, rows, SQL text."""

import contextlib
import decimal
import operator

import sqlalchemy as sa
import sqlalchemy.orm

import wire

CAPABILITIES = (
    "expressions", "distinct_from", "like_escape", "list_checks", "nulls_order", "order_reset", "joins", "derived",
    "subqueries", "columns", "aggregates", "set_operations", "row_locks", "partial", "sql_text", "exists", "scalar",
    "stream", "rows", "statement_text", "saved_queries", "lookup", "execute",
)

# [operator, operand, value]: the first operand is a column or what is computed of one.
OPERATORS = {
    "is": lambda a, v: a.is_(v),
    "is_not": lambda a, v: a.is_not(v),
    "is_distinct": lambda a, v: a.is_distinct_from(v),
    "is_not_distinct": lambda a, v: a.is_not_distinct_from(v),
    "col": lambda a: a,
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "mod": operator.mod,
    "neg": operator.neg,
    "distinct": sa.distinct,
}


class Kept:
    """A query that is kept, with what its names stand for."""

    def __init__(self, model, query, names):
        self.model = model
        self.query = query
        self.names = names


class Rows(list):
    """Rows of a selection; a row may hold objects."""


class Reading:
    """What the adapter has of them; the rest of it is the class that takes this in."""

    aliases, joins, loads = {}, {}, {}

    @contextlib.contextmanager
    def naming(self, aliases, joins):
        """Names of joins hold within their query, those given by `as` also in queries within it."""
        before = self.aliases, self.joins, self.loads
        self.aliases, self.joins, self.loads = aliases, joins, {}
        try:
            yield
        finally:
            self.aliases, self.joins, self.loads = before

    def qualified(self, prefix, member):
        """A member of a model, or of what a join gave a name; None where there is no such model or join."""
        if prefix not in self.aliases and prefix not in self.schema.models:
            return None
        target = self.aliases[prefix] if prefix in self.aliases else self.schema.models[prefix]
        return getattr(target.c if isinstance(target, sa.sql.selectable.Subquery) else target, member)

    def first(self, model, operand):
        """A column's name, or an expression."""
        return self.expression(model, *operand) if isinstance(operand, list) else self.member(model, operand)

    # --- expressions ---

    def computed(self, model, name, *arguments):
        if name in OPERATORS:
            operand, *values = arguments
            return OPERATORS[name](self.first(model, operand), *(self.operand(model, value) for value in values))
        return self.FORMS[name](self, model, *arguments)

    def value_form(self, model, value):
        return sa.literal(self.operand(model, value))

    def concat(self, model, first, *values):
        whole = self.first(model, first)
        for value in values:
            whole = whole.concat(self.operand(model, value))
        return whole

    def func(self, model, name, *operands):
        operands = [self.first(model, operands[0])] + [self.operand(model, v) for v in operands[1:]] if operands else []
        return getattr(sa.func, name)(*operands)

    def case(self, model, pairs, otherwise):
        whens = [(self.expression(model, *when), self.operand(model, then)) for when, then in pairs]
        return sa.case(*whens, else_=self.operand(model, otherwise))

    def exists_form(self, model, inner):
        return self.inner(inner).exists()

    def scalar_form(self, model, inner):
        return self.inner(inner).scalar_subquery()

    def sql_form(self, model, text, values=None):
        return self.text(text, values)

    FORMS = {
        "value": value_form, "concat": concat, "func": func, "case": case, "exists": exists_form,
        "scalar": scalar_form, "sql": sql_form,
    }

    def text(self, text, values):
        return sa.text(text).bindparams(**{name: wire.decode(v, self.handles) for name, v in (values or {}).items()})

    def pattern(self, name, column, text, options):
        """like and its kin with options, which they take by the same names."""
        return getattr(column, name)(text, **options)

    def inner(self, spec):
        """{model, q}: a query of its own, that may speak of the one around it."""
        with self.naming(dict(self.aliases), {}):
            return self.built(self.schema.model(spec["model"]), spec.get("q", []))

    def built(self, model, steps, query=None):
        query = model.query if query is None else query
        for step in steps:
            query = self.step(model, query, *step)
        return query

    # --- steps ---

    def join_model(self, model, query, spec, outer=False):
        if "query" in spec:
            target = self.inner(spec["query"]).subquery(name=spec["as"])
        else:
            target = self.schema.model(spec["model"])
            if "as" in spec:
                target = sa.orm.aliased(target, name=spec["as"])
        if "as" in spec:
            self.aliases[spec["as"]] = target
        condition = [self.expression(model, *spec["on"])] if "on" in spec else []
        return query.join(target, *condition, isouter=outer)

    def outer_join_model(self, model, query, spec):
        return self.join_model(model, query, spec, outer=True)

    def columns(self, model, query, *items):
        selected = []
        for item in items:
            if isinstance(item, dict):
                selected.append(self.first(model, item["of"]).label(item["as"]))
            else:
                selected.append(self.first(model, item))
        return query.with_entities(*selected)

    def group_by(self, model, query, *items):
        return query.group_by(*(self.first(model, item) for item in items))

    def having(self, model, query, *conditions):
        return query.having(sa.and_(*(self.expression(model, *e) for e in conditions)))

    def union(self, model, query, other):
        return query.union(self.inner(other))

    def union_all(self, model, query, other):
        return query.union_all(self.inner(other))

    def intersect(self, model, query, other):
        return query.intersect(self.inner(other))

    def except_(self, model, query, other):
        return query.except_(self.inner(other))

    def for_update(self, model, query):
        return query.with_for_update()

    def load_only(self, model, query, *names):
        return query.options(sa.orm.load_only(*(self.member(model, name) for name in names)))

    def defer(self, model, query, *names):
        return query.options(*(sa.orm.defer(self.member(model, name)) for name in names))

    def from_sql(self, model, query, text, values=None):
        return query.from_statement(self.text(text, values))

    READING_STEPS = {
        "join": join_model, "outer_join": outer_join_model, "columns": columns, "group_by": group_by, "having": having,
        "union": union, "union_all": union_all, "intersect": intersect, "except": except_, "for_update": for_update,
        "load_only": load_only, "defer": defer, "sql": from_sql,
    }

    # --- ends ---

    def has_row(self, query):
        return self.session.query(query.exists()).scalar()

    def scalar(self, query):
        return self.cell(query.scalar())

    def stream(self, query, size):
        return [obj for obj in query.yield_per(size)]

    def rows(self, query):
        return Rows(self.session.execute(query.statement).all())

    def scalars(self, query):
        found = self.session.execute(query.statement).scalars().all()
        return [item if hasattr(type(item), "__mapper__") else self.cell(item) for item in found]

    def named_rows(self, query):
        return [{name: self.cell(value) for name, value in row._mapping.items()} for row in query.all()]

    def statement(self, query):
        return str(query)

    READING_ENDS = {"exists": has_row, "stream": stream, "rows": rows, "scalars": scalars}
    VALUE_ENDS = {"scalar": scalar, "named_rows": named_rows, "statement": statement}

    def cell(self, value):
        """PostgreSQL's driver gives what is computed exactly as a decimal number, which the protocol has as a float."""
        return wire.encode(float(value) if isinstance(value, decimal.Decimal) else value)

    # --- operations ---

    def build(self, params):
        return self.handles.of(self.kept(params))

    def kept(self, params):
        """The query that is asked about, or the one that `base` has kept, with the steps in `q`."""
        if "base" in params:
            base = self.handles.object(params["base"])
            model, query, names = base.model, base.query, tuple(map(dict, base.names))
        else:
            (model, query), names = self.about(params), ({}, {})
        with self.naming(*names):
            return Kept(model, self.built(model, params.get("q", []), query), names)

    def lookup(self, params):
        key = wire.decode(wire.need(params, "key"), self.handles)
        model = self.schema.model(wire.need(params, "model"))
        found = self.session.get(model, tuple(key) if isinstance(key, list) else key)
        return None if found is None else self.handles.of(found)

    def execute(self, params):
        values = {name: wire.decode(value, self.handles) for name, value in params.get("values", {}).items()}
        result = self.session.execute(sa.text(wire.need(params, "sql")), values)
        if not params.get("rows", False):
            return {"count": result.rowcount}
        rows = result.all()
        return {"columns": list(result.keys()), "rows": [[self.cell(value) for value in row] for row in rows]}

    READING_OPERATIONS = (build, lookup, execute)
