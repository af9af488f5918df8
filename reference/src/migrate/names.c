/* What a person says for a revision: ids and their beginnings, head, heads, base, labels, steps from somewhere. */
#include "migrate/history.h"
#include <stdlib.h>
#include <string.h>

typedef struct saying {
    const orm_migrations *m;
    const char *whole;                  /* as it was said */
    enum orm__naming naming;
    const orm__revision_set *current;   /* NULL: not known */
    orm__revision_set line;             /* `L@`: what belongs to the branch L, else all */
    bool has_line;
    char symbol[128];                   /* "" for a step from where the database is */
    long step;
    bool has_step;
    orm_error *error;
} saying;

static orm_status unknown(const saying *s, const char *what)
{
    return orm__fail(s->error, ORM_MIGRATION, "there is no revision '%s' in %s: `orm db history` lists them", what,
                     s->m->directory);
}

/* By the whole id, a label, or the beginning of an id that no other has. */
static orm_status find_one(const saying *s, const char *name, const orm__revision **out)
{
    size_t size = strlen(name);
    const orm__revision *found = orm__history_find(s->m, name), *second = NULL;
    for (size_t i = 0; found == NULL && i < s->m->count; i++)
        for (size_t k = 0; k < s->m->at[i].seen.label_count; k++)
            if (strcmp(s->m->at[i].seen.labels[k], name) == 0) found = &s->m->at[i];
    for (size_t i = 0; found == NULL && size > 0 && i < s->m->count; i++)
        if (strncmp(s->m->at[i].seen.id, name, size) == 0) {
            for (size_t k = i + 1; second == NULL && k < s->m->count; k++)
                if (strncmp(s->m->at[k].seen.id, name, size) == 0) second = &s->m->at[k];
            found = &s->m->at[i];
        }
    if (second != NULL)
        return orm__fail(s->error, ORM_MIGRATION, "'%s' is the beginning of several revisions: %s, %s", name,
                         found->seen.id, second->seen.id);
    *out = found;
    return found == NULL ? unknown(s, name) : ORM_OK;
}

/* "X@", and "+n" or "-n" at the end. */
static orm_status take_apart(saying *s)
{
    const char *at = strchr(s->whole, '@'), *rest = at != NULL ? at + 1 : s->whole;
    size_t size = strlen(rest), digits = 0;
    const orm__revision *branch;
    char label[128];
    while (digits < size && rest[size - 1 - digits] >= '0' && rest[size - 1 - digits] <= '9') digits++;
    if (digits > 0 && digits < 6 && digits < size && (rest[size - 1 - digits] == '+' || rest[size - 1 - digits] == '-')) {
        s->has_step = true;
        size -= digits + 1;
        s->step = strtol(rest + size, NULL, 10);
    }
    if (size >= sizeof s->symbol || (at != NULL && (size_t)(at - s->whole) >= sizeof label)) return unknown(s, s->whole);
    memcpy(s->symbol, rest, size);
    if (at == NULL) return ORM_OK;
    memcpy(label, s->whole, (size_t)(at - s->whole));
    label[at - s->whole] = '\0';
    orm_status rc = find_one(s, label, &branch);
    if (rc != ORM_OK) return rc;
    orm__revision_set below = { 0 };
    ORM_TRY(orm__set_open(&s->line, s->m, s->error));
    ORM_TRY(orm__set_open(&below, s->m, s->error));
    s->has_line = true;
    s->line.at[branch->index] = below.at[branch->index] = true;
    orm__set_descendants(s->m, &s->line);
    orm__set_ancestors(s->m, &below);
    for (size_t i = 0; i < s->m->count; i++) s->line.at[i] = s->line.at[i] || below.at[i];
    rc = ORM_OK;
fail:
    orm__set_free(&below);
    return rc;
}

static bool in_line(const saying *s, size_t index)
{
    return !s->has_line || s->line.at[index];
}

static size_t count_of(const orm__revision_set *set)
{
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++) count += set->at[i];
    return count;
}

static orm_status heads(const saying *s, bool one, orm__revision_set *out)
{
    for (size_t i = 0; i < s->m->count; i++) out->at[i] = s->m->at[i].up_count == 0 && in_line(s, i);
    if (one && count_of(out) > 1)
        return orm__fail(s->error, ORM_MIGRATION,
                         "there are several heads in %s, and '%s' means one: name a revision, say 'heads' for all, or merge them "
                         "(`orm db merge heads`)",
                         s->m->directory, s->whole);
    return ORM_OK;
}

static orm_status ambiguous(const saying *s, const orm__revision *from, bool up)
{
    return orm__fail(s->error, ORM_MIGRATION, "'%s' is ambiguous: %s %s %s several revisions; name one of them", s->whole,
                     from != NULL ? "the revision" : "several revisions come first, and", from != NULL ? from->seen.id : "base",
                     up ? "comes before" : "comes after");
}

static orm_status too_far(const saying *s)
{
    return orm__fail(s->error, ORM_MIGRATION, "'%s' goes farther than the history does", s->whole);
}

/* Steps towards heads; `from` NULL is base. */
static orm_status walk_up(const saying *s, const orm__revision *from, long steps, const orm__revision **out)
{
    for (; steps > 0; steps--) {
        const orm__revision *next = NULL;
        for (size_t i = 0; i < s->m->count; i++) {
            const orm__revision *one = &s->m->at[i];
            bool follows = from == NULL && one->down_count == 0;
            for (size_t k = 0; from != NULL && k < one->down_count; k++) follows = follows || one->down[k] == from->index;
            if (!follows || !in_line(s, i)) continue;
            if (next != NULL) return ambiguous(s, from, true);
            next = one;
        }
        if (next == NULL) return too_far(s);
        from = next;
    }
    *out = from;
    return ORM_OK;
}

/* Steps towards base, which is a place too: *out NULL. */
static orm_status walk_down(const saying *s, const orm__revision *from, long steps, orm__revision_set *walked,
                            const orm__revision **out)
{
    for (; steps > 0; steps--) {
        const orm__revision *next = NULL;
        if (from == NULL) return too_far(s);
        walked->at[from->index] = true;
        for (size_t k = 0; k < from->down_count; k++) {
            if (!in_line(s, from->down[k])) continue;
            if (next != NULL) return ambiguous(s, from, false);
            next = &s->m->at[from->down[k]];
        }
        from = next;
    }
    *out = from;
    return ORM_OK;
}

/* Where the database is, on the branch in question; NULL is base. */
static orm_status from_current(const saying *s, const orm__revision **out)
{
    const orm__revision *found = NULL;
    for (size_t i = 0; s->current != NULL && i < s->m->count; i++) {
        if (!s->current->at[i] || !in_line(s, i)) continue;
        if (found != NULL)
            return orm__fail(s->error, ORM_MIGRATION,
                             "'%s' is ambiguous, because the database is at several revisions: name one, or a branch as in %s@%s",
                             s->whole, found->seen.id, s->whole);
        found = &s->m->at[i];
    }
    *out = found;
    return ORM_OK;
}

static orm_status relative(const saying *s, orm__target *out)
{
    const orm__revision *from = NULL, *to = NULL;
    orm_status rc;
    bool from_base = strcmp(s->symbol, "base") == 0;
    ORM_TRY(orm__set_open(&out->walked, s->m, s->error));
    out->relative = true;
    if (s->symbol[0] == '\0' || strcmp(s->symbol, "current") == 0) {
        ORM_TRY(from_current(s, &from));
    } else if (strcmp(s->symbol, "head") == 0) {
        ORM_TRY(heads(s, true, &out->set));
        for (size_t i = 0; i < s->m->count; i++)
            if (out->set.at[i]) from = &s->m->at[i];
        memset(out->set.at, 0, out->set.count);
    } else if (!from_base) {
        ORM_TRY(find_one(s, s->symbol, &from));
    }
    if (s->step >= 0)
        ORM_TRY(walk_up(s, from, s->step, &to));
    else
        ORM_TRY(walk_down(s, from, -s->step, &out->walked, &to));
    out->is_base = to == NULL;
    if (to != NULL) out->set.at[to->index] = true;
fail:
    return rc;
}

static orm_status absolute(const saying *s, orm__target *out)
{
    const orm__revision *found;
    orm_status rc;
    if (strcmp(s->symbol, "heads") == 0 || strcmp(s->symbol, "head") == 0) {
        rc = heads(s, s->symbol[4] == '\0', &out->set);
        out->is_base = orm__set_is_empty(&out->set);
        return rc;
    }
    if (strcmp(s->symbol, "base") == 0) {
        out->is_base = true;
        if (!s->has_line) return ORM_OK;
        /* of one branch: what bears its name, and what comes after that */
        char label[128];
        size_t size = (size_t)(strchr(s->whole, '@') - s->whole);
        memcpy(label, s->whole, size);
        label[size] = '\0';
        ORM_TRY(find_one(s, label, &found));
        ORM_TRY(orm__set_open(&out->walked, s->m, s->error));
        out->relative = true;
        out->walked.at[found->index] = true;
        return ORM_OK;
    }
    if (strcmp(s->symbol, "current") == 0 && s->naming == ORM__FOR_PLACE && s->current != NULL) {
        memcpy(out->set.at, s->current->at, s->current->count);
        out->is_base = orm__set_is_empty(&out->set);
        return ORM_OK;
    }
    ORM_TRY(find_one(s, s->symbol, &found));
    if (!in_line(s, found->index))
        return orm__fail(s->error, ORM_MIGRATION, "'%s': the revision %s is not on that branch", s->whole, found->seen.id);
    out->set.at[found->index] = true;
fail:
    return rc;
}

orm_status orm__target_find(const orm_migrations *m, const char *name, enum orm__naming naming,
                            const orm__revision_set *current, orm__target *out, orm_error *error)
{
    saying s = { .m = m, .whole = name, .naming = naming, .current = current, .error = error };
    orm_status rc;
    *out = (orm__target){ 0 };
    ORM_TRY(orm__set_open(&out->set, m, error));
    ORM_TRY(take_apart(&s));
    ORM_TRY(s.has_step ? relative(&s, out) : absolute(&s, out));
fail:
    orm__set_free(&s.line);
    if (rc != ORM_OK) orm__target_free(out);
    return rc;
}

void orm__target_free(orm__target *target)
{
    orm__set_free(&target->set);
    orm__set_free(&target->walked);
    *target = (orm__target){ 0 };
}

orm_status orm__target_one(const orm_migrations *m, const char *name, const orm__target *target,
                           const orm__revision **out, orm_error *error)
{
    *out = NULL;
    for (size_t i = 0; i < m->count; i++) {
        if (!target->set.at[i]) continue;
        if (*out != NULL) return orm__fail(error, ORM_MIGRATION, "'%s' means several revisions, and one is wanted", name);
        *out = &m->at[i];
    }
    return *out != NULL ? ORM_OK : orm__fail(error, ORM_MIGRATION, "'%s' means no revision of %s", name, m->directory);
}
