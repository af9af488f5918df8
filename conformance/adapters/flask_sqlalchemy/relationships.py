"""Relationships: declared as a user declares them, changed through their collections, loaded and joined in queries."""

import contextlib

import sqlalchemy as sa
import sqlalchemy.orm
import sqlalchemy.orm.exc

import wire

# What comes of a value that a relationship cannot hold, and of an object that a collection does not have: the errors
# of Python's collections, and of whatever the instrumentation looked for in vain.
UNFIT = (TypeError, AttributeError, KeyError, ValueError, IndexError)
CAPABILITIES = (
    "foreign_keys_on", "foreign_keys_off", "rel.one_to_many", "rel.sync", "rel.save", "rel.nullify", "rel.positions",
    "rel.kept", "rel.delete_cascade", "rel.delete_orphan", "rel.passive_deletes", "rel.cascades", "rel.trees",
    "rel.lazy", "rel.eager", "rel.strategies", "rel.raise", "rel.noload", "rel.dynamic", "rel.join",
    "rel.exists", "rel.compare", "rel.many_to_many", "rel.sets", "rel.one_to_one", "rel.composite",
    "rel.post_update", "rel.order_by", "rel.viewonly",
)
STRATEGIES = {
    "joined": "joinedload", "selectin": "selectinload", "subquery": "subqueryload", "select": "lazyload",
    "raise": "raiseload", "noload": "noload", "contains": "contains_eager",
}


class Declarations:
    """The part of a schema that makes relationships: arguments that name columns wait until all models are there."""

    def relationship(self, model, spec):
        options = self.options(spec, lambda: self.models[spec["target"]])
        own, target = model, self.specs.get(spec["target"])
        options.update(self.sides(spec, spec["kind"], own, target))
        if "secondary" in spec:
            options["secondary"] = spec["secondary"]
        if "back_populates" in spec:
            options["back_populates"] = spec["back_populates"]
        if "backref" in spec:
            options["backref"] = self.backref(spec, own, target)
        return self.db.relationship(spec["target"], **options)

    def backref(self, spec, own, target):
        backref = spec["backref"]
        inverse = {"one_to_many": "many_to_one", "many_to_one": "one_to_many"}.get(spec["kind"], spec["kind"])
        options = self.options(backref, lambda: self.models[own["name"]])
        if spec["kind"] == "one_to_one":
            options["uselist"] = False
        if inverse == "many_to_one" and own is target:
            options["remote_side"] = lambda: self.referred(spec["foreign_key"])
        return self.db.backref(backref["name"], **options) if options else backref["name"]

    def options(self, spec, target):
        options = {
            name: spec[name]
            for name in ("lazy", "passive_deletes", "single_parent", "post_update", "viewonly")
            if name in spec
        }
        if "cascade" in spec:
            options["cascade"] = ", ".join(spec["cascade"]).replace("_", "-")
        if "order_by" in spec:
            options["order_by"] = lambda: [order(target(), name) for name in spec["order_by"]]
        if spec.get("collection", "list") == "set":
            options["collection_class"] = set
        return options

    def sides(self, spec, kind, own, target):
        """What SQLAlchemy cannot find out by itself: which of several keys, and which side of a tree."""
        options = {}
        if kind == "one_to_one":
            options["uselist"] = False
        if "foreign_key" not in spec:
            return options
        if kind == "many_to_many":
            if own is target:
                options["primaryjoin"] = lambda: self.condition(spec["foreign_key"])
                options["secondaryjoin"] = lambda: self.condition(spec["target_key"])
            return options
        options["foreign_keys"] = lambda: self.columns(spec["foreign_key"])
        if own is target and kind in ("many_to_one", "one_to_one"):
            options["remote_side"] = lambda: self.referred(spec["foreign_key"])
        return options

    def table(self, name):
        return self.db.metadata.tables[name]

    def columns(self, names):
        return [self.table(table).c[column] for table, _, column in (name.rpartition(".") for name in names)]

    def referred(self, names):
        """The columns that the columns of a key refer to."""
        return [next(iter(column.foreign_keys)).column for column in self.columns(names)]

    def condition(self, names):
        return sa.and_(*(here == there for here, there in zip(self.columns(names), self.referred(names))))

    def foreign_key(self, spec, columns):
        return self.db.ForeignKeyConstraint(
            [columns[name].name for name in spec["columns"]], [f"{spec['table']}.{name}" for name in spec["to"]],
            ondelete=spec.get("on_delete"), onupdate=spec.get("on_update"),
        )


def order(model, name):
    return getattr(model, name[1:]).desc() if name.startswith("-") else getattr(model, name)


def append(collection, objects, at):
    add = collection.add if isinstance(collection, set) else collection.append
    for obj in objects:
        add(obj)


def insert(collection, objects, at):
    for i, obj in enumerate(objects):
        collection.insert(at + i, obj)


def take_out(collection, objects, at):
    for obj in objects:
        collection.remove(obj)


def replace(collection, objects, at):
    collection[at] = objects[0]


def pop(collection, objects, at):
    return collection.pop() if at is None else collection.pop(at)


def clear(collection, objects, at):
    if isinstance(collection, sa.orm.Query):
        for obj in collection.all():
            collection.remove(obj)
    else:
        collection.clear()


def contains(collection, objects, at):
    return objects[0] in collection


def count(collection, objects, at):
    return collection.count() if isinstance(collection, sa.orm.Query) else len(collection)


# What is done with a collection: (the collection, objects, the position).
ACTIONS = {
    "append": append, "insert": insert, "remove": take_out, "replace": replace, "pop": pop, "clear": clear,
    "contains": contains, "count": count,
}


class Relationships:
    """The operations on what is related, and what queries say of it."""

    def rel(self, params):
        obj, name = self.object(params), wire.need(params, "name")
        action = wire.need(params, "do")
        if action not in ACTIONS and action != "loaded":
            raise wire.missing(f"the action {action!r}")
        objects = [self.handles.object(handle) for handle in params.get("objs", [])]
        with self.fitting():
            if action == "loaded":
                return name in sa.inspect(obj).dict
            result = ACTIONS[action](getattr(obj, name), objects, params.get("at"))
        return {} if result is None else self.related(result)

    RELATIONSHIP_OPERATIONS = (rel,)

    @contextlib.contextmanager
    def fitting(self):
        """What does not fit a relationship is the caller's mistake."""
        try:
            yield
        except UNFIT as error:
            raise wire.Raised("argument", error) from error

    def related(self, value):
        """What a relationship holds, as the protocol has it; anything else as it is."""
        if isinstance(value, (list, set)):
            return [self.related(item) for item in value]
        if isinstance(value, sa.orm.Query):
            return [self.related(item) for item in value.all()]
        return self.handles.of(value) if hasattr(value, "_sa_instance_state") else value

    def follow(self, obj, path):
        """Read a path of members: through a collection it is read of each object."""
        first, _, rest = path.partition(".")
        value = getattr(obj, first)
        if value is None:
            return None
        if isinstance(value, (list, set, sa.orm.Query)):
            return [self.read(item, rest) for item in value]
        return self.read(value, rest)

    # --- queries ---

    def about(self, params):
        """The model and query that a `query` is about, or those of an object's dynamic collection."""
        if "model" in params:
            model = self.schema.model(params["model"])
            return model, model.query
        obj, name = self.object(params), wire.need(params, "name")
        with self.fitting():
            query = getattr(obj, name)
            return sa.inspect(type(obj)).relationships[name].mapper.class_, query.filter()

    def relationship(self, model, path):
        """The attribute at the end of a path, of what was joined on the way there."""
        before, _, name = path.rpartition(".")
        holder = self.joins.get(before) if before else model
        if holder is None:
            holder = self.target(model, before)
        return self.attribute(holder, name)

    def target(self, model, path):
        for name in path.split("."):
            model = self.attribute(model, name).property.mapper.class_
        return model

    def attribute(self, holder, name):
        try:
            found = getattr(holder, name)
            found.property.mapper
        except AttributeError as error:
            raise wire.Raised("argument", error) from error
        return found

    def join(self, model, query, path, outer=False):
        attribute = self.relationship(model, path)
        entity = attribute.property.mapper.class_
        if entity is model or entity in self.joins.values():
            entity = sa.orm.aliased(entity)
        self.joins[path] = entity
        return query.join(entity, attribute, isouter=outer)

    def outer_join(self, model, query, path):
        return self.join(model, query, path, outer=True)

    def load(self, model, query, path, strategy):
        """Each relationship on the way is loaded as a step of its own said, or as it is by itself."""
        if strategy not in STRATEGIES:
            raise wire.missing(f"the strategy {strategy!r}")
        self.loads[path] = strategy
        names = path.split(".")
        option = None
        for i in range(len(names)):
            here = ".".join(names[: i + 1])
            own = "contains_eager" if self.loads.get(here) == "contains" else "defaultload"
            function = STRATEGIES[strategy] if here == path else own
            if function == "contains_eager" and here in self.joins:
                attribute = self.relationship(model, here).of_type(self.joins[here])
            else:
                attribute = self.attribute(self.target(model, ".".join(names[:i])) if i else model, names[i])
            option = getattr(option or sa.orm, function)(attribute)
        return query.options(option)

    STEPS = {"join": join, "outer_join": outer_join, "load": load}

    def exists(self, model, operator, name, *expressions):
        attribute = self.attribute(model, name)
        target = attribute.property.mapper.class_
        return getattr(attribute, operator)(*(self.expression(target, *e) for e in expressions))


def kind(error, method):
    """Kinds of errors that are about relationships, or None."""
    if isinstance(error, sa.exc.CircularDependencyError) and method not in ("define", "create_all", "drop_all"):
        return "state.cycle"
    if isinstance(error, sa.exc.InvalidRequestError) and "not available due to lazy='raise'" in str(error):
        return "state.not_loaded"
    if isinstance(error, AssertionError) and "doesn't handle objects of type" in str(error):
        return "argument"
    if isinstance(error, sa.orm.exc.FlushError) and "unexpected type" in str(error):
        return "argument"
    return None
