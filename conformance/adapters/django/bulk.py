"""Many rows at once, as a QuerySet has it."""


def update_all(queryset, values):
    return queryset.update(**values)


def delete_all(queryset):
    """The number of the model's own rows: Django counts those that it deletes with them too."""
    return queryset.delete()[1].get(queryset.model._meta.label, 0)
