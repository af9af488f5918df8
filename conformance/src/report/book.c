/* The book: prose, chapters, lists, schemas. */
#include "report/book.h"

#include "base/memory.h"
#include "base/path.h"
#include "report/html.h"
#include "report/prose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PROSE_BYTES = 4 << 20 };

/* One row for each text that the book takes over, in its order. */
static const struct {
    const char *id, *file, *title;
    bool before; /* the chapters */
} texts[] = {
    {"reading", "spec/README.md", "How the specification is written", true},
    {"protocol", "spec/protocol.md", "The protocol", false},
    {"adapters", "conformance/adapters/README.md", "Writing an adapter", false},
};
enum { TEXTS = sizeof texts / sizeof *texts };

static const struct {
    const char *id, *file, *title, *about;
} lists[] = {
    {"profiles", "profiles", "Profiles",
     "Named demands: what a profile lists and an implementation does not declare is a failure."},
    {"facts", "facts", "Facts", "Declared parameters of an implementation."},
    {"kinds", "error-kinds", "Kinds of errors", "What an error is judged by, and where each kind comes from."},
};
enum { LISTS = sizeof lists / sizeof *lists };

/* ---- prose ------------------------------------------------------------------------------------------------------- */

/* Where a link to a file leads in the book. */
static json_t *file_links(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "protocol.md", "#protocol", "adapters/README.md",
                     "#adapters", "spec/README.md", "#reading", "capabilities.yaml", "#capabilities", "facts.yaml",
                     "#facts", "error-kinds.yaml", "#kinds", "profiles.yaml", "#profiles");
}

/* Where a file that is named in code is told. */
static json_t *word_links(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "capabilities.yaml", "#capabilities", "facts.yaml", "#facts",
                     "error-kinds.yaml", "#kinds", "profiles.yaml", "#profiles", "protocol.md", "#protocol",
                     "spec/protocol.md", "#protocol");
}

static json_t *need_links(const struct spec *spec)
{
    json_t *needs = json_object();
    for (size_t i = 0; spec->capabilities[i] != NULL; i++) {
        json_object_set_new(needs, spec->capabilities[i], json_sprintf("#capability-%s", spec->capabilities[i]));
    }
    return needs;
}

/* NULL without a problem: the text is not there, and the book goes without. */
static json_t *prose_view(const struct book *book, size_t index, const struct prose *how, char **problem)
{
    char *path = path_join(book->root, texts[index].file);
    size_t length;
    char *markdown = path_is_file(path) ? path_read(path, PROSE_BYTES, &length) : NULL;
    json_t *view = NULL;
    if (markdown != NULL) {
        struct prose prose = *how;
        prose.id = texts[index].id;
        struct text html = {0};
        json_t *headings = prose_add(markdown, length, &prose, &html);
        if (json_array_size(headings) > 0) { /* its own title */
            json_array_remove(headings, 0);
        }
        view = json_pack("{s:s, s:s, s:s, s:o}", "part", texts[index].id, "heading", texts[index].title, "html",
                         text_get(&html), "parts", headings);
        text_free(&html);
    } else if (path_is_file(path)) {
        *problem = memory_format("%s: %s", path, strerror(errno));
    }
    free(markdown);
    free(path);
    return view;
}

static bool add_texts(const struct book *book, json_t *view, char **problem)
{
    json_t *links = file_links(), *words = word_links(), *needs = need_links(book->spec), *before = json_array(),
           *after = json_array();
    struct prose how = {.shift = 1, .links = links, .words = words, .needs = needs};
    for (size_t i = 0; i < TEXTS && *problem == NULL; i++) {
        json_t *text = prose_view(book, i, &how, problem);
        if (text != NULL) {
            json_array_append_new(texts[i].before ? before : after, text);
        }
    }
    json_object_set_new(view, "before", before);
    json_object_set_new(view, "after", after);
    json_decref(links);
    json_decref(words);
    json_decref(needs);
    return *problem == NULL;
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static bool add_lists(const struct book *book, json_t *view, char **problem)
{
    json_t *all = json_array();
    for (size_t i = 0; i < LISTS && *problem == NULL; i++) {
        json_t *list = book_list(book, lists[i].file, problem);
        if (list != NULL) {
            json_object_set_new(list, "part", json_string(lists[i].id));
            json_object_set_new(list, "heading", json_string(lists[i].title));
            json_object_set_new(list, "about", json_string(lists[i].about));
            json_array_append_new(all, list);
        }
    }
    json_object_set_new(view, "lists", all);
    return *problem == NULL;
}

static bool needs(const struct spec_behaviour *behaviour, const char *capability)
{
    for (size_t i = 0; i < behaviour->case_count; i++) {
        for (const char **need = behaviour->cases[i].needs; *need != NULL; need++) {
            if (strcmp(*need, capability) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Each with the behaviours of which a case needs it, but for the one that all need. */
static json_t *capabilities_view(const struct spec *spec)
{
    json_t *list = json_array();
    for (size_t i = 0; spec->capabilities[i] != NULL; i++) {
        json_t *members = json_array();
        for (size_t j = 0; j < spec->chapter_count && strcmp(spec->capabilities[i], "core") != 0; j++) {
            for (size_t k = 0; k < spec->chapters[j].behaviour_count; k++) {
                const struct spec_behaviour *behaviour = &spec->chapters[j].behaviours[k];
                if (needs(behaviour, spec->capabilities[i])) {
                    json_array_append_new(members, json_string(behaviour->id));
                }
            }
        }
        size_t count = json_array_size(members);
        char *words = memory_format("%zu %s", count, count == 1 ? "behaviour" : "behaviours");
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:o}", "capability", spec->capabilities[i], "says",
                                        spec->capability_says[i], "count", count > 0 ? words : "", "members", members));
        free(words);
    }
    return list;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void add_titles(json_t *view, const struct spec *spec)
{
    size_t behaviours = 0, cases = 0;
    for (size_t i = 0; i < spec->chapter_count; i++) {
        behaviours += spec->chapters[i].behaviour_count;
        for (size_t j = 0; j < spec->chapters[i].behaviour_count; j++) {
            cases += spec->chapters[i].behaviours[j].case_count;
        }
    }
    char *subtitle = memory_format("Version %s (%.8s): %zu chapter%s, %zu behaviour%s, %zu case%s", spec->version,
                                   spec->sha256, spec->chapter_count, plural(spec->chapter_count), behaviours,
                                   plural(behaviours), cases, plural(cases));
    json_object_set_new(view, "title", json_string("ormspec: the specification"));
    json_object_set_new(view, "subtitle", json_string(subtitle));
    free(subtitle);
}

static json_t *runs_view(const struct page *page, const struct spec *spec)
{
    json_t *runs = json_array();
    for (size_t i = 0; page != NULL && i < page->column_count; i++) {
        const struct page_column *column = &page->columns[i];
        char *where = html_where(column),
             *words = memory_format("%zu passed, %zu failed, %zu skipped", column->totals.passed, column->totals.failed,
                                    column->totals.skipped);
        bool other = strcmp(column->results->sha256, spec->sha256) != 0;
        char *note = other
                         ? memory_format("of another suite: %s, %.8s", column->results->suite, column->results->sha256)
                         : memory_copy("");
        json_array_append_new(runs, json_pack("{s:I, s:s, s:s, s:s}", "number", (json_int_t)i + 1, "where", where,
                                              "totals", words, "note", note));
        free(where);
        free(words);
        free(note);
    }
    return runs;
}

bool book_write(const struct book *book, struct text *out, char **problem)
{
    static const char *const styles[] = {"common.css", "marks.css", "book.css", NULL};
    json_t *view = json_object();
    bool verdicts = book->set != NULL && book->set->count > 0;
    *problem = NULL;
    bool good = add_texts(book, view, problem) && add_lists(book, view, problem);
    if (good) {
        struct page page = {0};
        if (verdicts) {
            page = page_make(book->set);
        }
        const struct page *shown = verdicts ? &page : NULL;
        html_add_assets(view, styles, "book.js");
        add_titles(view, book->spec);
        json_object_set_new(view, "runs", runs_view(shown, book->spec));
        json_object_set_new(view, "report", json_string(book->report == NULL ? "" : book->report));
        json_object_set_new(view, "chapters", book_chapters(book, shown));
        json_object_set_new(view, "capabilities", capabilities_view(book->spec));
        json_object_set_new(view, "schemas", book_schemas(book->spec));
        html_fill("book.html", view, out);
        if (verdicts) {
            page_free(&page);
        }
    }
    json_decref(view);
    return good;
}
