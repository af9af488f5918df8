/* Rows that count their updates, typed, on both databases. */
#include "support/support.h"
#include "support/world.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

typedef struct Article Article;
extern const orm_model Article_model;
struct Article {
    orm_object orm;
    int64_t id;
    const char *title;
    int64_t version;
};
static const orm_column article_columns[] = {
    ORM_COLUMN(Article, id, .primary_key = true),
    ORM_COLUMN(Article, title, .length = 50),
    ORM_COLUMN(Article, version, .version = true),
};
ORM_MODEL(Article, .columns = ORM_ARRAY(article_columns));
ORM_SCHEMA(press, &Article_model);

/* The world's database again, with these models. */
typedef struct newsroom {
    world w;
    orm_database *db;
    orm_session *s, *other;
} newsroom;

#define FINE(session, call) expect_ok((session), (call), __FILE__, __LINE__)

static void newsroom_open(newsroom *n, variant v)
{
    orm_error error;
    *n = (newsroom){0};
    world_open(&n->w, v);
    cr_assert_eq(orm_open(n->w.url, &press, NULL, &n->db, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm_create_all(n->db, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm_session_open(n->db, &n->s, &error), ORM_OK);
    cr_assert_eq(orm_session_open(n->db, &n->other, &error), ORM_OK);
}

static void newsroom_close(newsroom *n)
{
    orm_session_close(&n->other);
    orm_session_close(&n->s);
    orm_close(&n->db);
    world_close(&n->w);
}

static Article *written(newsroom *n, const char *title)
{
    Article *article = orm_new(n->s, Article);
    cr_assert_not_null(article);
    article->title = title;
    FINE(n->s, orm_add(n->s, article));
    FINE(n->s, orm_commit(n->s));
    FINE(n->s, orm_refresh(n->s, article));
    return article;
}

#define BOTH(name)                                                                                                     \
    static void name(newsroom *n);                                                                                     \
    static void run_##name(variant v)                                                                                  \
    {                                                                                                                  \
        newsroom n;                                                                                                    \
        newsroom_open(&n, v);                                                                                          \
        name(&n);                                                                                                      \
        newsroom_close(&n);                                                                                            \
    }                                                                                                                  \
    Test(version_column, name##_sqlite)                                                                                \
    {                                                                                                                  \
        run_##name(TYPED_SQLITE);                                                                                      \
    }                                                                                                                  \
    Test(version_column, name##_postgresql)                                                                            \
    {                                                                                                                  \
        run_##name(TYPED_POSTGRESQL);                                                                                  \
    }                                                                                                                  \
    static void name(newsroom *n)

BOTH(counts_updates)
{
    Article *article = written(n, "a");
    cr_assert_eq(article->version, 1);
    article->title = "b";
    FINE(n->s, orm_flush(n->s));
    cr_assert_eq(article->version, 2);
    FINE(n->s, orm_commit(n->s));
    FINE(n->s, orm_refresh(n->s, article));
    article->version = 99;
    cr_assert_not(orm_is_modified(article), "it is the session's to set");
    FINE(n->s, orm_commit(n->s));
    cr_assert_str_eq(stored(&n->w, "SELECT version FROM article"), "2");
    article->title = "c";
    article->version = 99;
    FINE(n->s, orm_commit(n->s));
    cr_assert_str_eq(stored(&n->w, "SELECT version FROM article"), "3");
}

BOTH(somebody_else_was_first)
{
    Article *here = written(n, "a"), *there;
    FINE(n->other, orm_get(n->other, Article, 1, &there));
    there->title = "theirs";
    FINE(n->other, orm_commit(n->other));
    here->title = "mine";
    cr_assert_eq(orm_commit(n->s), ORM_STALE);
    cr_assert_not_null(strstr(orm_session_error(n->s)->message, "Article 1: its row is gone, or of another version"));
    FINE(n->s, orm_rollback(n->s));
    FINE(n->s, orm_delete(n->s, here));
    FINE(n->s, orm_fresh(here));
    there->title = "theirs again";
    FINE(n->other, orm_commit(n->other));
    cr_assert_eq(orm_flush(n->s), ORM_STALE);
    cr_assert_not_null(strstr(orm_session_error(n->s)->message, "a delete found nothing"));
    FINE(n->s, orm_rollback(n->s));
    FINE(n->s, orm_fresh(here));
    here->title = "mine";
    FINE(n->s, orm_commit(n->s));
    cr_assert_str_eq(stored(&n->w, "SELECT version FROM article WHERE title = 'mine'"), "4");
    FINE(n->s, orm_delete(n->s, here));
    FINE(n->s, orm_commit(n->s));
    cr_assert_str_eq(stored(&n->w, "SELECT count(*) FROM article"), "0");
}

BOTH(a_rollback_takes_it_back)
{
    Article *article = written(n, "a"), *fresh = orm_new(n->s, Article);
    article->title = "b";
    FINE(n->s, orm_add(n->s, fresh));
    FINE(n->s, orm_flush(n->s));
    cr_assert_eq(fresh->version, 1);
    FINE(n->s, orm_rollback(n->s));
    cr_assert_eq(article->version, 1);
    cr_assert_eq(fresh->version, 0);
    article->title = "c";
    FINE(n->s, orm_commit(n->s));
    cr_assert_str_eq(stored(&n->w, "SELECT version FROM article"), "2");
}

BOTH(merged_from_an_older_row)
{
    Article *article = written(n, "a"), *there, *given = orm_new(n->other, Article);
    FINE(n->other, orm_get(n->other, Article, 1, &there));
    there->title = "theirs";
    FINE(n->other, orm_commit(n->other));
    article->title = "mine";
    cr_assert_eq(orm_merge(n->other, article, &there), ORM_STALE);
    cr_assert_null(there);
    given->id = 1;
    given->title = "given";
    FINE(n->other, orm_merge(n->other, given, &there));
    FINE(n->other, orm_commit(n->other));
    cr_assert_str_eq(stored(&n->w, "SELECT version FROM article WHERE title = 'given'"), "3");
}
