// C++ uses the plain functions below the macros, and the models that C defined.
#include "models.h"
#include <cstdio>

int main()
{
    orm_error error{};
    orm_database *db = nullptr;
    orm_session *s = nullptr;
    if (orm_open("sqlite://", &blog, nullptr, &db, &error) != ORM_OK || orm_session_open(db, &s, &error) != ORM_OK) {
        std::fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    User *u = orm_new(s, User);
    u->username = "haris";
    if (orm_add(s, u) != ORM_OK || orm_commit(s) != ORM_OK)
        return 1;
    orm_query *q = orm_query_open(s, &Post_model);
    orm_query_filter(q, orm_compare_text(orm_text_ref(&Post_model, offsetof(Post, title)), ORM_EQ, "x"));
    orm_query_filter_by(q, "is_published", orm_bool(true));
    orm_query_order_by(q, orm_order_term(orm_named(&Post_model, "created_at").term, true));
    Post_list posts{};
    if (orm_query_all(q, &posts.any, &posts.count) != ORM_OK)
        return 1;
    for (size_t i = 0; i < posts.count; i++)
        std::puts(posts.at[i]->title);
    orm_paging paging{};
    paging.page = {true, 1};
    Post_page page{};
    if (orm_query_paginate(orm_query_open(s, &Post_model), &paging, &page.items.any, &page.items.count, &page.numbers) != ORM_OK)
        return 1;
    std::printf("%d of %d\n", static_cast<int>(page.page), static_cast<int>(page.pages));
    orm_session_close(&s);
    orm_close(&db);
    return 0;
}
