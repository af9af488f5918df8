#include "spec/export.h"

static void put(json_t *map, const char *key, const char *text)
{
    if (text != NULL) {
        json_object_set_new(map, key, json_string(text));
    }
}

static void put_json(json_t *map, const char *key, json_t *value)
{
    if (value != NULL) {
        json_object_set(map, key, value);
    }
}

static json_t *texts(const char *const *names)
{
    json_t *list = json_array();
    for (; names != NULL && *names != NULL; names++) {
        json_array_append_new(list, json_string(*names));
    }
    return list;
}

static void put_texts(json_t *map, const char *key, const char *const *names)
{
    if (names != NULL && *names != NULL) {
        json_object_set_new(map, key, texts(names));
    }
}

static void put_place(json_t *map, const struct spec_place *place)
{
    json_object_set_new(map, "place", json_sprintf("%s:%d:%d", place->file, place->line, place->column));
}

json_t *spec_step_json(const struct spec_step *step)
{
    json_t *json = json_object();
    put(json, "operation", step->operation->name);
    if (step->operation->own) {
        json_object_set_new(json, "own", json_true());
    }
    put_json(json, "params", step->params);
    put(json, "as", step->bind);
    put_json(json, "expect", step->expect);
    put_json(json, "error", step->error);
    put_json(json, "when", step->when);
    return json;
}

json_t *spec_case_json(const struct spec_case *test)
{
    json_t *json = json_object(), *steps = json_array();
    put(json, "id", test->id);
    put_place(json, &test->place);
    put(json, "schema", test->schema == NULL ? NULL : test->schema->name);
    put_json(json, "rows", test->rows);
    put_json(json, "when", test->when);
    json_object_set_new(json, "needs", texts(test->needs));
    if (test->fresh) {
        json_object_set_new(json, "fresh", json_true());
    }
    for (size_t i = 0; i < test->step_count; i++) {
        json_array_append_new(steps, spec_step_json(&test->steps[i]));
    }
    json_object_set_new(json, "steps", steps);
    return json;
}

static json_t *behaviour_json(const struct spec_behaviour *behaviour)
{
    json_t *json = json_object(), *cases = json_array();
    put(json, "id", behaviour->id);
    put(json, "level", spec_level_name(behaviour->level));
    put(json, "rule", behaviour->rule);
    put(json, "source", behaviour->source);
    put_place(json, &behaviour->place);
    put_texts(json, "was", behaviour->was);
    put_texts(json, "catalogue", behaviour->catalogue);
    put_texts(json, "needs", behaviour->needs);
    put(json, "untested", behaviour->untested);
    for (size_t i = 0; i < behaviour->case_count; i++) {
        json_array_append_new(cases, spec_case_json(&behaviour->cases[i]));
    }
    json_object_set_new(json, "cases", cases);
    return json;
}

static json_t *chapters_json(const struct spec *spec)
{
    json_t *chapters = json_array();
    for (size_t i = 0; i < spec->chapter_count; i++) {
        const struct spec_chapter *chapter = &spec->chapters[i];
        json_t *behaviours = json_array();
        for (size_t j = 0; j < chapter->behaviour_count; j++) {
            json_array_append_new(behaviours, behaviour_json(&chapter->behaviours[j]));
        }
        json_array_append_new(chapters, json_pack("{s:s, s:s, s:o}", "name", chapter->name, "title", chapter->title,
                                                  "behaviours", behaviours));
    }
    return chapters;
}

static json_t *facts_json(const struct spec *spec)
{
    json_t *facts = json_array();
    for (size_t i = 0; i < spec->fact_count; i++) {
        json_t *fact = json_object();
        put(fact, "name", spec->facts[i].name);
        put_json(fact, "default", spec->facts[i].fallback);
        put_json(fact, "values", spec->facts[i].values);
        json_array_append_new(facts, fact);
    }
    return facts;
}

json_t *spec_json(const struct spec *spec)
{
    json_t *capabilities = json_object(), *profiles = json_object(), *schemas = json_array();
    for (size_t i = 0; spec->capabilities[i] != NULL; i++) {
        put(capabilities, spec->capabilities[i], spec->capability_says[i]);
    }
    for (size_t i = 0; i < spec->profile_count; i++) {
        json_object_set_new(profiles, spec->profiles[i].name, texts(spec->profiles[i].capabilities));
    }
    for (size_t i = 0; i < spec->schema_count; i++) {
        json_array_append(schemas, spec->schemas[i]->json);
    }
    return json_pack("{s:i, s:{s:s, s:s}, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "format", SPEC_EXPORT_FORMAT, "suite",
                     "version", spec->version, "sha256", spec->sha256, "protocol", SPEC_PROTOCOL, "capabilities",
                     capabilities, "facts", facts_json(spec), "kinds", texts(spec->kinds), "profiles", profiles,
                     "schemas", schemas, "chapters", chapters_json(spec));
}
