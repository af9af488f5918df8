/* The report's body: chapters, behaviours, cases, and the story of what did not pass. */
#include "base/memory.h"
#include "report/html.h"

#include <stdlib.h>
#include <string.h>

/* More of the wire than WIRE_BYTES in all is left to the results file; a value longer than VALUE_BYTES is cut. */
enum { WIRE_BYTES = 4 << 20, VALUE_BYTES = 16 << 10, LINE_BYTES = 88 };

/* ---- verdicts ---------------------------------------------------------------------------------------------------- */

/* Failures and known ones are told; of the others the reason is enough. */
static bool has_story(const struct results_item *item)
{
    return item != NULL && (judge_column(item->verdict) == 1 || item->verdict == JUDGE_KNOWN);
}

char *html_anchor(size_t column, const struct results_item *item, const char *id)
{
    return has_story(item) ? memory_format("%s@%zu", id, column + 1) : NULL;
}

static char *title_of(const struct page *page, size_t column, const struct results_item *item)
{
    char *where = html_where(&page->columns[column]),
         *title = memory_format("%s: %s", judge_verdict_name(item->verdict), where);
    free(where);
    return title;
}

char *html_spoken(const size_t *verdicts)
{
    struct text text = {0};
    for (int i = 0; i < JUDGE_VERDICTS; i++) {
        if (verdicts[i] > 0) {
            text_format(&text, "%s%s %zu", text.length > 0 ? ", " : "", judge_verdict_name((enum judge_verdict)i),
                        verdicts[i]);
        }
    }
    return text_take(&text);
}

/* Marks without a link are the same everywhere: one object for all. */
struct marks {
    json_t *plain[JUDGE_VERDICTS], *none;
};

static json_t *mark_of(struct marks *marks, const struct page *page, size_t column, const struct results_item *item,
                       const char *id)
{
    if (item == NULL) {
        return json_incref(marks->none);
    }
    char *anchor = html_anchor(column, item, id);
    if (anchor == NULL) {
        return json_incref(marks->plain[item->verdict]);
    }
    char *link = memory_format("#%s", anchor), *title = title_of(page, column, item);
    json_t *mark = html_mark(item, link, title);
    free(anchor);
    free(link);
    free(title);
    return mark;
}

/* ---- stories ----------------------------------------------------------------------------------------------------- */

static char *value_words(const json_t *json)
{
    if (json == NULL) {
        return memory_copy("–");
    }
    char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    if (strlen(text) > LINE_BYTES) {
        free(text);
        text = json_dumps(json, JSON_ENCODE_ANY | JSON_INDENT(2));
    }
    size_t length = strlen(text), end = VALUE_BYTES;
    if (length > end) {
        while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80) {
            end--;
        }
        char *cut = memory_format("%.*s … (%zu bytes more)", (int)end, text, length - end);
        free(text);
        text = cut;
    }
    return text;
}

/* {count, text} of a list of lines; null when there is none. */
static json_t *lines_view(const json_t *lines, size_t *budget)
{
    if (json_array_size(lines) == 0) {
        return json_null();
    }
    struct text text = {0};
    for (size_t i = 0; i < json_array_size(lines); i++) {
        text_format(&text, "%s%s", i > 0 ? "\n" : "", json_string_value(json_array_get(lines, i)));
    }
    if (text.length > *budget) {
        text_clear(&text);
        text_add(&text, "left out, for this page would be too long: the results file has it");
        *budget = 0;
    } else {
        *budget -= text.length;
    }
    char *count = memory_format("%zu %s", json_array_size(lines), json_array_size(lines) == 1 ? "line" : "lines");
    json_t *view = json_pack("{s:s, s:s}", "count", count, "text", text_get(&text));
    free(count);
    text_free(&text);
    return view;
}

static json_t *step_view(const struct results_item *item)
{
    const json_t *number = json_object_get(item->json, "step"), *steps = json_object_get(item->test, "steps");
    json_int_t step = json_integer_value(number);
    const char *text = json_string_value(json_array_get(steps, (size_t)(step - 1)));
    if (item->test == NULL || text == NULL) {
        return json_null();
    }
    char *words = memory_format("%lld of %zu", (long long)step, json_array_size(steps));
    const char *place = results_text(item->json, "place");
    json_t *view = json_pack("{s:s, s:s, s:s}", "step", words, "place", place == NULL ? "" : place, "text", text);
    free(words);
    return view;
}

static json_t *story_view(const struct page *page, size_t column, const struct results_item *item, const char *anchor,
                          const char *title, size_t *budget)
{
    const json_t *expected = json_object_get(item->json, "expected"), *actual = json_object_get(item->json, "actual");
    const char *message = results_text(item->json, "message"), *path = results_text(item->json, "path"),
               *again = results_text(item->json, "again");
    char *where = html_where(&page->columns[column]);
    json_t *compared = json_null();
    if (expected != NULL || actual != NULL) {
        char *left = value_words(expected), *right = value_words(actual);
        compared = json_pack("{s:s, s:s, s:s}", "expected", left, "actual", right, "path",
                             path == NULL || strcmp(path, "$") == 0 ? "" : path);
        free(left);
        free(right);
    }
    const char letter[2] = {html_verdict(item->verdict)->letter, '\0'};
    json_t *view =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s}", "class", html_verdict(item->verdict)->class,
                  "anchor", anchor, "verdict", judge_verdict_name(item->verdict), "letter", letter, "where", where,
                  "title", title, "message", message == NULL ? "" : message, "step", step_view(item), "compared",
                  compared, "again", again == NULL ? "" : again);
    static const char *const texts[] = {"happened", "transcript", "kept"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = results_text(item->json, texts[i]);
        json_object_set_new(view, texts[i], json_string(text == NULL ? "" : text));
    }
    json_object_set_new(view, "wire", lines_view(json_object_get(item->json, "wire"), budget));
    json_object_set_new(view, "stderr", lines_view(json_object_get(item->json, "stderr"), budget));
    free(where);
    return view;
}

/* ---- cases ------------------------------------------------------------------------------------------------------- */

static bool same_text(const json_t *left, const json_t *right)
{
    static const char *const keys[] = {"schema", "rows", "fresh", "when", "steps"};
    bool same = true;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        json_t *a = json_object_get(left, keys[i]), *b = json_object_get(right, keys[i]);
        same = same && ((a == NULL && b == NULL) || (a != NULL && b != NULL && json_equal(a, b)));
    }
    return same;
}

/* In what world the steps are: "Schema blog, rows two; only for …". */
static char *about_words(const json_t *test)
{
    struct text text = {0};
    const char *schema = results_text(test, "schema"), *rows = results_text(test, "rows");
    const json_t *when = json_object_get(test, "when");
    if (schema != NULL) {
        text_format(&text, "Schema %s", schema);
    } else {
        text_add(&text, "No schema");
    }
    if (rows != NULL) {
        text_format(&text, ", rows %s", rows);
    }
    text_add(&text, json_is_true(json_object_get(test, "fresh")) ? ", a database of its own." : ".");
    if (json_is_string(when)) {
        text_format(&text, " Only on %s.", json_string_value(when));
    } else if (when != NULL) {
        char *is = json_dumps(json_object_get(when, "is"), JSON_ENCODE_ANY | JSON_COMPACT);
        text_format(&text, " Only where %s is %s.", results_text(when, "fact"), is);
        free(is);
    }
    return text_take(&text);
}

/* A step's number and operation, then its keys, each on a line of its own. */
static void add_step(struct text *out, size_t number, const char *text)
{
    json_t *step = html_step(text), *more;
    size_t i;
    text_format(out, "%s%2zu %s%s%s", number > 1 ? "\n" : "", number, results_text(step, "do"),
                *results_text(step, "with") == '\0' ? "" : " ", results_text(step, "with"));
    json_array_foreach(json_object_get(step, "more"), i, more)
    {
        text_format(out, "\n   %s %s", results_text(more, "key"), results_text(more, "value"));
    }
    json_decref(step);
}

static json_t *text_view(const json_t *test, const char *suites)
{
    struct text steps = {0};
    json_t *step;
    size_t i;
    json_array_foreach(json_object_get(test, "steps"), i, step)
    {
        add_step(&steps, i + 1, json_string_value(step));
    }
    char *about = about_words(test);
    json_t *view = json_pack("{s:s, s:s, s:s, s:s}", "about", about, "place", results_text(test, "place"), "suites",
                             suites, "steps", text_get(&steps));
    free(about);
    text_free(&steps);
    return view;
}

/* The case as its suites have it: once, unless they differ. */
static json_t *texts_view(const struct page *page, const struct page_case *test)
{
    json_t *texts = json_array();
    size_t files = page->set->count;
    bool differ = false;
    const json_t *first = NULL;
    for (size_t i = 0; i < files; i++) {
        first = first == NULL ? test->texts[i] : first;
        differ = differ || (test->texts[i] != NULL && !same_text(first, test->texts[i]));
    }
    for (size_t i = 0; i < files; i++) {
        bool told = test->texts[i] == NULL;
        for (size_t j = 0; !told && j < i; j++) {
            told = test->texts[j] != NULL && same_text(test->texts[j], test->texts[i]);
        }
        if (!told) {
            const struct results *results = page->set->items[i];
            char *suite = differ ? memory_format("suite %s (%.8s)", results->suite, results->sha256) : memory_copy("");
            json_array_append_new(texts, text_view(test->texts[i], suite));
            free(suite);
        }
    }
    return texts;
}

/* Skipped and unsupported: a line for each reason, with the runs that it is the reason in. */
static json_t *reasons_view(const struct page *page, const struct page_case *test)
{
    json_t *items = json_array();
    for (size_t i = 0; i < page->column_count; i++) {
        const struct results_item *item = test->items[i];
        if (item == NULL || item->verdict == JUDGE_PASS || has_story(item)) {
            continue;
        }
        const char *message = results_text(item->json, "message"), *verdict = judge_verdict_name(item->verdict);
        char *where = html_where(&page->columns[i]);
        json_t *found = NULL, *one;
        size_t j;
        json_array_foreach(items, j, one)
        {
            if (strcmp(results_text(one, "verdict"), verdict) == 0 &&
                strcmp(results_text(one, "message"), message == NULL ? "" : message) == 0) {
                found = one;
            }
        }
        if (found != NULL) {
            char *more = memory_format("%s, %s", results_text(found, "where"), where);
            json_object_set_new(found, "where", json_string(more));
            free(more);
        } else {
            json_array_append_new(items, json_pack("{s:s, s:s, s:s, s:s}", "verdict", verdict, "class",
                                                   html_verdict(item->verdict)->class, "where", where, "message",
                                                   message == NULL ? "" : message));
        }
        free(where);
    }
    if (json_array_size(items) == 0) {
        json_decref(items);
        return json_null();
    }
    return json_pack("{s:o}", "items", items);
}

struct telling {
    const struct page *page;
    struct marks marks;
    size_t budget; /* of bytes, for the wire */
};

static json_t *case_view(struct telling *telling, const struct page_behaviour *behaviour, const struct page_case *test)
{
    const struct page *page = telling->page;
    json_t *marks = json_array(), *stories = json_array();
    struct text letters = {0}, needs = {0};
    size_t verdicts[JUDGE_VERDICTS] = {0};
    for (size_t i = 0; i < page->column_count; i++) {
        const struct results_item *item = test->items[i];
        json_array_append_new(marks, mark_of(&telling->marks, page, i, item, test->id));
        text_add_char(&letters, item == NULL ? 'x' : html_verdict(item->verdict)->letter);
        if (item != NULL) {
            verdicts[item->verdict]++;
        }
        if (has_story(item)) {
            char *anchor = html_anchor(i, item, test->id);
            json_array_append_new(stories, story_view(page, i, item, anchor, "", &telling->budget));
            free(anchor);
        }
    }
    size_t at;
    json_t *need;
    const json_t *text = NULL;
    for (size_t i = 0; text == NULL; i++) {
        text = test->texts[i];
    }
    json_array_foreach(json_object_get(text, "needs"), at, need)
    {
        text_format(&needs, "%s%s", needs.length > 0 ? " " : "", json_string_value(need));
    }
    bool same = page->column_count > 1 && verdicts[JUDGE_PASS] == page->column_count;
    size_t skip = strlen(behaviour->id) + 1;
    char *words = html_spoken(verdicts);
    json_t *view = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:b}", "id", test->id, "name",
                             strlen(test->id) > skip ? test->id + skip : test->id, "letters", text_get(&letters),
                             "needs", text_get(&needs), "spoken", words, "marks", marks, "same",
                             same ? "passes everywhere" : "", "bad", (int)(json_array_size(stories) > 0));
    json_object_set_new(view, "texts", texts_view(page, test));
    json_object_set_new(view, "reasons", reasons_view(page, test));
    json_object_set_new(view, "stories", stories);
    free(words);
    text_free(&letters);
    text_free(&needs);
    return view;
}

/* ---- behaviours -------------------------------------------------------------------------------------------------- */

static char *listed(const json_t *list)
{
    struct text text = {0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        text_format(&text, "%s%s", i > 0 ? ", " : "", json_string_value(json_array_get(list, i)));
    }
    return text_take(&text);
}

static void add_list(json_t *view, const char *name, const json_t *list)
{
    char *text = listed(list);
    json_object_set_new(view, name, json_string(text));
    free(text);
}

/* Rules that another suite words in another way. */
static json_t *otherwise_view(const struct page *page, const struct page_behaviour *behaviour)
{
    json_t *list = json_array();
    for (size_t i = 0; i < page->set->count; i++) {
        const char *rule = results_text(behaviour->texts[i], "rule");
        bool told = rule == NULL || strcmp(rule, results_text(behaviour->text, "rule")) == 0;
        for (size_t j = 0; !told && j < i; j++) {
            const char *other = results_text(behaviour->texts[j], "rule");
            told = other != NULL && strcmp(other, rule) == 0;
        }
        if (!told) {
            const struct results *results = page->set->items[i];
            char *suite = memory_format("suite %s (%.8s)", results->suite, results->sha256);
            json_array_append_new(list, json_pack("{s:s, s:s}", "suite", suite, "rule", rule));
            free(suite);
        }
    }
    return list;
}

static json_t *behaviour_view(struct telling *telling, const struct page_behaviour *behaviour)
{
    const struct page *page = telling->page;
    const json_t *text = behaviour->text;
    json_t *marks = json_array(), *cases = json_array();
    size_t verdicts[JUDGE_VERDICTS] = {0};
    bool bad = false;
    for (size_t i = 0; i < page->column_count && behaviour->case_count > 0; i++) {
        const char *id = NULL;
        const struct results_item *worst = page_worst(behaviour, i, &id);
        json_array_append_new(marks, mark_of(&telling->marks, page, i, worst, id));
        if (worst != NULL) {
            verdicts[worst->verdict]++;
        }
        bad = bad || has_story(worst);
    }
    for (size_t i = 0; i < behaviour->case_count; i++) {
        json_array_append_new(cases, case_view(telling, behaviour, behaviour->cases[i]));
    }
    const char *level = results_text(text, "level"), *untested = results_text(text, "untested");
    char *words = html_spoken(verdicts);
    json_t *view =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:b}", "id", behaviour->id, "level",
                  strcmp(level, "must") == 0 ? "" : level, "rule", results_text(text, "rule"), "source",
                  results_text(text, "source"), "place", results_text(text, "place"), "untested",
                  untested == NULL ? "" : untested, "spoken", words, "marks", marks, "cases", cases, "bad", (int)bad);
    add_list(view, "needs", json_object_get(text, "needs"));
    add_list(view, "covers", json_object_get(text, "catalogue"));
    add_list(view, "was", json_object_get(text, "was"));
    json_object_set_new(view, "otherwise", otherwise_view(page, behaviour));
    free(words);
    return view;
}

json_t *html_chapters(const struct page *page)
{
    struct telling telling = {.page = page, .budget = WIRE_BYTES};
    telling.marks.none = html_mark(NULL, NULL, NULL);
    for (int i = 0; i < JUDGE_VERDICTS; i++) {
        struct results_item item = {.verdict = (enum judge_verdict)i};
        telling.marks.plain[i] = html_mark(&item, NULL, NULL);
    }
    json_t *chapters = json_array();
    for (size_t i = 0; i < page->chapter_count; i++) {
        const struct page_chapter *chapter = &page->chapters[i];
        json_t *behaviours = json_array();
        for (size_t j = 0; j < chapter->behaviour_count; j++) {
            json_array_append_new(behaviours, behaviour_view(&telling, chapter->behaviours[j]));
        }
        char *count = memory_format("%zu %s", chapter->behaviour_count,
                                    chapter->behaviour_count == 1 ? "behaviour" : "behaviours");
        json_array_append_new(chapters, json_pack("{s:s, s:s, s:s, s:o}", "name", chapter->name, "title",
                                                  chapter->title, "count", count, "behaviours", behaviours));
        free(count);
    }
    for (int i = 0; i < JUDGE_VERDICTS; i++) {
        json_decref(telling.marks.plain[i]);
    }
    json_decref(telling.marks.none);
    return chapters;
}

/* ---- what is no case, and what failed ---------------------------------------------------------------------------- */

/* Ids of what comes before the cases may repeat in a run: they are counted. */
static char *before_anchor(size_t column, size_t index)
{
    return memory_format("before-%zu-%zu", column + 1, index);
}

json_t *html_before(const struct page *page)
{
    json_t *items = json_array();
    size_t budget = WIRE_BYTES;
    for (size_t i = 0; i < page->column_count; i++) {
        const struct results *results = page->columns[i].results;
        for (size_t j = 0; j < results->count; j++) {
            const struct results_item *item = &results->items[j];
            if (item->database != page->columns[i].database || item->test != NULL) {
                continue;
            }
            struct text letters = {0};
            for (size_t k = 0; k < page->column_count; k++) {
                text_add_char(&letters, k == i ? html_verdict(item->verdict)->letter : 'x');
            }
            char *anchor = before_anchor(i, j);
            json_t *view = story_view(page, i, item, anchor, item->id, &budget);
            json_object_set_new(view, "letters", json_string(text_get(&letters)));
            json_array_append_new(items, view);
            free(anchor);
            text_free(&letters);
        }
    }
    if (json_array_size(items) == 0) {
        json_decref(items);
        return json_null();
    }
    return json_pack("{s:o}", "items", items);
}

enum { OPEN_FAILURES = 20 };

/* For each run that has some. */
json_t *html_failures(const struct page *page)
{
    json_t *list = json_array();
    for (size_t i = 0; i < page->column_count; i++) {
        const struct page_column *column = &page->columns[i];
        json_t *items = json_array();
        for (size_t j = 0; j < column->results->count; j++) {
            const struct results_item *item = &column->results->items[j];
            if (item->database != column->database || judge_column(item->verdict) != 1) {
                continue;
            }
            const char *message = results_text(item->json, "message");
            char *anchor = item->test == NULL ? before_anchor(i, j) : html_anchor(i, item, page_id(page, item->id));
            json_array_append_new(items, json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", item->id, "anchor", anchor,
                                                   "verdict", judge_verdict_name(item->verdict), "class",
                                                   html_verdict(item->verdict)->class, "message",
                                                   message == NULL ? "" : message));
            free(anchor);
        }
        size_t count = json_array_size(items);
        if (count == 0) {
            json_decref(items);
            continue;
        }
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:I, s:I, s:b, s:o}", "label", column->label, "database",
                                        spec_database_name(column->database), "count", (json_int_t)count, "number",
                                        (json_int_t)i + 1, "open", (int)(count <= OPEN_FAILURES), "items", items));
    }
    return list;
}
