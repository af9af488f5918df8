/* Who comes after whom. Revisions are kept in an order in which what is needed comes first. */
#include "migrate/history.h"
#include <string.h>

/* ---- sets -------------------------------------------------------------------------------------------------------- */

orm_status orm__set_open(orm__revision_set *set, const orm_migrations *m, orm_error *error)
{
    *set = (orm__revision_set){ .at = orm__alloc(m->count + 1), .count = m->count };
    return set->at == NULL ? orm__nomem(error) : ORM_OK;
}

void orm__set_free(orm__revision_set *set)
{
    orm__free(set->at);
    *set = (orm__revision_set){ 0 };
}

bool orm__set_is_empty(const orm__revision_set *set)
{
    return memchr(set->at, true, set->count) == NULL;
}

/* The order of the history makes one pass enough. */
void orm__set_ancestors(const orm_migrations *m, orm__revision_set *set)
{
    for (size_t i = m->count; i-- > 0;)
        for (size_t k = 0; set->at[i] && k < m->at[i].needs_count; k++) set->at[m->at[i].needs[k]] = true;
}

void orm__set_descendants(const orm_migrations *m, orm__revision_set *set)
{
    for (size_t i = 0; i < m->count; i++)
        for (size_t k = 0; !set->at[i] && k < m->at[i].needs_count; k++) set->at[i] = set->at[m->at[i].needs[k]];
}

void orm__set_tops(const orm_migrations *m, orm__revision_set *set)
{
    /* what needs comes later: a member that goes has taken out its own parents before */
    for (size_t i = 0; i < m->count; i++)
        for (size_t k = 0; k < m->at[i].down_count; k++)
            if (set->at[i]) set->at[m->at[i].down[k]] = false;
}

/* ---- linking ----------------------------------------------------------------------------------------------------- */

const orm__revision *orm__history_find(const orm_migrations *m, const char *id)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->at[i].seen.id, id) == 0) return &m->at[i];
    return NULL;
}

static orm_status add_index(size_t **list, size_t *count, size_t *capacity, size_t index, orm_error *error)
{
    for (size_t i = 0; i < *count; i++)
        if ((*list)[i] == index) return ORM_OK;
    if (!orm__grow(list, sizeof **list, *count, capacity)) return orm__nomem(error);
    (*list)[(*count)++] = index;
    return ORM_OK;
}

static orm_status check_unique(const orm_migrations *m, orm_error *error)
{
    for (size_t i = 0; i < m->count; i++) {
        const orm_revision *one = &m->at[i].seen;
        for (size_t j = 0; j < m->count; j++) {
            const orm_revision *other = &m->at[j].seen;
            if (j < i && strcmp(one->id, other->id) == 0)
                return orm__fail(error, ORM_MIGRATION, "the revision %s is there twice: %s and %s", one->id, other->path,
                                 one->path);
            for (size_t k = 0; k < one->label_count; k++) {
                if (strcmp(one->labels[k], other->id) == 0)
                    return orm__fail(error, ORM_MIGRATION, "%s: the label %s is the id of a revision", one->path,
                                     one->labels[k]);
                for (size_t l = 0; j < i && l < other->label_count; l++)
                    if (strcmp(one->labels[k], other->labels[l]) == 0)
                        return orm__fail(error, ORM_MIGRATION, "the label %s is there twice: %s and %s", one->labels[k],
                                         other->path, one->path);
            }
        }
    }
    return ORM_OK;
}

static orm_status link_to(orm_migrations *m, orm__revision *revision, const char *id, bool down, orm_error *error)
{
    const orm__revision *to = orm__history_find(m, id);
    orm_status rc;
    if (to == NULL)
        return orm__fail(error, ORM_MIGRATION, "%s: it %s %s, which is not in %s", revision->seen.path,
                         down ? "revises" : "depends on", id, m->directory);
    if (to == revision) return orm__fail(error, ORM_MIGRATION, "%s: it comes after itself", revision->seen.path);
    rc = add_index(&revision->needs, &revision->needs_count, &revision->needs_capacity, to->index, error);
    if (rc == ORM_OK && down)
        rc = add_index(&revision->down, &revision->down_count, &revision->down_capacity, to->index, error);
    return rc;
}

/* Those without unmet needs first; among them by date, then by id. */
static bool comes_before(const orm_revision *a, const orm_revision *b)
{
    int dates = strcmp(a->date, b->date);
    return dates != 0 ? dates < 0 : strcmp(a->id, b->id) < 0;
}

static bool is_ready(const orm__revision *revision, const bool *done)
{
    for (size_t i = 0; i < revision->needs_count; i++)
        if (!done[revision->needs[i]]) return false;
    return true;
}

static orm_status sort(orm_migrations *m, orm_error *error)
{
    orm_status rc;
    bool *done = orm__alloc(m->count + 1);
    size_t *place = orm__alloc((m->count + 1) * sizeof *place); /* where each goes */
    orm__revision *sorted = orm__alloc((m->count + 1) * sizeof *sorted);
    if (done == NULL || place == NULL || sorted == NULL) ORM_TRY(orm__nomem(error));
    for (size_t next = 0; next < m->count; next++) {
        const orm__revision *best = NULL;
        for (size_t i = 0; i < m->count; i++)
            if (!done[i] && is_ready(&m->at[i], done) && (best == NULL || comes_before(&m->at[i].seen, &best->seen)))
                best = &m->at[i];
        if (best == NULL) {
            size_t first = 0;
            while (done[first]) first++;
            ORM_TRY(orm__fail(error, ORM_MIGRATION, "revisions come after each other in a circle: see %s",
                              m->at[first].seen.path));
        }
        done[best->index] = true;
        place[best->index] = next;
    }
    for (size_t i = 0; i < m->count; i++) {
        orm__revision *to = &sorted[place[i]];
        *to = m->at[i];
        to->index = place[i];
        for (size_t k = 0; k < to->down_count; k++) to->down[k] = place[to->down[k]];
        for (size_t k = 0; k < to->needs_count; k++) to->needs[k] = place[to->needs[k]];
    }
    if (m->count > 0) memcpy(m->at, sorted, m->count * sizeof *sorted);
    rc = ORM_OK;
fail:
    orm__free(done);
    orm__free(place);
    orm__free(sorted);
    return rc;
}

orm_status orm__history_link(orm_migrations *m, orm_error *error)
{
    orm_status rc;
    for (size_t i = 0; i < m->count; i++) m->at[i].index = i;
    ORM_TRY(check_unique(m, error));
    for (size_t i = 0; i < m->count; i++) {
        orm__revision *revision = &m->at[i];
        for (size_t k = 0; k < revision->seen.down_count; k++)
            ORM_TRY(link_to(m, revision, revision->seen.down[k], true, error));
        for (size_t k = 0; k < revision->seen.depends_count; k++)
            ORM_TRY(link_to(m, revision, revision->seen.depends[k], false, error));
    }
    ORM_TRY(sort(m, error));
    for (size_t i = 0; i < m->count; i++)
        for (size_t k = 0; k < m->at[i].down_count; k++) {
            orm__revision *to = &m->at[m->at[i].down[k]];
            ORM_TRY(add_index(&to->up, &to->up_count, &to->up_capacity, i, error));
        }
    for (size_t i = 0; i < m->count; i++) {
        m->at[i].seen.head = m->at[i].up_count == 0;
        m->at[i].seen.branch_point = m->at[i].up_count > 1;
        m->at[i].seen.merge_point = m->at[i].down_count > 1;
    }
    rc = ORM_OK;
fail:
    return rc;
}
