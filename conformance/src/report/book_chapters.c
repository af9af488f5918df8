/* The book's chapters: rules, their cases as they are written, and their verdicts. */
#include "base/memory.h"
#include "report/book.h"
#include "report/html.h"
#include "spec/written.h"

#include <stdlib.h>
#include <string.h>

/* ---- verdicts ---------------------------------------------------------------------------------------------------- */

/* The address of a result in the report; without one nothing. */
static char *address(const struct book *book, size_t column, const struct results_item *item, const char *id)
{
    char *anchor = html_anchor(column, item, id);
    char *whole = book->report == NULL ? NULL : memory_format("%s#%s", book->report, anchor != NULL ? anchor : id);
    free(anchor);
    return whole;
}

static json_t *mark_of(const struct book *book, const struct page *page, size_t column, const struct results_item *item,
                       const char *id)
{
    if (item == NULL) {
        return html_mark(NULL, NULL, NULL);
    }
    char *link = address(book, column, item, id), *where = html_where(&page->columns[column]),
         *title = memory_format("%s: %s", judge_verdict_name(item->verdict), where);
    json_t *mark = html_mark(item, link, title);
    free(link);
    free(where);
    free(title);
    return mark;
}

/* {spoken, marks} of a case; null without results. */
static json_t *case_marks(const struct book *book, const struct page *page, const char *id)
{
    const struct page_case *test = page == NULL ? NULL : page_find_case(page, id);
    if (test == NULL) {
        return json_null();
    }
    json_t *marks = json_array();
    size_t verdicts[JUDGE_VERDICTS] = {0};
    for (size_t i = 0; i < page->column_count; i++) {
        json_array_append_new(marks, mark_of(book, page, i, test->items[i], id));
        if (test->items[i] != NULL) {
            verdicts[test->items[i]->verdict]++;
        }
    }
    char *spoken = html_spoken(verdicts);
    json_t *view = json_pack("{s:s, s:o}", "spoken", spoken, "marks", marks);
    free(spoken);
    return view;
}

/* {spoken, marks, runs: what did not pass, run by run} of a behaviour. */
static json_t *behaviour_verdicts(const struct book *book, const struct page *page,
                                  const struct spec_behaviour *behaviour)
{
    const struct page_behaviour *found = page == NULL ? NULL : page_find_behaviour(page, behaviour->id);
    if (found == NULL || found->case_count == 0) {
        return json_null();
    }
    json_t *marks = json_array();
    size_t verdicts[JUDGE_VERDICTS] = {0};
    for (size_t i = 0; i < page->column_count; i++) {
        const char *id = behaviour->id;
        const struct results_item *worst = page_worst(found, i, &id);
        json_array_append_new(marks, mark_of(book, page, i, worst, id));
        if (worst != NULL) {
            verdicts[worst->verdict]++;
        }
    }
    char *spoken = html_spoken(verdicts);
    json_t *view = json_pack("{s:s, s:o}", "spoken", spoken, "marks", marks);
    free(spoken);
    return view;
}

/* ---- cases ------------------------------------------------------------------------------------------------------- */

static json_t *steps_view(const struct yaml *steps)
{
    json_t *list = json_array();
    for (size_t i = 0; i < steps->count; i++) {
        struct text text = {0};
        written_lines(steps->items[i], &text);
        json_array_append_new(list, html_step(text_get(&text)));
        text_free(&text);
    }
    return list;
}

static json_t *cells_of(const struct yaml *row)
{
    json_t *cells = json_array();
    for (size_t i = 1; i < row->count; i++) {
        struct text text = {0};
        written_flow(row->items[i], &text);
        json_array_append_new(cells, json_stringn(text_get(&text), text.length));
        text_free(&text);
    }
    return cells;
}

/* The table with the marks of each row; `first` is the case of the first row. */
static json_t *table_view(const struct book *book, const struct page *page, const struct yaml *table,
                          const struct spec_case *first)
{
    json_t *columns = json_array(), *rows = json_array();
    for (size_t i = 1; i < table->items[0]->count; i++) {
        json_array_append_new(columns, json_string(table->items[0]->items[i]->text));
    }
    for (size_t i = 1; i < table->count; i++) {
        const char *id = first[i - 1].id;
        json_array_append_new(rows, json_pack("{s:s, s:s, s:o, s:o}", "id", id, "name", strrchr(id, '/') + 1, "cells",
                                              cells_of(table->items[i]), "verdicts", case_marks(book, page, id)));
    }
    return json_pack("{s:o, s:o}", "columns", columns, "rows", rows);
}

static void add_written(json_t *view, const char *key, const struct yaml *node)
{
    struct text text = {0};
    if (node != NULL) {
        written_flow(node, &text);
    }
    json_object_set_new(view, key, json_stringn(text_get(&text), text.length));
    text_free(&text);
}

static json_t *case_view(const struct book *book, const struct page *page, const struct spec_case *first)
{
    const struct yaml *source = first->source, *table = yaml_get(source, "table");
    size_t length = strlen(first->behaviour->id) + 1;
    char *id = table == NULL ? memory_copy(first->id)
                             : memory_copy_bytes(first->id, (size_t)(strrchr(first->id, '/') - first->id));
    json_t *view = json_pack("{s:s, s:s, s:s, s:b}", "id", id, "name", id + length, "schema",
                             first->schema == NULL ? "" : first->schema->name, "fresh", (int)first->fresh);
    add_written(view, "rows_of", yaml_get(source, "rows"));
    add_written(view, "when", yaml_get(source, "when"));
    add_written(view, "more_needs", yaml_get(source, "needs"));
    json_object_set_new(view, "steps", steps_view(yaml_get(source, "steps")));
    json_object_set_new(view, "table", table == NULL ? json_null() : table_view(book, page, table, first));
    json_object_set_new(view, "verdicts", table == NULL ? case_marks(book, page, first->id) : json_null());
    free(id);
    return view;
}

/* ---- behaviours -------------------------------------------------------------------------------------------------- */

static json_t *texts_view(const char *const *texts)
{
    json_t *list = json_array();
    for (; texts != NULL && *texts != NULL; texts++) {
        json_array_append_new(list, json_string(*texts));
    }
    return list;
}

static void add_joined(json_t *view, const char *key, const char *const *texts)
{
    struct text text = {0};
    for (; texts != NULL && *texts != NULL; texts++) {
        text_format(&text, "%s%s", text.length > 0 ? ", " : "", *texts);
    }
    json_object_set_new(view, key, json_string(text_get(&text)));
    text_free(&text);
}

static json_t *behaviour_view(const struct book *book, const struct page *page, const struct spec_behaviour *behaviour)
{
    json_t *cases = json_array();
    for (size_t i = 0; i < behaviour->case_count; i++) {
        if (i == 0 || behaviour->cases[i].source != behaviour->cases[i - 1].source) {
            json_array_append_new(cases, case_view(book, page, &behaviour->cases[i]));
        }
    }
    char *place = memory_format("%s:%d", behaviour->place.file, behaviour->place.line),
         *count = memory_format("%zu %s", behaviour->case_count, behaviour->case_count == 1 ? "case" : "cases");
    json_t *view =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "id", behaviour->id, "level",
                  spec_level_name(behaviour->level), "rule", behaviour->rule, "source", behaviour->source, "untested",
                  behaviour->untested == NULL ? "" : behaviour->untested, "place", place, "case_count",
                  behaviour->case_count == 0 ? "" : count, "needs", texts_view(behaviour->needs), "cases", cases,
                  "verdicts", behaviour_verdicts(book, page, behaviour));
    add_joined(view, "was", behaviour->was);
    add_joined(view, "covers", behaviour->catalogue);
    free(place);
    free(count);
    return view;
}

json_t *book_chapters(const struct book *book, const struct page *page)
{
    json_t *chapters = json_array();
    for (size_t i = 0; i < book->spec->chapter_count; i++) {
        const struct spec_chapter *chapter = &book->spec->chapters[i];
        json_t *behaviours = json_array();
        size_t cases = 0;
        for (size_t j = 0; j < chapter->behaviour_count; j++) {
            json_array_append_new(behaviours, behaviour_view(book, page, &chapter->behaviours[j]));
            cases += chapter->behaviours[j].case_count;
        }
        char *count = memory_format("%zu behaviours, %zu cases", chapter->behaviour_count, cases);
        json_array_append_new(chapters, json_pack("{s:s, s:s, s:s, s:o}", "chapter", chapter->name, "heading",
                                                  chapter->title, "count", count, "behaviours", behaviours));
        free(count);
    }
    return chapters;
}
