"""Relationships as Django has them: foreign keys, one-to-one fields and many-to-many fields, with names for both sides."""

from django.db import models

import wire

CAPABILITIES = (
    "foreign_keys_on", "rel.one_to_many", "rel.one_to_one", "rel.many_to_many", "rel.lazy", "rel.eager", "rel.compare",
    "rel.dynamic", "rel.trees",
)
# What a relationship says that a field of Django can say too. Its collections are queries always.
FITTING = {"name", "target", "kind", "foreign_key", "target_key", "secondary", "backref", "back_populates"}
LAZY = ("select", "dynamic")


class Reference(models.ForeignKey):
    """A foreign key whose plain member has the name of the schema, whatever it is."""

    def __init__(self, *args, member, **kwargs):
        self.member = member
        super().__init__(*args, **kwargs)

    def get_attname(self):
        return self.member

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "member": self.member}


class SingleReference(Reference, models.OneToOneField):
    pass


class Key:
    """What the relationships say of one foreign key: the names of its two sides, and whether the far one is single."""

    def __init__(self):
        self.forward, self.reverse, self.single = None, "+", False


class Links:
    """The relationships of a schema, by the foreign keys and association tables that they go over."""

    def __init__(self, specs, tables):
        self.specs = specs
        self.tables = {table["name"]: table for table in tables}
        self.keys = {}
        self.many = {name: [] for name in specs}
        for spec in specs.values():
            for relationship in spec.get("relationships", []):
                self.take(spec, relationship)

    def take(self, own, spec):
        self.check(spec)
        if spec["kind"] == "many_to_many":
            self.take_many(own, spec)
            return
        if len(spec["foreign_key"]) > 1:
            raise wire.missing("relationships over several columns")
        table = spec["foreign_key"][0].rpartition(".")[0]
        holds = spec["kind"] == "many_to_one" or (spec["kind"] == "one_to_one" and table == own["table"])
        key = self.keys.setdefault(spec["foreign_key"][0], Key())
        key.single = key.single or spec["kind"] == "one_to_one"
        back = spec.get("backref", {}).get("name")
        if holds:
            key.forward, key.reverse = spec["name"], back or key.reverse
        else:
            key.reverse, key.forward = spec["name"], back or key.forward

    def take_many(self, own, spec):
        # Of two sides that name each other the first one makes the field.
        made = (taken["name"] for taken in self.many[spec["target"]])
        if spec.get("back_populates") not in made or own["name"] == spec["target"]:
            self.many[own["name"]].append(spec)

    def check(self, spec):
        if spec["target"] not in self.specs:
            raise wire.Raised("mapping", LookupError(f"no model {spec['target']!r}"))
        if "foreign_key" not in spec:
            raise wire.Raised("mapping", LookupError(f"no foreign key for {spec['name']!r}"))
        for side in (spec, spec.get("backref", {})):
            unfit = set(side) - FITTING - {"lazy"}
            if unfit or side.get("lazy", "select") not in LAZY:
                raise wire.missing(f"the options {sorted(unfit) or side['lazy']} of {spec['name']!r}")

    def associations(self):
        """The plain tables as models that stand between, with the deletes that Django gives such."""
        for name, table in self.tables.items():
            if not any(spec["secondary"] == name for specs in self.many.values() for spec in specs):
                raise wire.missing("tables without a model")
            columns = [{**c, "on_delete": "cascade"} if "foreign_key" in c else c for c in table["columns"]]
            yield {**table, "name": association_name(name), "table": name, "columns": columns}

    def many_fields(self, model, member_field):
        """The many-to-many fields of a model. `member_field` names the field of an association's column."""
        for spec in self.many[model]:
            fields = [
                member_field(spec["secondary"], column.rpartition(".")[2])
                for column in (*spec["foreign_key"], *spec["target_key"])
            ]
            yield spec["name"], models.ManyToManyField(
                f"ormspec.{spec['target']}", through=f"ormspec.{association_name(spec['secondary'])}",
                through_fields=tuple(fields), related_name=spec.get("backref", {}).get("name", "+"),
                **({"symmetrical": False} if spec["target"] == model else {}),
            )


def association_name(table):
    return "".join(part.capitalize() for part in table.split("_"))


class Relationships:
    """The operations on what is related."""

    def rel(self, params):
        manager, action = getattr(self.object(params), wire.need(params, "name")), wire.need(params, "do")
        objects = [self.handles.object(handle) for handle in params.get("objs", [])]
        if action == "append":
            manager.add(*objects)
        elif action == "remove":
            manager.remove(*objects)
        elif action == "clear":
            manager.clear()
        elif action == "contains":
            return manager.filter(pk=objects[0].pk).exists()
        elif action == "count":
            return manager.count()
        else:
            raise wire.missing(f"the action {action!r}")
        return {}

    def assign(self, obj, name, value):
        """Collections are replaced through their manager, and at once."""
        if isinstance(value, list) and isinstance(getattr(obj, name, None), models.Manager):
            getattr(obj, name).set(value)
        else:
            setattr(obj, name, value)

    def related(self, value):
        """What a relationship holds, as the protocol has it; None where the value is no such thing."""
        if isinstance(value, models.Manager):
            return [self.handles.of(item) for item in value.all()]
        return self.handles.of(value) if isinstance(value, models.Model) else None

    def follow(self, obj, path):
        """Read a path of members: through a collection it is read of each object."""
        first, _, rest = path.partition(".")
        value = getattr(obj, first)
        if isinstance(value, models.Manager):
            return [self.read(item, rest) for item in value.all()]
        return None if value is None else self.read(value, rest)

    def load(self, query, path, strategy):
        lookup = path.replace(".", "__")
        if strategy == "joined":
            query.chain("select_related", lookup)
        elif strategy == "selectin":
            query.chain("prefetch_related", lookup)
        else:
            raise wire.missing(f"the strategy {strategy!r}")
