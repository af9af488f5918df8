#include "schema/ddl.h"
#include <string.h>

static const char *const actions[] = {
    [ORM_NO_ACTION] = NULL,      [ORM_RESTRICT] = "RESTRICT",       [ORM_CASCADE] = "CASCADE",
    [ORM_SET_NULL] = "SET NULL", [ORM_SET_DEFAULT] = "SET DEFAULT",
};

enum { LONGEST_NAME = 63 };

static void add_name(orm__text *out, const char *before, const orm__mapper *mapper, const orm__field *field,
                     const char *after)
{
    size_t start = out->size;
    orm__text_format(out, "%s%s_%s%s", before, mapper->table, field->name, after);
    if (out->failed || out->size - start <= LONGEST_NAME) return;
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = start; i < out->size; i++) hash = (hash ^ (unsigned char)out->at[i]) * 16777619u;
    size_t end = start + LONGEST_NAME - 9;
    while (((unsigned char)out->at[end] & 0xC0) == 0x80) end--; /* a character stays whole */
    out->size = end;
    orm__text_format(out, "_%08x", hash);
}

void orm__index_name(orm__text *out, const orm__mapper *mapper, const orm__field *field)
{
    add_name(out, "ix_", mapper, field, "");
}

void orm__foreign_key_name(orm__text *out, const orm__mapper *mapper, const orm__field *field)
{
    add_name(out, "", mapper, field, "_fkey");
}

static orm_status push(orm__ddl *ddl, orm__text *statement, orm_error *error)
{
    char *copy = statement->failed ? NULL : orm__strndup(statement->at, statement->size);
    if (copy == NULL || !orm__grow(&ddl->at, sizeof(char *), ddl->count, &ddl->capacity)) {
        orm__free(copy);
        return orm__nomem(error);
    }
    ddl->at[ddl->count++] = copy;
    orm__text_clear(statement);
    return ORM_OK;
}

void orm__ddl_free(orm__ddl *ddl)
{
    for (size_t i = 0; i < ddl->count; i++) orm__free(ddl->at[i]);
    orm__free(ddl->at);
    *ddl = (orm__ddl){ 0 };
}

static void add_column(orm__text *out, const orm__dialect *dialect, const orm__field *field)
{
    orm__quote(out, field->name);
    orm__text_char(out, ' ');
    dialect->type_name(out, field);
    /* in parentheses any expression will do, on both databases */
    if (field->column->server_default != NULL) orm__text_format(out, " DEFAULT (%s)", field->column->server_default);
    if (!field->nullable) orm__text_add(out, " NOT NULL");
}

static void add_names(orm__text *out, const orm__mapper *mapper, const char *const *members, size_t count)
{
    for (size_t i = 0; i < count && members[i] != NULL; i++) {
        if (i > 0) orm__text_add(out, ", ");
        orm__quote(out, orm__field_named(mapper, members[i])->name);
    }
}

static void add_fields(orm__text *out, const orm__mapper *mapper, const size_t *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0) orm__text_add(out, ", ");
        orm__quote(out, mapper->fields[fields[i]].name);
    }
}

static void add_foreign_key(orm__text *out, const orm__mapper *mapper, const orm__reference *reference)
{
    const orm_column *column = mapper->fields[reference->fields[0]].column;
    const orm_foreign_key *several = reference->declared;
    const orm_action on_delete = several != NULL ? several->on_delete : column->on_delete;
    const orm_action on_update = several != NULL ? several->on_update : column->on_update;
    orm__text_add(out, "FOREIGN KEY (");
    add_fields(out, mapper, reference->fields, reference->count);
    orm__text_add(out, ") REFERENCES ");
    orm__quote(out, reference->target->table);
    orm__text_add(out, " (");
    add_fields(out, reference->target, reference->to, reference->count);
    orm__text_char(out, ')');
    if (actions[on_delete] != NULL) orm__text_format(out, " ON DELETE %s", actions[on_delete]);
    if (actions[on_update] != NULL) orm__text_format(out, " ON UPDATE %s", actions[on_update]);
}

/* A key to a table that does not exist yet when this one is made, which happens in a cycle only. */
static bool comes_later(const orm__dialect *dialect, const orm__mapper *mapper, const orm__reference *reference,
                        const bool *wanted)
{
    return dialect->alters_constraints && wanted[reference->target->index] && reference->target->order > mapper->order;
}

static void add_table(orm__text *out, const orm__dialect *dialect, const orm__mapper *mapper, const bool *wanted)
{
    orm__text_add(out, "CREATE TABLE ");
    orm__quote(out, mapper->table);
    orm__text_add(out, " (");
    for (size_t i = 0; i < mapper->count; i++) {
        orm__text_add(out, i > 0 ? ",\n    " : "\n    ");
        add_column(out, dialect, &mapper->fields[i]);
    }
    for (size_t i = 0; i < mapper->key_count; i++) {
        orm__text_add(out, i > 0 ? ", " : ",\n    PRIMARY KEY (");
        orm__quote(out, mapper->fields[mapper->key[i]].name);
    }
    if (mapper->key_count > 0) orm__text_char(out, ')');
    for (size_t i = 0; i < mapper->count; i++) {
        const orm__field *field = &mapper->fields[i];
        if (!field->unique || field->index) continue;
        orm__text_add(out, ",\n    UNIQUE (");
        orm__quote(out, field->name);
        orm__text_char(out, ')');
    }
    for (size_t i = 0; i < mapper->model->uniques.count; i++) {
        const orm_unique *unique = &mapper->model->uniques.at[i];
        orm__text_add(out, ",\n    UNIQUE (");
        add_names(out, mapper, unique->columns, sizeof unique->columns / sizeof unique->columns[0]);
        orm__text_char(out, ')');
    }
    for (size_t i = 0; i < mapper->reference_count; i++) {
        if (comes_later(dialect, mapper, &mapper->references[i], wanted)) continue;
        orm__text_add(out, ",\n    ");
        add_foreign_key(out, mapper, &mapper->references[i]);
    }
    orm__text_add(out, "\n)");
}

static void add_quoted(orm__text *out, void (*name)(orm__text *, const orm__mapper *, const orm__field *),
                       const orm__mapper *mapper, const orm__field *field)
{
    orm__text plain = { 0 };
    name(&plain, mapper, field);
    if (plain.failed)
        out->failed = true;
    else
        orm__quote(out, plain.at);
    orm__text_free(&plain);
}

static void add_index(orm__text *out, const orm__mapper *mapper, const orm__field *field)
{
    orm__text_add(out, field->unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
    add_quoted(out, orm__index_name, mapper, field);
    orm__text_add(out, " ON ");
    orm__quote(out, mapper->table);
    orm__text_add(out, " (");
    orm__quote(out, field->name);
    orm__text_char(out, ')');
}

static orm_status check_names(const orm__dialect *dialect, const orm__mapper *mapper, orm_error *error)
{
    if (dialect->longest_name == 0) return ORM_OK;
    if (strlen(mapper->table) > dialect->longest_name)
        return orm__fail(error, ORM_MAPPING, "the table \"%s\" has a name of more than %zu bytes, which %s would cut",
                         mapper->table, dialect->longest_name, dialect->name);
    for (size_t i = 0; i < mapper->count; i++)
        if (strlen(mapper->fields[i].name) > dialect->longest_name)
            return orm__fail(error, ORM_MAPPING,
                             "%s: the column \"%s\" has a name of more than %zu bytes, which %s would cut",
                             mapper->table, mapper->fields[i].name, dialect->longest_name, dialect->name);
    return ORM_OK;
}

orm_status orm__ddl_create(const orm__dialect *dialect, const orm__registry *registry, const bool *wanted,
                           orm__ddl *ddl, orm_error *error)
{
    orm__text statement = { 0 };
    orm_status rc;
    for (size_t i = 0; i < registry->count; i++)
        if (wanted[i]) ORM_TRY(check_names(dialect, &registry->mappers[i], error));
    for (size_t i = 0; i < registry->count; i++) {
        const orm__mapper *mapper = &registry->mappers[registry->order[i]];
        if (!wanted[mapper->index]) continue;
        add_table(&statement, dialect, mapper, wanted);
        ORM_TRY(push(ddl, &statement, error));
        for (size_t k = 0; k < mapper->count; k++) {
            if (!mapper->fields[k].index) continue;
            add_index(&statement, mapper, &mapper->fields[k]);
            ORM_TRY(push(ddl, &statement, error));
        }
    }
    for (size_t i = 0; i < registry->count; i++) {
        const orm__mapper *mapper = &registry->mappers[registry->order[i]];
        for (size_t k = 0; wanted[mapper->index] && k < mapper->reference_count; k++) {
            const orm__reference *reference = &mapper->references[k];
            if (!comes_later(dialect, mapper, reference, wanted)) continue;
            orm__text_add(&statement, "ALTER TABLE ");
            orm__quote(&statement, mapper->table);
            orm__text_add(&statement, " ADD CONSTRAINT ");
            add_quoted(&statement, orm__foreign_key_name, mapper, &mapper->fields[reference->fields[0]]);
            orm__text_char(&statement, ' ');
            add_foreign_key(&statement, mapper, reference);
            ORM_TRY(push(ddl, &statement, error));
        }
    }
    rc = ORM_OK;
fail:
    orm__text_free(&statement);
    if (rc != ORM_OK) orm__ddl_free(ddl);
    return rc;
}

orm_status orm__ddl_drop(const orm__dialect *dialect, const orm__registry *registry, orm__ddl *ddl, orm_error *error)
{
    orm__text statement = { 0 };
    orm_status rc;
    for (size_t i = 0; dialect->alters_constraints && i < registry->count; i++) {
        const orm__mapper *mapper = &registry->mappers[registry->order[i]];
        for (size_t k = 0; k < mapper->reference_count; k++) {
            const orm__reference *reference = &mapper->references[k];
            const orm__field *field = &mapper->fields[reference->fields[0]];
            if (reference->target->order <= mapper->order) continue;
            orm__text_add(&statement, "ALTER TABLE IF EXISTS ");
            orm__quote(&statement, mapper->table);
            orm__text_add(&statement, " DROP CONSTRAINT IF EXISTS ");
            add_quoted(&statement, orm__foreign_key_name, mapper, field);
            ORM_TRY(push(ddl, &statement, error));
        }
    }
    for (size_t i = registry->count; i-- > 0;) {
        orm__text_add(&statement, "DROP TABLE IF EXISTS ");
        orm__quote(&statement, registry->mappers[registry->order[i]].table);
        ORM_TRY(push(ddl, &statement, error));
    }
    rc = ORM_OK;
fail:
    orm__text_free(&statement);
    if (rc != ORM_OK) orm__ddl_free(ddl);
    return rc;
}
