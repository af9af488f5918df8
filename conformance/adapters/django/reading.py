"""Queries of values, combined queries, parts of objects: what a QuerySet has beside filters and orders."""

from django.db.models import F

import wire

CAPABILITIES = (
    "nulls_order", "order_reset", "columns", "set_operations", "partial", "exists", "stream", "saved_queries",
)


class Reading:
    """What the adapter has of them; the rest of it is the class that takes this in."""

    def nulls(self, name, direction, nulls):
        return getattr(F(name), direction)(**{nulls: True})

    def columns(self, query, *items):
        names = [item for item in items if isinstance(item, str)]
        labels = {item["as"]: F(item["of"]) for item in items if isinstance(item, dict) and isinstance(item["of"], str)}
        if len(names) + len(labels) < len(items):
            raise wire.missing("columns of computed values")
        if labels:
            query.chain("annotate", **labels)
        order = [item if isinstance(item, str) else item["as"] for item in items]
        query.chain("values_list", *order, named=True)

    def combine(self, query, other, method, **options):
        inner = type(query)(self.schema.model(other["model"]).objects.using(self.using))
        for step in other.get("q", []):
            self.step(inner, *step)
        query.base = getattr(query.queryset, method)(inner.queryset, **options)
        query.low = query.limit = None

    STEPS = {
        "columns": columns,
        "union": lambda self, query, other: self.combine(query, other, "union"),
        "union_all": lambda self, query, other: self.combine(query, other, "union", all=True),
        "intersect": lambda self, query, other: self.combine(query, other, "intersection"),
        "except": lambda self, query, other: self.combine(query, other, "difference"),
        "load_only": lambda self, query, *names: query.chain("only", *names),
        "defer": lambda self, query, *names: query.chain("defer", *names),
    }

    def build(self, params):
        return self.handles.of(self.about(params))

    def row(self, row):
        return [wire.encode(value) for value in row]

    def named_rows(self, queryset):
        return [{name: wire.encode(value) for name, value in row._asdict().items()} for row in queryset]
