"""Many rows at once, as a QuerySet has it."""


def update_all(queryset, values):
    return queryset.update(**values)


def delete_all(queryset):
    """The number of the model's own rows: Django counts those that it deletes with them too."""
    return queryset.delete()[1].get(queryset.model._meta.label, 0)


def insert(objects, using):
    """One list for each model, in the order in which the models come first."""
    for model in dict.fromkeys(type(obj) for obj in objects):
        model.objects.using(using).bulk_create([obj for obj in objects if type(obj) is model])
