#include "report/page.h"

#include "base/arena.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct page_impl {
    struct arena arena;
    json_t *renames; /* {old behaviour: new one} */
    json_t *places;  /* {id: index in one of the next two} */
    struct page_behaviour **behaviours;
    struct page_case **cases;
    json_t *capabilities;
};

/* ---- columns ----------------------------------------------------------------------------------------------------- */

static void add_column(struct page *page, size_t file, enum spec_database database, bool leads)
{
    const struct results *results = page->set->items[file];
    struct page_column *column = &page->columns[page->column_count++];
    *column = (struct page_column){.file = file,
                                   .results = results,
                                   .label = page->set->labels[file],
                                   .database = database,
                                   .leads = leads,
                                   .totals = results_count_on(results, database)};
    for (size_t i = 0; i < results->count; i++) {
        column->milliseconds += results->items[i].database == database ? results->items[i].milliseconds : 0;
    }
}

/* Files of one label stand together, their databases in one order. */
static void add_columns(struct page *page)
{
    const struct results_set *set = page->set;
    page->columns = memory_array(set->count * SPEC_DATABASES + 1, sizeof *page->columns);
    for (size_t first = 0; first < set->count; first++) {
        bool led = true;
        for (size_t i = 0; i < first; i++) {
            led = led && strcmp(set->labels[i], set->labels[first]) != 0;
        }
        for (int database = 0; led && database < SPEC_DATABASES; database++) {
            for (size_t i = first; i < set->count; i++) {
                if (strcmp(set->labels[i], set->labels[first]) == 0 && set->items[i]->has[database]) {
                    size_t count = page->column_count;
                    bool leads = count == 0 || strcmp(page->columns[count - 1].label, set->labels[i]) != 0;
                    add_column(page, i, (enum spec_database)database, leads);
                }
            }
        }
    }
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static void learn(struct page *page, const struct results *results)
{
    struct page_impl *impl = page->impl;
    size_t i, j, k;
    json_t *chapter, *behaviour, *was, *says;
    const char *name;
    json_object_foreach(json_object_get(results->json, "capabilities"), name, says)
    {
        if (json_object_get(impl->capabilities, name) == NULL) {
            json_object_set(impl->capabilities, name, says);
        }
    }
    json_array_foreach(json_object_get(results->json, "chapters"), i, chapter)
    {
        json_array_foreach(json_object_get(chapter, "behaviours"), j, behaviour)
        {
            json_array_foreach(json_object_get(behaviour, "was"), k, was)
            {
                json_object_set(impl->renames, json_string_value(was), json_object_get(behaviour, "id"));
            }
        }
    }
}

/* The id that a behaviour, or a case of it, has now. */
static const char *id_now(struct page_impl *impl, const char *id)
{
    size_t length = strcspn(id, "/");
    const json_t *now = json_object_getn(impl->renames, id, length);
    return now == NULL ? id : arena_format(&impl->arena, "%s%s", json_string_value(now), id + length);
}

static struct page_chapter *find_chapter(struct page *page, const json_t *json)
{
    const char *name = results_text(json, "name");
    for (size_t i = 0; i < page->chapter_count; i++) {
        if (strcmp(page->chapters[i].name, name) == 0) {
            return &page->chapters[i];
        }
    }
    page->chapters = memory_resize(page->chapters, page->chapter_count + 1, sizeof *page->chapters);
    page->chapters[page->chapter_count] = (struct page_chapter){.name = name, .title = results_text(json, "title")};
    return &page->chapters[page->chapter_count++];
}

/* A new behaviour goes into the chapter of the file that tells it first. */
static struct page_behaviour *find_behaviour(struct page *page, struct page_chapter *chapter, const char *id)
{
    struct page_impl *impl = page->impl;
    const json_t *place = json_object_get(impl->places, id);
    if (place != NULL) {
        return impl->behaviours[json_integer_value(place)];
    }
    struct page_behaviour *behaviour = arena_get(&impl->arena, sizeof *behaviour);
    behaviour->id = id;
    behaviour->texts = arena_array(&impl->arena, page->set->count, sizeof *behaviour->texts);
    json_object_set_new(impl->places, id, json_integer((json_int_t)page->behaviour_count));
    impl->behaviours = memory_resize(impl->behaviours, page->behaviour_count + 1, sizeof *impl->behaviours);
    impl->behaviours[page->behaviour_count++] = behaviour;
    chapter->behaviours = memory_resize(chapter->behaviours, chapter->behaviour_count + 1, sizeof *chapter->behaviours);
    chapter->behaviours[chapter->behaviour_count++] = behaviour;
    return behaviour;
}

/* `behaviour` NULL: only look. */
static struct page_case *find_case(struct page *page, struct page_behaviour *behaviour, const char *id)
{
    struct page_impl *impl = page->impl;
    const json_t *place = json_object_get(impl->places, id);
    if (place != NULL || behaviour == NULL) {
        return place == NULL ? NULL : impl->cases[json_integer_value(place)];
    }
    struct page_case *test = arena_get(&impl->arena, sizeof *test);
    test->id = id;
    test->texts = arena_array(&impl->arena, page->set->count, sizeof *test->texts);
    test->items = arena_array(&impl->arena, page->column_count, sizeof *test->items);
    json_object_set_new(impl->places, id, json_integer((json_int_t)page->case_count));
    impl->cases = memory_resize(impl->cases, page->case_count + 1, sizeof *impl->cases);
    impl->cases[page->case_count++] = test;
    behaviour->cases = memory_resize(behaviour->cases, behaviour->case_count + 1, sizeof *behaviour->cases);
    behaviour->cases[behaviour->case_count++] = test;
    return test;
}

static void add_rows(struct page *page, size_t file)
{
    size_t i, j, k;
    json_t *json, *told, *one;
    json_array_foreach(json_object_get(page->set->items[file]->json, "chapters"), i, json)
    {
        json_array_foreach(json_object_get(json, "behaviours"), j, told)
        {
            struct page_chapter *chapter = find_chapter(page, json);
            struct page_behaviour *behaviour =
                find_behaviour(page, chapter, id_now(page->impl, results_text(told, "id")));
            behaviour->texts[file] = told;
            behaviour->text = behaviour->text == NULL ? told : behaviour->text;
            json_array_foreach(json_object_get(told, "cases"), k, one)
            {
                find_case(page, behaviour, id_now(page->impl, results_text(one, "id")))->texts[file] = one;
            }
        }
    }
}

static void add_items(struct page *page)
{
    for (size_t i = 0; i < page->column_count; i++) {
        const struct page_column *column = &page->columns[i];
        for (size_t j = 0; j < column->results->count; j++) {
            const struct results_item *item = &column->results->items[j];
            struct page_case *test = item->test == NULL || item->database != column->database
                                         ? NULL
                                         : find_case(page, NULL, id_now(page->impl, item->id));
            if (test != NULL) {
                test->items[i] = item;
            }
        }
    }
}

struct page page_make(const struct results_set *set)
{
    struct page page = {.set = set, .impl = memory_get(sizeof *page.impl)};
    page.impl->renames = json_object();
    page.impl->places = json_object();
    page.impl->capabilities = json_object();
    page.capabilities = page.impl->capabilities;
    add_columns(&page);
    for (size_t i = 0; i < set->count; i++) {
        learn(&page, set->items[i]);
    }
    for (size_t i = 0; i < set->count; i++) {
        add_rows(&page, i);
    }
    add_items(&page);
    return page;
}

const struct page_case *page_find_case(const struct page *page, const char *id)
{
    const json_t *place = strchr(id, '/') == NULL ? NULL : json_object_get(page->impl->places, id);
    return place == NULL ? NULL : page->impl->cases[json_integer_value(place)];
}

const struct page_behaviour *page_find_behaviour(const struct page *page, const char *id)
{
    const json_t *place = strchr(id, '/') != NULL ? NULL : json_object_get(page->impl->places, id);
    return place == NULL ? NULL : page->impl->behaviours[json_integer_value(place)];
}

const struct results_item *page_worst(const struct page_behaviour *behaviour, size_t column, const char **id)
{
    static const int ranks[JUDGE_VERDICTS] = {
        [JUDGE_SKIPPED] = 1, [JUDGE_PASS] = 2,   [JUDGE_UNSUPPORTED] = 3, [JUDGE_KNOWN] = 4,
        [JUDGE_STALE] = 5,   [JUDGE_BROKEN] = 6, [JUDGE_FAIL] = 7,        [JUDGE_ERROR] = 8,
    };
    const struct results_item *worst = NULL;
    for (size_t i = 0; i < behaviour->case_count; i++) {
        const struct results_item *item = behaviour->cases[i]->items[column];
        if (item != NULL && (worst == NULL || ranks[item->verdict] > ranks[worst->verdict])) {
            worst = item;
            *id = behaviour->cases[i]->id;
        }
    }
    return worst;
}

const char *page_id(const struct page *page, const char *id)
{
    return id_now(page->impl, id);
}

void page_free(struct page *page)
{
    struct page_impl *impl = page->impl;
    for (size_t i = 0; i < page->behaviour_count; i++) {
        free(impl->behaviours[i]->cases);
    }
    for (size_t i = 0; i < page->chapter_count; i++) {
        free(page->chapters[i].behaviours);
    }
    json_decref(impl->renames);
    json_decref(impl->places);
    json_decref(impl->capabilities);
    free(impl->behaviours);
    free(impl->cases);
    arena_free(&impl->arena);
    free(impl);
    free(page->chapters);
    free(page->columns);
    *page = (struct page){0};
}
