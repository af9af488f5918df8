/* The report's head: summary and matrix. */
#include "report/html.h"

#include "base/base64.h"
#include "base/hash.h"
#include "base/memory.h"
#include "report/assets.h"
#include "report/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- parts of any page ------------------------------------------------------------------------------------------- */

static const struct html_verdict verdicts[JUDGE_VERDICTS] = {
    [JUDGE_PASS] = {'p', "✓", "pass", "Every step held."},
    [JUDGE_FAIL] = {'f', "✗", "fail", "A step did not hold."},
    [JUDGE_ERROR] = {'e', "!", "fail", "The implementation died, hung, or broke the protocol."},
    [JUDGE_UNSUPPORTED] = {'u', "–", "none", "It needs a capability that the implementation does not declare."},
    [JUDGE_SKIPPED] = {'s', "·", "none", "A filter, another database, or something before it failed."},
    [JUDGE_KNOWN] = {'k', "≈", "known", "It fails, and the implementation's list of known failures says why."},
    [JUDGE_STALE] = {'t', "↻", "odd", "A known failure that passes: the list is to shrink."},
    [JUDGE_BROKEN] = {'b', "?", "odd", "The specification or its database is at fault, not the implementation."},
};

const struct html_verdict *html_verdict(enum judge_verdict verdict)
{
    return &verdicts[verdict];
}

/* "sha256-…" of a part, as a content security policy names it. */
static char *source_hash(const char *bytes, size_t length)
{
    char hex[65];
    unsigned char digest[32];
    hash_sha256(bytes, length, hex);
    for (size_t i = 0; i < sizeof digest; i++) {
        unsigned value;
        sscanf(hex + 2 * i, "%2x", &value);
        digest[i] = (unsigned char)value;
    }
    char *coded = base64_encode(digest, sizeof digest), *source = memory_format("sha256-%s", coded);
    free(coded);
    return source;
}

static void add_asset(json_t *view, const char *name, const char *hash_name, const struct text *text)
{
    char *hash = source_hash(text_get(text), text->length);
    json_object_set_new(view, name, json_string(text_get(text)));
    json_object_set_new(view, hash_name, json_string(hash));
    free(hash);
}

void html_add_assets(json_t *view, const char *const *styles, const char *script)
{
    struct text style = {0}, code = {0};
    for (; *styles != NULL; styles++) {
        const struct asset *asset = asset_find(*styles, strlen(*styles));
        text_add_bytes(&style, asset->begin, (size_t)(asset->end - asset->begin));
    }
    const struct asset *asset = asset_find(script, strlen(script));
    text_add_bytes(&code, asset->begin, (size_t)(asset->end - asset->begin));
    add_asset(view, "style", "style_hash", &style);
    add_asset(view, "script", "script_hash", &code);
    text_free(&style);
    text_free(&code);
}

void html_fill(const char *file, const json_t *view, struct text *out)
{
    char *problem = NULL;
    if (!template_fill(file, view, out, &problem)) {
        fprintf(stderr, "ormspec: %s\n", problem);
        abort();
    }
}

json_t *html_mark(const struct results_item *item, const char *link, const char *title)
{
    char letter[2] = "x";
    const char *mark = "";
    if (item != NULL) {
        letter[0] = verdicts[item->verdict].letter;
        mark = verdicts[item->verdict].mark;
    }
    return json_pack("{s:s, s:s, s:s, s:s}", "letter", letter, "mark", mark, "link", link == NULL ? "" : link, "title",
                     title == NULL ? "" : title);
}

/* Keys of a step that are not its operation. */
static bool is_step_key(const char *line, size_t length)
{
    static const char *const keys[] = {"as", "expect", "error", "when"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strlen(keys[i]) == length && strncmp(keys[i], line, length) == 0) {
            return true;
        }
    }
    return false;
}

json_t *html_step(const char *text)
{
    json_t *step = json_pack("{s:s, s:s, s:[]}", "do", "", "with", "", "more");
    while (*text != '\0') {
        size_t length = strcspn(text, "\n"), key = strcspn(text, ":");
        key = key < length ? key : length;
        const char *value = text + key + (key < length) + (key + 1 < length && text[key + 1] == ' ');
        size_t rest = length - (size_t)(value - text);
        if (is_step_key(text, key)) {
            json_array_append_new(json_object_get(step, "more"),
                                  json_pack("{s:s%, s:s%}", "key", text, key, "value", value, rest));
        } else {
            bool nothing = rest == 2 && strncmp(value, "{}", 2) == 0;
            json_object_set_new(step, "do", json_stringn(text, key));
            json_object_set_new(step, "with", json_stringn(value, nothing ? 0 : rest));
        }
        text += length + (text[length] == '\n');
    }
    return step;
}

char *html_where(const struct page_column *column)
{
    return memory_format("%s on %s", column->label, spec_database_name(column->database));
}

/* ---- runs -------------------------------------------------------------------------------------------------------- */

static json_t *bar_of(const struct results_totals *totals)
{
    const struct {
        const char *class;
        size_t count;
    } parts[] = {{"pass", totals->passed},
                 {"known", totals->verdicts[JUDGE_KNOWN]},
                 {"none", totals->verdicts[JUDGE_UNSUPPORTED] + totals->verdicts[JUDGE_SKIPPED]},
                 {"fail", totals->failed}};
    size_t all = totals->passed + totals->failed + totals->skipped, before = 0;
    json_t *bar = json_array();
    for (size_t i = 0; i < sizeof parts / sizeof *parts && all > 0; i++) {
        size_t begin = before * 1000 / all, end = (before + parts[i].count) * 1000 / all;
        before += parts[i].count;
        /* A single failure among thousands must be seen. */
        if (parts[i].count > 0 && i == 3 && end - begin < 8) {
            begin = end - 8;
        }
        if (end > begin) {
            json_array_append_new(bar, json_pack("{s:s, s:I, s:I}", "class", parts[i].class, "x", (json_int_t)begin,
                                                 "width", (json_int_t)(end - begin)));
        }
    }
    return bar;
}

static char *time_words(double milliseconds)
{
    return milliseconds < 100      ? memory_format("%.0f ms", milliseconds)
           : milliseconds < 100000 ? memory_format("%.1f s", milliseconds / 1000)
                                   : memory_format("%.0f min", milliseconds / 60000);
}

static json_t *run_view(const struct page *page, size_t index, bool suites)
{
    const struct page_column *column = &page->columns[index];
    const struct results *results = column->results;
    const struct results_totals *totals = &column->totals;
    char *time = time_words(column->milliseconds),
         *shares =
             memory_format("%zu passed, %zu failed, %zu skipped", totals->passed, totals->failed, totals->skipped),
         *note = suites ? memory_format("suite %s, %.8s", results->suite, results->sha256) : memory_copy("");
    const char *language = results_text(json_object_get(results->json, "implementation"), "language");
    json_t *view =
        json_pack("{s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:b}", "index", (json_int_t)index,
                  "number", (json_int_t)index + 1, "name", column->label, "version",
                  strstr(column->label, results->version) != NULL ? "" : results->version, "language",
                  language == NULL ? "" : language, "label", column->label, "database",
                  spec_database_name(column->database), "database_version", results->databases[column->database],
                  "note", note, "time", time, "shares", shares, "bar", bar_of(totals), "leads", (int)column->leads);
    json_object_set_new(view, "passed", json_integer((json_int_t)totals->passed));
    json_object_set_new(view, "failed", json_integer((json_int_t)totals->failed));
    json_object_set_new(view, "known", json_integer((json_int_t)totals->verdicts[JUDGE_KNOWN]));
    json_object_set_new(view, "unsupported", json_integer((json_int_t)totals->verdicts[JUDGE_UNSUPPORTED]));
    json_object_set_new(view, "skipped", json_integer((json_int_t)totals->verdicts[JUDGE_SKIPPED]));
    free(time);
    free(shares);
    free(note);
    return view;
}

static json_t *groups_view(const struct page *page)
{
    json_t *groups = json_array();
    for (size_t i = 0; i < page->column_count; i++) {
        size_t span = 1;
        while (i + span < page->column_count && !page->columns[i + span].leads) {
            span++;
        }
        json_array_append_new(groups,
                              json_pack("{s:s, s:I}", "label", page->columns[i].label, "span", (json_int_t)span));
        i += span - 1;
    }
    return groups;
}

/* ---- the matrix -------------------------------------------------------------------------------------------------- */

static const json_t *text_of(const struct page_case *test, size_t files)
{
    const json_t *text = NULL;
    for (size_t i = 0; text == NULL && i < files; i++) {
        text = test->texts[i];
    }
    return text;
}

/* Every case needs `core`: for it count those that need nothing else. */
static bool is_about(const json_t *test, const char *capability)
{
    const json_t *needs = json_object_get(test, "needs");
    if (strcmp(capability, "core") == 0) {
        return json_array_size(needs) == 0 ||
               (json_array_size(needs) == 1 && strcmp(json_string_value(json_array_get(needs, 0)), "core") == 0);
    }
    for (size_t i = 0; i < json_array_size(needs); i++) {
        if (strcmp(json_string_value(json_array_get(needs, i)), capability) == 0) {
            return true;
        }
    }
    return false;
}

static json_t *cell_view(const struct page *page, size_t index, const char *capability,
                         const struct results_totals *totals)
{
    const struct page_column *column = &page->columns[index];
    const char *declared = results_text(
        json_object_get(json_object_get(column->results->json, "implementation"), "capabilities"), capability);
    const char *class = totals->judged == 0               ? "none-ground"
                        : totals->failed > 0              ? "fail-ground"
                        : totals->passed < totals->judged ? "known-ground"
                                                          : "pass-ground";
    char *text = totals->judged == 0                ? memory_copy(declared == NULL ? "–" : "·")
                 : totals->passed == totals->judged ? memory_format("%zu", totals->passed)
                                                    : memory_format("%zu of %zu", totals->passed, totals->judged);
    char *where = html_where(column),
         *title = memory_format("%s, %s: %s, %zu of %zu judged cases pass", capability, where,
                                declared == NULL ? "not declared" : declared, totals->passed, totals->judged);
    json_t *view = json_pack("{s:s, s:s, s:s, s:b, s:I, s:b}", "class", class, "text", text, "title", title, "emulated",
                             (int)(declared != NULL && strcmp(declared, "emulated") == 0), "index", (json_int_t)index,
                             "leads", (int)column->leads);
    free(text);
    free(where);
    free(title);
    return view;
}

static json_t *capability_view(const struct page *page, const char *name, const char *says)
{
    json_t *cells = json_array(), *members = json_array();
    struct results_totals *totals = memory_array(page->column_count + 1, sizeof *totals);
    size_t cases = 0;
    for (size_t i = 0; i < page->chapter_count; i++) {
        for (size_t j = 0; j < page->chapters[i].behaviour_count; j++) {
            const struct page_behaviour *behaviour = page->chapters[i].behaviours[j];
            size_t before = cases;
            for (size_t k = 0; k < behaviour->case_count; k++) {
                const struct page_case *test = behaviour->cases[k];
                if (!is_about(text_of(test, page->set->count), name)) {
                    continue;
                }
                cases++;
                for (size_t c = 0; c < page->column_count; c++) {
                    if (test->items[c] != NULL) {
                        struct results_totals one = results_count(test->items[c], 1);
                        totals[c].passed += one.passed;
                        totals[c].failed += one.failed;
                        totals[c].judged += one.judged;
                    }
                }
            }
            if (cases > before && strcmp(name, "core") != 0) {
                json_array_append_new(members, json_string(behaviour->id));
            }
        }
    }
    for (size_t c = 0; c < page->column_count; c++) {
        json_array_append_new(cells, cell_view(page, c, name, &totals[c]));
    }
    free(totals);
    if (cases == 0) {
        json_decref(cells);
        json_decref(members);
        return NULL;
    }
    json_t *list = json_array_size(members) > 0 ? json_pack("{s:o}", "list", members) : NULL;
    if (list == NULL) {
        json_decref(members);
    }
    return json_pack("{s:s, s:s, s:o, s:o}", "name", name, "says", says, "cells", cells, "members",
                     list == NULL ? json_null() : list);
}

/* Those that a case of these files needs. */
static json_t *capabilities_view(const struct page *page)
{
    json_t *capabilities = json_array(), *says;
    const char *name;
    json_object_foreach((json_t *)page->capabilities, name, says)
    {
        json_t *view = capability_view(page, name, json_string_value(says));
        if (view != NULL) {
            json_array_append_new(capabilities, view);
        }
    }
    return capabilities;
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

static bool same_suites(const struct results_set *set)
{
    for (size_t i = 1; i < set->count; i++) {
        if (strcmp(set->items[i]->sha256, set->items[0]->sha256) != 0) {
            return false;
        }
    }
    return true;
}

static size_t count_groups(const struct page *page)
{
    size_t count = 0;
    for (size_t i = 0; i < page->column_count; i++) {
        count += page->columns[i].leads;
    }
    return count;
}

static void add_titles(json_t *view, const struct page *page)
{
    const struct results *first = page->set->items[0];
    size_t groups = count_groups(page);
    char *title = groups == 1 ? memory_format("%s %s: conformance", first->name, first->version)
                              : memory_format("Conformance of %zu implementations", groups);
    struct text subtitle = {0};
    if (same_suites(page->set)) {
        text_format(&subtitle, "Suite %s (%.8s)", first->suite, first->sha256);
    } else {
        text_add(&subtitle, "Several suites");
    }
    text_format(&subtitle, ", %zu behaviours, %zu cases, %zu %s", page->behaviour_count, page->case_count,
                page->column_count, page->column_count == 1 ? "run" : "runs");
    const char *earliest = NULL, *latest = NULL;
    for (size_t i = 0; i < page->set->count; i++) {
        const char *started = results_text(page->set->items[i]->json, "started");
        earliest = started != NULL && (earliest == NULL || strcmp(started, earliest) < 0) ? started : earliest;
        latest = started != NULL && (latest == NULL || strcmp(started, latest) > 0) ? started : latest;
    }
    if (earliest != NULL) {
        text_format(&subtitle, ", %.10s", earliest);
        if (strncmp(earliest, latest, 10) != 0) {
            text_format(&subtitle, " to %.10s", latest);
        }
    }
    json_object_set_new(view, "title", json_string(title));
    json_object_set_new(view, "subtitle", json_string(text_get(&subtitle)));
    free(title);
    text_free(&subtitle);
}

static void add_outcome(json_t *view, const struct page *page)
{
    size_t failed = 0, passed = 0, bad = 0, empty = 0;
    for (size_t i = 0; i < page->column_count; i++) {
        failed += page->columns[i].totals.failed;
        passed += page->columns[i].totals.passed;
        bad += page->columns[i].totals.failed > 0;
        empty += page->columns[i].totals.judged == 0;
    }
    struct text outcome = {0};
    if (failed > 0) {
        text_format(&outcome, "%zu failed and %zu passed", failed, passed);
        if (page->column_count > 1) {
            text_format(&outcome, "; %zu of %zu runs have failures", bad, page->column_count);
        }
    } else if (passed == 0) {
        text_add(&outcome, "Nothing was judged, which is a failure");
    } else {
        text_format(&outcome, "Nothing failed: %zu passed", passed);
    }
    if (empty > 0 && passed > 0) {
        text_format(&outcome, "; in %zu %s nothing was judged", empty, empty == 1 ? "run" : "runs");
    }
    text_add_char(&outcome, '.');
    bool good = failed == 0 && passed > 0 && empty == 0;
    json_object_set_new(view, "outcome", json_string(text_get(&outcome)));
    json_object_set_new(view, "outcome_class", json_string(good ? "pass-ground" : "fail-ground"));
    text_free(&outcome);
}

static json_t *warnings_view(const struct page *page)
{
    json_t *warnings = json_array();
    for (size_t i = 0; i < page->set->count; i++) {
        const struct results *results = page->set->items[i];
        const json_t *selection = json_object_get(results->json, "selection");
        char *lack = results_lack(results), *text = NULL;
        json_int_t all = json_integer_value(json_object_get(selection, "cases"));
        if (lack != NULL) {
            text = memory_format("%s is not whole: %s.", page->set->labels[i], lack);
        } else if ((json_int_t)results_chosen(results) < all) {
            text = memory_format("%s: only %zu of %lld cases were chosen.", page->set->labels[i],
                                 results_chosen(results), (long long)all);
        }
        if (text != NULL) {
            json_array_append_new(warnings, json_string(text));
        }
        free(lack);
        free(text);
    }
    if (!same_suites(page->set)) {
        json_array_append_new(warnings, json_string("The runs are of several suites: a blank is a case that the run's "
                                                    "suite does not have."));
    }
    return warnings;
}

static json_t *verdicts_view(void)
{
    json_t *list = json_array();
    for (int i = 0; i < JUDGE_VERDICTS; i++) {
        const char letter[2] = {verdicts[i].letter, '\0'};
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "name", judge_verdict_name((enum judge_verdict)i),
                                              "letter", letter, "mark", verdicts[i].mark, "says", verdicts[i].says));
    }
    return list;
}

static void add_footer(json_t *view, const struct results_set *set)
{
    struct text footer = {0};
    text_add(&footer, "Made by ormspec from ");
    for (size_t i = 0; i < set->count; i++) {
        const char *file = set->items[i]->file, *started = results_text(set->items[i]->json, "started");
        text_add(&footer, i > 0 ? ", " : "");
        text_add(&footer, file == NULL ? "a run" : file);
        if (started != NULL) {
            text_format(&footer, " of %s", started);
        }
    }
    text_add_char(&footer, '.');
    json_object_set_new(view, "footer", json_string(text_get(&footer)));
    text_free(&footer);
}

void html_report(const struct results_set *set, struct text *out)
{
    static const char *const styles[] = {"common.css", "marks.css", "report.css", NULL};
    struct page page = page_make(set);
    json_t *view = json_object(), *runs = json_array();
    bool suites = !same_suites(set);
    for (size_t i = 0; i < page.column_count; i++) {
        json_array_append_new(runs, run_view(&page, i, suites));
    }
    html_add_assets(view, styles, "report.js");
    add_titles(view, &page);
    add_outcome(view, &page);
    add_footer(view, set);
    json_t *failures = html_failures(&page);
    json_object_set_new(view, "failing", json_boolean(json_array_size(failures) > 0));
    json_object_set_new(view, "failures", failures);
    json_object_set_new(view, "warnings", warnings_view(&page));
    json_object_set_new(view, "runs", runs);
    json_object_set_new(view, "groups", groups_view(&page));
    json_object_set_new(view, "capabilities", capabilities_view(&page));
    json_object_set_new(view, "verdicts", verdicts_view());
    json_object_set_new(view, "before", html_before(&page));
    json_object_set_new(view, "chapters", html_chapters(&page));
    html_fill("report.html", view, out);
    json_decref(view);
    page_free(&page);
}
