#include "lint/lint.h"

#include "base/memory.h"
#include "lint/parts.h"

#include <stdlib.h>
#include <string.h>

void lint_find(struct lint *lint, const struct spec_place *place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = memory_vformat(format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < lint->count; i++) {
        const struct lint_finding *old = &lint->findings[i];
        if (old->place.line == place->line && old->place.column == place->column &&
            strcmp(old->place.file, place->file) == 0 && strcmp(old->message, message) == 0) {
            free(message);
            return;
        }
    }
    if (lint->count == lint->room) {
        lint->room = lint->room ? lint->room * 2 : 16;
        lint->findings = memory_resize(lint->findings, lint->room, sizeof *lint->findings);
    }
    lint->findings[lint->count++] = (struct lint_finding){*place, message};
}

static int compare_findings(const void *left, const void *right)
{
    const struct lint_finding *a = left, *b = right;
    int files = strcmp(a->place.file, b->place.file);
    if (files != 0) {
        return files;
    }
    if (a->place.line != b->place.line) {
        return a->place.line < b->place.line ? -1 : 1;
    }
    if (a->place.column != b->place.column) {
        return a->place.column < b->place.column ? -1 : 1;
    }
    return strcmp(a->message, b->message);
}

/* In the order of the files; gives their number. */
static int tell(struct lint *lint, spec_report *report, void *context)
{
    if (lint->count != 0) {
        qsort(lint->findings, lint->count, sizeof *lint->findings, compare_findings);
    }
    for (size_t i = 0; i < lint->count; i++) {
        report(context, &lint->findings[i].place, lint->findings[i].message);
        free(lint->findings[i].message);
    }
    free(lint->findings);
    return (int)lint->count;
}

void lint_use(struct lint *lint, const char *what, const char *name)
{
    struct text key = {0};
    text_format(&key, "%s %s", what, name);
    json_object_set_new(lint->used, text_get(&key), json_true());
    text_free(&key);
}

static bool is_used(const struct lint *lint, const char *what, const char *name)
{
    struct text key = {0};
    text_format(&key, "%s %s", what, name);
    bool used = json_object_get(lint->used, text_get(&key)) != NULL;
    text_free(&key);
    return used;
}

const char *lint_operator(const json_t *value)
{
    return json_string_value(json_object_get(value, "~"));
}

const char *lint_tag(const json_t *value)
{
    return json_string_value(json_object_get(value, "$"));
}

void lint_walk(const json_t *value, lint_visit *visit, void *context)
{
    if (value == NULL) {
        return;
    }
    visit(context, value);
    const char *tag = lint_tag(value);
    if (tag != NULL) {
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        lint_walk(json_array_get(value, i), visit, context);
    }
    for (void *at = json_object_iter((json_t *)value); at != NULL; at = json_object_iter_next((json_t *)value, at)) {
        lint_walk(json_object_iter_value(at), visit, context);
    }
}

void lint_branches(const json_t *value, lint_visit *visit, void *context)
{
    const char *name = lint_operator(value);
    if (name == NULL || (strcmp(name, "db") != 0 && strcmp(name, "fact") != 0)) {
        visit(context, value);
    } else if (strcmp(name, "db") == 0) {
        lint_branches(json_object_get(value, "sqlite"), visit, context);
        lint_branches(json_object_get(value, "postgresql"), visit, context);
    } else {
        json_t *cases = json_object_get(value, "cases");
        for (void *at = json_object_iter(cases); at != NULL; at = json_object_iter_next(cases, at)) {
            lint_branches(json_object_iter_value(at), visit, context);
        }
    }
}

struct visit_context {
    struct lint *lint;
    const struct spec_place *place;
};

static void visit_value(void *context, const json_t *value)
{
    const struct visit_context *visit = context;
    const char *name = lint_operator(value);
    if (name == NULL) {
        return;
    }
    if (strcmp(name, "db") == 0 && json_equal(json_object_get(value, "sqlite"), json_object_get(value, "postgresql"))) {
        lint_find(visit->lint, visit->place, "both sides of a `db` are equal: write the value alone");
    } else if (strcmp(name, "fact") == 0) {
        lint_use(visit->lint, "fact", json_string_value(json_object_get(value, "name")));
    }
}

static void use_when(struct lint *lint, const json_t *when)
{
    const char *fact = json_string_value(json_object_get(when, "fact"));
    if (fact != NULL) {
        lint_use(lint, "fact", fact);
    }
}

static void visit_kind(void *context, const json_t *kind)
{
    const struct visit_context *visit = context;
    const char *name = json_string_value(kind);
    if (json_is_object(kind)) {
        lint_branches(json_object_get(kind, "kind"), visit_kind, context);
    }
    for (size_t i = 0; i < json_array_size(kind); i++) {
        visit_kind(context, json_array_get(kind, i));
    }
    if (name != NULL && !spec_has_kind(visit->lint->spec, name, false)) {
        lint_find(visit->lint, visit->place, "`%s` is no leaf of the error kinds: a must names leaves", name);
    }
}

static bool is_any(const json_t *expect)
{
    const char *name = lint_operator(expect);
    return name != NULL && strcmp(name, "any") == 0;
}

static void check_expectations(struct lint *lint, const struct spec_case *one)
{
    bool judged = false, beyond_any = false;
    for (size_t i = 0; i < one->step_count; i++) {
        const struct spec_step *step = &one->steps[i];
        struct visit_context visit = {lint, &step->place};
        lint_walk(step->params, visit_value, &visit);
        lint_walk(step->expect, visit_value, &visit);
        lint_walk(step->error, visit_value, &visit);
        use_when(lint, step->when);
        judged = judged || step->expect != NULL || step->error != NULL;
        beyond_any = beyond_any || step->error != NULL || (step->expect != NULL && !is_any(step->expect));
        if (json_is_object(step->expect) && json_object_size(step->expect) == 0) {
            lint_find(lint, &step->place, "an empty map is met by every map: name the keys that matter");
        }
        if (step->error != NULL && one->behaviour->level == SPEC_MUST) {
            lint_branches(step->error, visit_kind, &visit);
        }
    }
    if (!judged) {
        lint_find(lint, &one->place, "the case `%s` judges nothing: no step has `expect` or `error`", one->id);
    } else if (!beyond_any) {
        lint_find(lint, &one->place, "the case `%s` judges only that there is a value ({~: any})", one->id);
    }
}

/* An implementation that always raises passes a case in which nothing has to succeed. What leads to a database is no
 * such success: without it no case is reached at all. */
static void check_success(struct lint *lint, const struct spec_case *one)
{
    static const char *const leads_there[] = {"open", "define", "create_all", "drop_all", "release"};
    size_t errors = 0, sent = 0;
    for (size_t i = 0; i < one->step_count; i++) {
        const struct spec_step *step = &one->steps[i];
        bool counts = !step->operation->own;
        for (size_t j = 0; j < sizeof leads_there / sizeof *leads_there; j++) {
            counts = counts && strcmp(step->operation->name, leads_there[j]) != 0;
        }
        sent += counts;
        errors += counts && step->error != NULL;
    }
    if (sent > 0 && errors == sent) {
        lint_find(lint, &one->place,
                  "in the case `%s` all that is sent expects an error, so who always raises it passes: let something "
                  "succeed too",
                  one->id);
    }
}

static bool needs(const struct spec_case *one, const char *capability)
{
    for (const char **need = one->needs; *need != NULL; need++) {
        if (strcmp(*need, capability) == 0) {
            return true;
        }
    }
    return false;
}

static void check_world(struct lint *lint, const struct spec_case *one)
{
    static const char *const ddl[] = {"open", "define", "create_all", "drop_all"};
    for (size_t i = 0; i < one->step_count && (!one->fresh || one->with_tables); i++) {
        for (size_t j = 0; j < sizeof ddl / sizeof *ddl; j++) {
            if (strcmp(one->steps[i].operation->name, ddl[j]) == 0) {
                lint_find(lint, &one->steps[i].place, "`%s` needs a database of its own: mark the case `fresh`",
                          ddl[j]);
            }
        }
    }
    if (one->schema != NULL && one->schema->wrong) {
        lint_find(lint, &one->place, "the schema `%s` is wrong on purpose: only a `define` step may name it",
                  one->schema->name);
    }
    if (one->schema != NULL && one->schema->derive_names && !needs(one, "table_names")) {
        lint_find(lint, &one->place, "the schema `%s` derives its table names: the case needs `table_names`",
                  one->schema->name);
    }
}

/* SQL for one database alone is for a case or step that runs on that one alone. */
static void check_sql(struct lint *lint, const struct spec_case *one, const struct spec_step *step)
{
    const json_t *sql = strcmp(step->operation->name, "behind") == 0 ? json_object_get(step->params, "sql") : NULL;
    for (enum spec_database database = SPEC_SQLITE; database < SPEC_DATABASES; database++) {
        const char *name = spec_database_name(database), *where = json_string_value(one->when);
        const char *here = json_string_value(step->when);
        bool elsewhere = (where != NULL && strcmp(where, name) != 0) || (here != NULL && strcmp(here, name) != 0);
        if (sql != NULL && json_object_get(sql, name) == NULL && !elsewhere) {
            lint_find(lint, &step->place, "`sql` has no text for %s, and no `when` keeps the step off it", name);
        }
        if (database == SPEC_SQLITE && json_object_get(step->params, "disconnect") != NULL && !elsewhere) {
            lint_find(lint, &step->place, "`disconnect` is for postgresql, and no `when` keeps the step off sqlite");
        }
    }
}

static void check_case(struct lint *lint, const struct spec_case *one)
{
    for (size_t i = 0; i < one->step_count; i++) {
        check_sql(lint, one, &one->steps[i]);
    }
    for (const char **need = one->needs; *need != NULL; need++) {
        lint_use(lint, "capability", *need);
    }
    if (one->schema != NULL) {
        lint_use(lint, "schema", one->schema->name);
    }
    use_when(lint, one->when);
    check_expectations(lint, one);
    check_success(lint, one);
    check_world(lint, one);
    lint_names(lint, one);
}

static void check_behaviour(struct lint *lint, const struct spec_behaviour *behaviour)
{
    if (behaviour->case_count == 0 && behaviour->untested == NULL && behaviour->level != SPEC_MAY) {
        lint_find(lint, &behaviour->place, "`%s` is a %s without a case: say why under `untested`", behaviour->id,
                  spec_level_name(behaviour->level));
    }
    for (const char **need = behaviour->needs; *need != NULL; need++) {
        lint_use(lint, "capability", *need);
    }
    for (size_t i = 0; i < behaviour->case_count; i++) {
        check_case(lint, &behaviour->cases[i]);
    }
}

static bool rows_are_used(const struct spec *spec, const json_t *rows)
{
    for (size_t i = 0; i < spec->chapter_count; i++) {
        for (size_t j = 0; j < spec->chapters[i].behaviour_count; j++) {
            const struct spec_behaviour *behaviour = &spec->chapters[i].behaviours[j];
            for (size_t k = 0; k < behaviour->case_count; k++) {
                if (behaviour->cases[k].rows == rows) {
                    return true;
                }
            }
        }
    }
    return false;
}

static void check_unused(struct lint *lint)
{
    const struct spec *spec = lint->spec;
    for (size_t i = 0; spec->capabilities[i] != NULL; i++) {
        if (!is_used(lint, "capability", spec->capabilities[i])) {
            lint_find(lint, &spec->capability_places[i], "no case needs the capability `%s`", spec->capabilities[i]);
        }
    }
    for (size_t i = 0; i < spec->fact_count; i++) {
        if (!is_used(lint, "fact", spec->facts[i].name)) {
            lint_find(lint, &spec->facts[i].place, "no case checks the fact `%s`", spec->facts[i].name);
        }
    }
    for (size_t i = 0; i < spec->schema_count; i++) {
        if (!is_used(lint, "schema", spec->schemas[i]->name)) {
            lint_find(lint, &spec->schemas[i]->place, "no case uses the schema `%s`", spec->schemas[i]->name);
        }
    }
    for (size_t i = 0; i < spec->row_count; i++) {
        if (!rows_are_used(spec, spec->rows[i].json)) {
            lint_find(lint, &spec->rows[i].place, "no case uses the rows `%s` of the schema `%s`", spec->rows[i].name,
                      spec->rows[i].schema->name);
        }
    }
}

int lint_spec(const struct spec *spec, spec_report *report, void *context)
{
    struct lint lint = {.spec = spec, .used = json_object()};
    for (size_t i = 0; i < spec->chapter_count; i++) {
        for (size_t j = 0; j < spec->chapters[i].behaviour_count; j++) {
            check_behaviour(&lint, &spec->chapters[i].behaviours[j]);
        }
    }
    check_unused(&lint);
    json_decref(lint.used);
    return tell(&lint, report, context);
}
