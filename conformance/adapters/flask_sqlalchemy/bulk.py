"""Many rows at once: updates and deletes of all rows of a query, bulk inserts, updates by key."""

import sqlalchemy as sa

import wire


class Bulk:
    """What the adapter has of them; the rest of it is the class that takes this in."""

    def update_all(self, model, query, values, *mode):
        assigned = {name: self.assigned(model, name, value) for name, value in values.items()}
        return query.update(assigned, **self.synchronize(*mode))

    def delete_all(self, query, *mode):
        return query.delete(**self.synchronize(*mode))

    def synchronize(self, *mode):
        return {"synchronize_session": mode[0]} if mode else {}

    def assigned(self, model, name, value):
        if value is None and name in self.schema.json_members[model.__name__]:
            return sa.null()
        return self.operand(model, value)

    def rows(self, params):
        model = self.schema.model(wire.need(params, "model"))
        return model, [self.members(model, row) for row in wire.need(params, "rows")]

    def insert_rows(self, params):
        model, rows = self.rows(params)
        if params.get("statement", False):
            self.session.execute(sa.insert(model), rows)
            return {}
        keys = params.get("keys", False)
        self.session.bulk_insert_mappings(model, rows, return_defaults=keys)
        return [self.key(model, row) for row in rows] if keys else {}

    def key(self, model, row):
        key = [row[attribute.key] for attribute in self.key_attributes(model)]
        return wire.encode(key[0]) if len(key) == 1 else [wire.encode(part) for part in key]

    def key_attributes(self, model):
        mapper = sa.inspect(model)
        return [mapper.get_property_by_column(column) for column in mapper.primary_key]

    def insert_objects(self, params):
        self.session.bulk_save_objects(self.objects(params), return_defaults=params.get("keys", False))
        return {}

    def update_rows(self, params):
        self.session.bulk_update_mappings(*self.rows(params))
        return {}
