#include "migrate/lexer.h"
#include "migrate/render.h"
#include <string.h>

typedef struct rendering {
    orm__text *out;
    const orm__dialect *dialect;
    orm__difference *list; /* in the direction and order of the section */
    size_t count;
    orm_error *error;
} rendering;

/* ---- the other direction ----------------------------------------------------------------------------------------- */

static orm_change_kind inverse(orm_change_kind kind)
{
    switch (kind) {
    case ORM_ADD_TABLE: return ORM_DROP_TABLE;
    case ORM_DROP_TABLE: return ORM_ADD_TABLE;
    case ORM_ADD_COLUMN: return ORM_DROP_COLUMN;
    case ORM_DROP_COLUMN: return ORM_ADD_COLUMN;
    case ORM_ADD_UNIQUE: return ORM_DROP_UNIQUE;
    case ORM_DROP_UNIQUE: return ORM_ADD_UNIQUE;
    case ORM_ADD_INDEX: return ORM_DROP_INDEX;
    case ORM_DROP_INDEX: return ORM_ADD_INDEX;
    case ORM_ADD_FOREIGN_KEY: return ORM_DROP_FOREIGN_KEY;
    case ORM_DROP_FOREIGN_KEY: return ORM_ADD_FOREIGN_KEY;
    case ORM_ALTER_TYPE:
    case ORM_ALTER_NULLABLE:
    case ORM_ALTER_DEFAULT:
    case ORM_ALTER_PRIMARY_KEY: break;
    }
    return kind;
}

static orm__difference turned(const orm__difference *one)
{
    return (orm__difference){ .kind = inverse(one->kind), .before = one->after, .after = one->before, .old = one->new_,
                              .new_ = one->old, .old_set = one->new_set, .new_set = one->old_set,
                              .decision = one->undo_decision, .undo_decision = one->decision };
}

/* ---- pieces ------------------------------------------------------------------------------------------------------ */

bool orm__is_constant(const orm__syntax *syntax, const char *expression)
{
    orm__lexer lexer = orm__lexer_on(syntax, expression, strlen(expression), 1);
    orm__token token = orm__lex_solid(&lexer);
    if (orm__token_is(&token, "+") || orm__token_is(&token, "-")) token = orm__lex_solid(&lexer);
    bool number = token.kind == ORM__WORD && token.at[0] >= '0' && token.at[0] <= '9';
    bool word = orm__token_is(&token, "true") || orm__token_is(&token, "false") || orm__token_is(&token, "null");
    if (token.kind != ORM__LITERAL && !number && !word && !orm__token_is(&token, ".")) return false;
    while ((token = orm__lex_solid(&lexer)).kind != ORM__AT_END)
        if (!number || (token.kind != ORM__WORD && !orm__token_is(&token, "."))) return false;
    return true;
}

static bool is_textual(orm_type type)
{
    return type == ORM_STRING || type == ORM_JSON;
}

void orm__render_cast(orm__text *out, const orm__shape_column *old, const orm__shape_column *new_, const char *type)
{
    orm_type from = old->type.type, to = new_->type.type;
    bool numbers = (from == ORM_INTEGER || from == ORM_FLOAT) && (to == ORM_INTEGER || to == ORM_FLOAT);
    bool moments = (from == ORM_DATETIME || from == ORM_DATE) && (to == ORM_DATETIME || to == ORM_DATE);
    bool direct = numbers || moments || is_textual(from) || from == ORM_NULL || to == ORM_NULL;
    if (from == to && from != ORM_NULL) return; /* another length: what is too long is refused, where a cast would cut it */
    orm__text name = { 0 };
    orm__quote(&name, new_->name);
    if (name.failed)
        out->failed = true;
    else if (to == ORM_STRING)
        orm__text_format(out, "CAST(%s AS TEXT)", name.at);
    else if (to == ORM_BOOLEAN && (from == ORM_INTEGER || from == ORM_FLOAT))
        orm__text_format(out, "%s <> 0", name.at);
    else if (from == ORM_BOOLEAN && (to == ORM_INTEGER || to == ORM_FLOAT))
        orm__text_format(out, "CAST(CAST(%s AS INTEGER) AS %s)", name.at, type);
    else if (direct && from != ORM_JSON)
        orm__text_format(out, "CAST(%s AS %s)", name.at, type);
    else
        orm__text_format(out, "CAST(CAST(%s AS TEXT) AS %s)", name.at, type);
    orm__text_free(&name);
}

/* A statement, or where SQLite rebuilds the table a directive, which is the same but for its mark. */
static void begin_alter(const rendering *r, const orm__shape_table *table, bool directive)
{
    orm__text_add(r->out, directive ? "-- orm: alter table " : "ALTER TABLE ");
    orm__quote(r->out, table->name);
    orm__text_char(r->out, ' ');
}

static void end_alter(const rendering *r, bool directive)
{
    orm__text_add(r->out, directive ? "\n" : ";\n");
}

static void alter_column(const rendering *r, const orm__difference *one, bool directive, const char *what)
{
    begin_alter(r, one->after, directive);
    orm__text_add(r->out, directive ? "alter column " : "ALTER COLUMN ");
    orm__quote(r->out, one->new_->name);
    orm__text_format(r->out, " %s", what);
    end_alter(r, directive);
}

static void set_default(const rendering *r, const orm__difference *one, bool directive)
{
    orm__text what = { 0 };
    if (one->new_->default_ == NULL)
        orm__text_add(&what, directive ? "drop default" : "DROP DEFAULT");
    else
        orm__text_format(&what, directive ? "set default (%s)" : "SET DEFAULT (%s)", orm__ddl_default(r->dialect, one->new_));
    if (what.failed)
        r->out->failed = true;
    else
        alter_column(r, one, directive, what.at);
    orm__text_free(&what);
}

static void alter_type(const rendering *r, const orm__difference *one, bool directive)
{
    orm__text what = { 0 }, type = { 0 }, cast = { 0 };
    orm__shape_column column = *one->new_;
    column.generated = false;
    orm__ddl_type(&type, r->dialect, &column);
    if (!directive) orm__render_cast(&cast, one->old, one->new_, type.failed ? "" : type.at);
    orm__text_format(&what, directive ? "type %s" : "TYPE %s", type.failed ? "" : type.at);
    if (cast.size > 0) orm__text_format(&what, " USING %s", cast.at);
    if (what.failed || type.failed || cast.failed) {
        r->out->failed = true;
    } else {
        bool between = !directive && one->old->default_ != NULL; /* one that does not fit the new type would stand in the way */
        if (between) alter_column(r, one, false, "DROP DEFAULT");
        alter_column(r, one, directive, what.at);
        if (between && one->new_->default_ != NULL) set_default(r, one, false);
    }
    orm__text_free(&what);
    orm__text_free(&type);
    orm__text_free(&cast);
}

static void drop_named(const rendering *r, const orm__difference *one, enum orm__named named, bool directive)
{
    begin_alter(r, one->before != NULL ? one->before : one->after, directive);
    orm__text_add(r->out, directive ? "drop constraint " : "DROP CONSTRAINT ");
    orm__ddl_set_name(r->out, named, one->before != NULL ? one->before : one->after, one->old_set);
    end_alter(r, directive);
}

/* ---- what has to wait -------------------------------------------------------------------------------------------- */

static bool is_one_of(const char *const *columns, size_t count, const char *column)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(columns[i], column) == 0) return true;
    return false;
}

/* The target is made, or becomes unique, only behind this place. */
static bool target_comes_later(const rendering *r, size_t place, const orm__shape_table *table, const orm__shape_set *key)
{
    if (strcmp(key->target, table->name) == 0) return false;
    for (size_t i = place + 1; i < r->count; i++) {
        const orm__difference *one = &r->list[i];
        if (one->after == NULL || strcmp(one->after->name, key->target) != 0) continue;
        if (one->kind == ORM_ADD_TABLE) return true;
        if (one->kind == ORM_ADD_COLUMN && is_one_of(key->to, key->count, one->new_->name)) return true;
        if ((one->kind == ORM_ADD_UNIQUE || (one->kind == ORM_ADD_INDEX && one->new_set->unique)) &&
            is_one_of(one->new_set->columns, one->new_set->count, key->to[0]))
            return true;
    }
    return false;
}

typedef struct here { const rendering *r; size_t place; } here;

static bool is_later(void *context, const orm__shape_table *table, const orm__shape_set *key)
{
    const here *h = context;
    return !h->r->dialect->rebuilds && target_comes_later(h->r, h->place, table, key);
}

static void add_deferred_keys(const rendering *r)
{
    for (size_t i = 0; i < r->count; i++) {
        here h = { r, i };
        for (size_t k = 0; r->list[i].kind == ORM_ADD_TABLE && k < r->list[i].after->keys.count; k++) {
            const orm__shape_set *key = &r->list[i].after->keys.at[k];
            if (!is_later(&h, r->list[i].after, key)) continue;
            orm__ddl_add_foreign_key(r->out, r->list[i].after, key);
            orm__text_add(r->out, ";\n");
        }
    }
}

/* Tables that refer to each other: the key goes before the table that it refers to. */
static void drop_keys_of_circles(const rendering *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const orm__shape_table *table = r->list[i].before;
        if (r->list[i].kind != ORM_DROP_TABLE) continue;
        for (size_t k = 0; k < table->keys.count; k++)
            for (size_t before = 0; before < i; before++) {
                if (r->list[before].kind != ORM_DROP_TABLE || strcmp(r->list[before].before->name, table->keys.at[k].target) != 0) continue;
                orm__difference drop = { .kind = ORM_DROP_FOREIGN_KEY, .before = table, .old_set = &table->keys.at[k] };
                drop_named(r, &drop, ORM__NAME_OF_FOREIGN_KEY, false);
            }
    }
}

/* ---- one change -------------------------------------------------------------------------------------------------- */

static void add_table(const rendering *r, size_t place)
{
    const orm__shape_table *table = r->list[place].after;
    here h = { r, place };
    orm__ddl_create_table(r->out, r->dialect, table, is_later, &h);
    orm__text_add(r->out, ";\n");
    for (size_t i = 0; i < table->indexes.count; i++) {
        if (!table->indexes.at[i].plain) {
            orm__text_add(r->out, "-- the index ");
            orm__ddl_set_name(r->out, ORM__NAME_OF_INDEX, table, &table->indexes.at[i]);
            orm__text_add(r->out, " is of expressions, or partial: write it here\n");
            continue;
        }
        orm__ddl_create_index(r->out, table, &table->indexes.at[i]);
        orm__text_add(r->out, ";\n");
    }
}

/* The foreign key that comes with a new column and is of that column alone: SQLite can add both at once. */
static const orm__shape_set *key_of_new_column(const rendering *r, const orm__difference *one)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->list[i].kind == ORM_ADD_FOREIGN_KEY && r->list[i].after == one->after && r->list[i].new_set->count == 1 &&
            strcmp(r->list[i].new_set->columns[0], one->new_->name) == 0)
            return r->list[i].new_set;
    return NULL;
}

static void add_column(const rendering *r, const orm__difference *one, bool directive)
{
    begin_alter(r, one->after, directive);
    orm__text_add(r->out, directive ? "add column " : "ADD COLUMN ");
    orm__ddl_column(r->out, r->dialect, one->new_);
    const orm__shape_set *key = r->dialect->rebuilds ? key_of_new_column(r, one) : NULL;
    if (key != NULL) {
        orm__text_add(r->out, " CONSTRAINT ");
        orm__ddl_set_name(r->out, ORM__NAME_OF_FOREIGN_KEY, one->after, key);
        orm__text_char(r->out, ' ');
        orm__ddl_references(r->out, key);
    }
    end_alter(r, directive);
}

static bool came_with_column(const rendering *r, const orm__difference *key)
{
    for (size_t i = 0; r->dialect->rebuilds && i < r->count; i++)
        if (r->list[i].kind == ORM_ADD_COLUMN && r->list[i].after == key->after &&
            key_of_new_column(r, &r->list[i]) == key->new_set)
            return true;
    return false;
}

static void change(const rendering *r, size_t place, bool directive)
{
    const orm__difference *one = &r->list[place];
    if (one->note != NULL) orm__text_format(r->out, "-- %s\n", one->note);
    if (one->decision != NULL) orm__text_format(r->out, "-- orm: decide %s\n", one->decision);
    switch (one->kind) {
    case ORM_ADD_TABLE: add_table(r, place); break;
    case ORM_DROP_TABLE:
        orm__text_add(r->out, "DROP TABLE ");
        orm__quote(r->out, one->before->name);
        orm__text_add(r->out, ";\n");
        break;
    case ORM_ADD_COLUMN: add_column(r, one, directive); break;
    case ORM_DROP_COLUMN:
        begin_alter(r, one->before, directive);
        orm__text_add(r->out, directive ? "drop column " : "DROP COLUMN ");
        orm__quote(r->out, one->old->name);
        end_alter(r, directive);
        break;
    case ORM_ALTER_TYPE: alter_type(r, one, directive); break;
    case ORM_ALTER_DEFAULT: set_default(r, one, directive); break;
    case ORM_ALTER_NULLABLE:
        alter_column(r, one, directive,
                     directive ? one->new_->nullable ? "drop not null" : "set not null"
                               : one->new_->nullable ? "DROP NOT NULL" : "SET NOT NULL");
        break;
    case ORM_ADD_UNIQUE:
        begin_alter(r, one->after, directive);
        orm__text_add(r->out, directive ? "add " : "ADD ");
        orm__ddl_unique(r->out, one->after, one->new_set);
        end_alter(r, directive);
        break;
    case ORM_ADD_FOREIGN_KEY:
        if (came_with_column(r, one)) break;
        begin_alter(r, one->after, directive);
        orm__text_add(r->out, directive ? "add " : "ADD ");
        orm__ddl_foreign_key(r->out, one->after, one->new_set);
        end_alter(r, directive);
        break;
    case ORM_DROP_UNIQUE: drop_named(r, one, ORM__NAME_OF_UNIQUE, directive); break;
    case ORM_DROP_FOREIGN_KEY: drop_named(r, one, ORM__NAME_OF_FOREIGN_KEY, directive); break;
    case ORM_ADD_INDEX:
        orm__ddl_create_index(r->out, one->after, one->new_set);
        orm__text_add(r->out, ";\n");
        break;
    case ORM_DROP_INDEX:
        orm__text_add(r->out, "DROP INDEX ");
        orm__ddl_set_name(r->out, ORM__NAME_OF_INDEX, one->before, one->old_set);
        orm__text_add(r->out, ";\n");
        break;
    case ORM_ALTER_PRIMARY_KEY: break; /* a decision */
    }
}

/* ---- order ------------------------------------------------------------------------------------------------------- */

static bool is_of_table(const orm__difference *one, const char *table)
{
    return one->kind != ORM_ADD_TABLE && one->kind != ORM_DROP_TABLE && strcmp(one->before->name, table) == 0;
}

static bool needs_rebuild(const rendering *r, const orm__difference *one)
{
    switch (one->kind) {
    case ORM_ADD_TABLE:
    case ORM_DROP_TABLE:
    case ORM_ADD_INDEX:
    case ORM_DROP_INDEX:
    case ORM_ALTER_PRIMARY_KEY: return false;
    case ORM_ADD_FOREIGN_KEY: return !came_with_column(r, one);
    case ORM_ADD_COLUMN: {
        const char *value = orm__ddl_default(r->dialect, one->new_);
        if (value == NULL) return !one->new_->nullable;
        return !orm__is_constant(&r->dialect->syntax, value) || (!one->new_->nullable && strcmp(value, "NULL") == 0);
    }
    case ORM_DROP_COLUMN:
    case ORM_ALTER_TYPE:
    case ORM_ALTER_NULLABLE:
    case ORM_ALTER_DEFAULT:
    case ORM_ADD_UNIQUE:
    case ORM_DROP_UNIQUE:
    case ORM_DROP_FOREIGN_KEY: break;
    }
    return true;
}

/* All of a table together, so that it is rebuilt once: indexes that go, the rebuild, indexes that come. */
static void change_together(const rendering *r, const char *table)
{
    bool rebuild = false;
    for (size_t i = 0; i < r->count; i++)
        rebuild = rebuild || (is_of_table(&r->list[i], table) && needs_rebuild(r, &r->list[i]));
    for (int phase = 0; phase < 3; phase++)
        for (size_t i = 0; i < r->count; i++) {
            orm_change_kind kind = r->list[i].kind;
            int mine = kind == ORM_DROP_INDEX ? 0 : kind == ORM_ADD_INDEX ? 2 : 1;
            if (is_of_table(&r->list[i], table) && mine == phase) change(r, i, rebuild && phase == 1);
        }
}

static void all_changes(const rendering *r)
{
    bool drops = false;
    for (size_t i = 0; i < r->count; i++) {
        const orm__difference *one = &r->list[i];
        bool table = one->kind == ORM_ADD_TABLE || one->kind == ORM_DROP_TABLE, first = true;
        if (one->kind == ORM_DROP_TABLE && !drops) {
            drops = true;
            if (!r->dialect->rebuilds) drop_keys_of_circles(r);
        }
        if (table || !r->dialect->rebuilds) {
            change(r, i, false);
            continue;
        }
        for (size_t k = 0; k < i; k++) first = first && !is_of_table(&r->list[k], one->before->name);
        if (first) change_together(r, one->before->name);
    }
    add_deferred_keys(r);
}

/* A directive is one line. */
static orm_status check_defaults(const rendering *r)
{
    for (size_t i = 0; i < r->count; i++) {
        const orm__shape_column *column = r->list[i].new_;
        if (column != NULL && column->default_ != NULL && strchr(column->default_, '\n') != NULL)
            return orm__fail(r->error, ORM_MIGRATION,
                             "\"%s\".\"%s\": its default has a line break, which no line of a revision can hold",
                             r->list[i].after->name, column->name);
    }
    return ORM_OK;
}

orm_status orm__render(orm__text *out, const orm__differences *d, const orm__dialect *dialect, bool down, orm_error *error)
{
    rendering r = { .out = out, .dialect = dialect, .count = d->count, .error = error };
    orm_status rc;
    r.list = orm__alloc((d->count + 1) * sizeof *r.list);
    if (r.list == NULL) return orm__nomem(error);
    for (size_t i = 0; i < d->count; i++) r.list[i] = down ? turned(&d->at[d->count - 1 - i]) : d->at[i];
    ORM_TRY(check_defaults(&r));
    all_changes(&r);
    if (out->failed) ORM_TRY(orm__nomem(error));
fail:
    orm__free(r.list);
    return rc;
}
