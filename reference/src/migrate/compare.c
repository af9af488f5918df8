#include "migrate/compare.h"
#include "migrate/lexer.h"
#include <string.h>
#include <strings.h>

typedef struct comparing {
    orm__differences *d;
    const orm__syntax *syntax;
    const orm_compare_options *options;
    orm_error *error;
} comparing;

static orm_status push(const comparing *c, orm__difference difference)
{
    orm__differences *d = c->d;
    if (!orm__grow(&d->at, sizeof *d->at, d->count, &d->capacity)) return orm__nomem(c->error);
    d->at[d->count++] = difference;
    return ORM_OK;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_list(const char *const *a, const char *const *b, size_t a_count, size_t b_count)
{
    if (a_count != b_count) return false;
    for (size_t i = 0; i < a_count; i++)
        if (strcmp(a[i], b[i]) != 0) return false;
    return true;
}

bool orm__same_sql(const orm__syntax *syntax, const char *a, const char *b)
{
    orm__lexer one = orm__lexer_on(syntax, a, strlen(a), 1), two = orm__lexer_on(syntax, b, strlen(b), 1);
    for (;;) {
        orm__token x = orm__lex_solid(&one), y = orm__lex_solid(&two);
        if (x.kind != y.kind || x.size != y.size) return false;
        if (x.kind == ORM__AT_END) return true;
        if (x.kind == ORM__WORD ? strncasecmp(x.at, y.at, x.size) != 0 : memcmp(x.at, y.at, x.size) != 0) return false;
    }
}

bool orm__same_type(const orm__shape_column *live, const orm__shape_column *model)
{
    if (live->type.type == model->type.type) return live->type.length == model->type.length;
    if (live->type.type != ORM_NULL) return false;
    return (model->type.type == ORM_INTEGER && strcasecmp(live->type.text, "bigint") == 0) ||
           (model->type.type == ORM_JSON && strcasecmp(live->type.text, "jsonb") == 0);
}

static bool same_default(const comparing *c, const orm__shape_column *live, const orm__shape_column *model)
{
    const char *wanted = model->kept != NULL ? model->kept : model->default_, *there = live->default_;
    if (there != NULL && strcasecmp(there, "null") == 0) there = NULL;
    if (wanted == NULL || there == NULL) return wanted == there;
    return orm__same_sql(c->syntax, wanted, there);
}

/* Of a constraint: its columns; its name only where the model gives one. */
static bool same_set(const orm__shape_set *live, const orm__shape_set *model)
{
    return same_list(live->columns, model->columns, live->count, model->count) &&
           (!model->named || live->name == NULL || strcmp(live->name, model->name) == 0);
}

static bool same_index(const orm__shape_set *live, const orm__shape_set *model)
{
    bool columns = same_list(live->columns, model->columns, live->count, model->count);
    if (live->unique != model->unique || !columns) return false;
    return strcmp(live->name, model->name) == 0 || (live->plain && !model->named);
}

static bool same_key(const orm__shape_set *live, const orm__shape_set *model)
{
    return same_set(live, model) && same_text(live->target, model->target) &&
           same_list(live->to, model->to, live->count, model->count) && live->on_delete == model->on_delete &&
           live->on_update == model->on_update;
}

typedef bool same_fn(const orm__shape_set *live, const orm__shape_set *model);

static const orm__shape_set *find_set(const orm__shape_sets *in, const orm__shape_set *set, same_fn *same, bool in_live)
{
    for (size_t i = 0; i < in->count; i++)
        if (in_live ? same(&in->at[i], set) : same(set, &in->at[i])) return &in->at[i];
    return NULL;
}

/* What is in one list and not in the other. A live index that no model can say is nobody's business, unless a model's has its name. */
static orm_status gone(const comparing *c, const orm__shape_table *live, const orm__shape_table *model,
                       const orm__shape_sets *from, const orm__shape_sets *to, same_fn *same, orm_change_kind kind)
{
    for (size_t i = 0; i < from->count; i++) {
        const orm__shape_set *set = &from->at[i];
        bool named = false;
        for (size_t k = 0; k < to->count; k++) named = named || same_text(set->name, to->at[k].name);
        if (find_set(to, set, same, false) != NULL || (!set->plain && !named)) continue;
        orm_status rc = push(c, (orm__difference){ .kind = kind, .before = live, .after = model, .old_set = set });
        if (rc != ORM_OK) return rc;
    }
    return ORM_OK;
}

static orm_status come(const comparing *c, const orm__shape_table *live, const orm__shape_table *model,
                       const orm__shape_sets *from, const orm__shape_sets *to, same_fn *same, orm_change_kind kind)
{
    for (size_t i = 0; i < to->count; i++) {
        if (find_set(from, &to->at[i], same, true) != NULL) continue;
        orm_status rc = push(c, (orm__difference){ .kind = kind, .before = live, .after = model, .new_set = &to->at[i] });
        if (rc != ORM_OK) return rc;
    }
    return ORM_OK;
}

static orm_status add_columns(const comparing *c, const orm__shape_table *live, const orm__shape_table *model)
{
    for (size_t i = 0; i < model->count; i++) {
        if (orm__shape_column_named(live, model->columns[i].name) != NULL) continue;
        orm_status rc = push(
            c, (orm__difference){ .kind = ORM_ADD_COLUMN, .before = live, .after = model, .new_ = &model->columns[i] });
        if (rc != ORM_OK) return rc;
    }
    return ORM_OK;
}

static orm_status drop_columns(const comparing *c, const orm__shape_table *live, const orm__shape_table *model)
{
    for (size_t i = 0; i < live->count; i++) {
        if (orm__shape_column_named(model, live->columns[i].name) != NULL) continue;
        orm_status rc =
            push(c, (orm__difference){ .kind = ORM_DROP_COLUMN, .before = live, .after = model, .old = &live->columns[i] });
        if (rc != ORM_OK) return rc;
    }
    return ORM_OK;
}

static orm_status alter_columns(const comparing *c, const orm__shape_table *live, const orm__shape_table *model)
{
    bool types = c->options == NULL || !c->options->ignore_types, defaults = c->options == NULL || !c->options->ignore_defaults;
    orm_status rc;
    for (size_t i = 0; i < model->count; i++) {
        const orm__shape_column *new_ = &model->columns[i], *old = orm__shape_column_named(live, new_->name);
        if (old == NULL || old->computed) continue;
        orm__difference difference = { .before = live, .after = model, .old = old, .new_ = new_ };
        difference.kind = ORM_ALTER_TYPE;
        if (types && !orm__same_type(old, new_)) ORM_TRY(push(c, difference));
        difference.kind = ORM_ALTER_DEFAULT;
        if (defaults && !old->generated && !new_->generated && !same_default(c, old, new_)) ORM_TRY(push(c, difference));
        difference.kind = ORM_ALTER_NULLABLE;
        if (old->nullable != new_->nullable) ORM_TRY(push(c, difference));
    }
    return ORM_OK;
fail:
    return rc;
}

static orm_status change_table(const comparing *c, const orm__shape_table *live, const orm__shape_table *model)
{
    orm_status rc;
    ORM_TRY(gone(c, live, model, &live->indexes, &model->indexes, same_index, ORM_DROP_INDEX));
    ORM_TRY(gone(c, live, model, &live->uniques, &model->uniques, same_set, ORM_DROP_UNIQUE));
    ORM_TRY(add_columns(c, live, model));
    ORM_TRY(alter_columns(c, live, model));
    if (!same_list(live->key, model->key, live->key_count, model->key_count))
        ORM_TRY(push(c, (orm__difference){ .kind = ORM_ALTER_PRIMARY_KEY, .before = live, .after = model }));
    ORM_TRY(come(c, live, model, &live->uniques, &model->uniques, same_set, ORM_ADD_UNIQUE));
    ORM_TRY(come(c, live, model, &live->indexes, &model->indexes, same_index, ORM_ADD_INDEX));
    ORM_TRY(drop_columns(c, live, model));
fail:
    return rc;
}

/* Tables that refer to others first, as far as there is no circle. */
static orm_status drop_tables(const comparing *c)
{
    const orm__shape *live = &c->d->live;
    bool *done = orm__alloc(live->count + 1);
    orm_status rc = ORM_OK;
    if (done == NULL) return orm__nomem(c->error);
    for (size_t i = 0; i < live->count; i++) done[i] = orm__shape_table_named(&c->d->models, live->at[i].name) != NULL;
    for (bool circle = false;;) {
        const orm__shape_table *next = NULL;
        bool left = false;
        for (size_t i = live->count; next == NULL && i-- > 0;) {
            bool wanted = false; /* by a table that is there still */
            if (done[i]) continue;
            left = true;
            for (size_t k = 0; k < live->count; k++)
                for (size_t f = 0; !done[k] && k != i && f < live->at[k].keys.count; f++)
                    wanted = wanted || strcmp(live->at[k].keys.at[f].target, live->at[i].name) == 0;
            if (!wanted || circle) next = &live->at[i];
        }
        if (!left) break;
        circle = next == NULL;
        if (next == NULL) continue;
        done[next - live->at] = true;
        ORM_TRY(push(c, (orm__difference){ .kind = ORM_DROP_TABLE, .before = next }));
    }
fail:
    orm__free(done);
    return rc;
}

orm_status orm__compare(orm__differences *d, const orm__syntax *syntax, const orm_compare_options *options, orm_error *error)
{
    const comparing c = { d, syntax, options, error };
    const orm__shape *models = &d->models;
    orm_status rc;
    for (size_t i = 0; i < models->count; i++) {
        const orm__shape_table *model = &models->at[i], *live = orm__shape_table_named(&d->live, model->name);
        if (live != NULL) ORM_TRY(gone(&c, live, model, &live->keys, &model->keys, same_key, ORM_DROP_FOREIGN_KEY));
    }
    for (size_t i = 0; i < models->count; i++)
        if (orm__shape_table_named(&d->live, models->at[i].name) == NULL)
            ORM_TRY(push(&c, (orm__difference){ .kind = ORM_ADD_TABLE, .after = &models->at[i] }));
    for (size_t i = 0; i < models->count; i++) {
        const orm__shape_table *model = &models->at[i], *live = orm__shape_table_named(&d->live, model->name);
        if (live != NULL) ORM_TRY(change_table(&c, live, model));
    }
    for (size_t i = 0; i < models->count; i++) {
        const orm__shape_table *model = &models->at[i], *live = orm__shape_table_named(&d->live, model->name);
        if (live != NULL) ORM_TRY(come(&c, live, model, &live->keys, &model->keys, same_key, ORM_ADD_FOREIGN_KEY));
    }
    if (options == NULL || !options->keep_tables) ORM_TRY(drop_tables(&c));
    return ORM_OK;
fail:
    return rc;
}

void orm__differences_free(orm__differences *d)
{
    orm__free(d->at);
    orm__shape_free(&d->live);
    orm__shape_free(&d->models);
    orm__arena_free(&d->arena);
    *d = (orm__differences){ 0 };
}

/* ---- for people -------------------------------------------------------------------------------------------------- */

static void say_columns(orm__text *out, const orm__difference *one, const orm__shape_set *set)
{
    const char *table = one->before != NULL ? one->before->name : one->after->name;
    for (size_t i = 0; i < set->count; i++) {
        orm__text_add(out, i > 0 ? ", " : " ");
        orm__quote(out, table);
        orm__text_char(out, '.');
        orm__quote(out, set->columns[i]);
    }
}

static void say_column(orm__text *out, const char *what, const orm__shape_table *table, const char *column, const char *happens)
{
    orm__text_add(out, what);
    orm__quote(out, table->name);
    orm__text_char(out, '.');
    orm__quote(out, column);
    orm__text_add(out, happens);
}

static void say(orm__text *out, const orm__difference *one)
{
    switch (one->kind) {
    case ORM_ADD_TABLE:
        orm__text_add(out, "table ");
        orm__quote(out, one->after->name);
        orm__text_add(out, " is new");
        break;
    case ORM_DROP_TABLE:
        orm__text_add(out, "table ");
        orm__quote(out, one->before->name);
        orm__text_add(out, " is in no model");
        break;
    case ORM_ADD_COLUMN: say_column(out, "column ", one->after, one->new_->name, " is new"); break;
    case ORM_DROP_COLUMN: say_column(out, "column ", one->before, one->old->name, " is gone"); break;
    case ORM_ALTER_TYPE: say_column(out, "column ", one->after, one->new_->name, " has another type"); break;
    case ORM_ALTER_NULLABLE:
        say_column(out, "column ", one->after, one->new_->name, one->new_->nullable ? " may be NULL now" : " may no longer be NULL");
        break;
    case ORM_ALTER_DEFAULT: say_column(out, "column ", one->after, one->new_->name, " has another default"); break;
    case ORM_ADD_UNIQUE:
        orm__text_add(out, "unique constraint is new:");
        say_columns(out, one, one->new_set);
        break;
    case ORM_DROP_UNIQUE:
        orm__text_add(out, "unique constraint is gone:");
        say_columns(out, one, one->old_set);
        break;
    case ORM_ADD_INDEX:
        orm__text_add(out, "index is new:");
        say_columns(out, one, one->new_set);
        break;
    case ORM_DROP_INDEX:
        orm__text_add(out, "index is gone:");
        say_columns(out, one, one->old_set);
        break;
    case ORM_ADD_FOREIGN_KEY:
        orm__text_add(out, "foreign key is new:");
        say_columns(out, one, one->new_set);
        break;
    case ORM_DROP_FOREIGN_KEY:
        orm__text_add(out, "foreign key is gone:");
        say_columns(out, one, one->old_set);
        break;
    case ORM_ALTER_PRIMARY_KEY:
        orm__text_add(out, "primary key of ");
        orm__quote(out, one->after->name);
        orm__text_add(out, " is another one");
        break;
    }
}

static orm_status tell_one(orm__differences *d, const orm__difference *one, orm_change *out, orm_error *error)
{
    orm__text text = { 0 };
    const orm__shape_set *set = one->new_set != NULL ? one->new_set : one->old_set;
    const orm__shape_column *column = one->new_ != NULL ? one->new_ : one->old;
    say(&text, one);
    *out = (orm_change){ .kind = one->kind,
                         .table = one->before != NULL ? one->before->name : one->after->name,
                         .name = column != NULL ? column->name : set != NULL ? set->name : NULL,
                         .columns = set != NULL ? (const char *const *)set->columns : NULL,
                         .column_count = set != NULL ? set->count : 0,
                         .target = set != NULL ? set->target : NULL,
                         .decision = one->decision };
    out->text = text.failed ? NULL : orm__arena_copy(&d->arena, text.at, text.size);
    orm__text_free(&text);
    return out->text == NULL ? orm__nomem(error) : ORM_OK;
}

orm_status orm__differences_tell(orm__differences *d, orm_error *error)
{
    orm_change *list = orm__arena_alloc(&d->arena, (d->count + 1) * sizeof *list);
    if (list == NULL) return orm__nomem(error);
    for (size_t i = 0; i < d->count; i++) {
        orm_status rc = tell_one(d, &d->at[i], &list[i], error);
        if (rc != ORM_OK) return rc;
    }
    d->seen = (orm_changes){ list, d->count };
    return ORM_OK;
}
