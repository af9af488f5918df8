/* The greeting, against the closed lists. */
#include "base/memory.h"
#include "testee/testee.h"

#include <stdlib.h>
#include <string.h>

bool testee_declares(const struct testee_hello *hello, const char *capability)
{
    return json_object_get(json_object_get(hello->json, "capabilities"), capability) != NULL;
}

void testee_hello_clear(struct testee_hello *hello)
{
    json_decref(hello->json);
    json_decref(hello->facts);
    *hello = (struct testee_hello){0};
}

static bool is_text(const json_t *json, const char *const *allowed)
{
    if (!json_is_string(json)) {
        return false;
    }
    for (; allowed != NULL && *allowed != NULL; allowed++) {
        if (strcmp(json_string_value(json), *allowed) == 0) {
            return true;
        }
    }
    return allowed == NULL;
}

static char *check_capabilities(const struct spec *spec, json_t *capabilities)
{
    static const char *const levels[] = {"native", "emulated", NULL};
    const char *name;
    json_t *level;
    json_object_foreach(capabilities, name, level)
    {
        if (!spec_has_capability(spec, name)) {
            return memory_format("the capability '%s' is not in spec/capabilities.yaml", name);
        }
        if (!is_text(level, levels)) {
            return memory_format("the capability '%s' is neither \"native\" nor \"emulated\"", name);
        }
    }
    return NULL;
}

static char *check_facts(const struct spec *spec, json_t *facts)
{
    const char *name;
    json_t *value;
    json_object_foreach(facts, name, value)
    {
        const struct spec_fact *fact = spec_find_fact(spec, name);
        if (fact == NULL) {
            return memory_format("the fact '%s' is not in spec/facts.yaml", name);
        }
        bool good = fact->values == NULL && json_is_integer(value);
        for (size_t i = 0; i < json_array_size(fact->values); i++) {
            good = good || json_equal(json_array_get(fact->values, i), value);
        }
        if (!good) {
            return memory_format("the fact '%s' has a value that spec/facts.yaml does not allow", name);
        }
    }
    return NULL;
}

static char *check_list(const char *name, json_t *list, const char *const *allowed)
{
    if (!json_is_array(list)) {
        return memory_format("`%s` is not a list", name);
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!is_text(json_array_get(list, i), allowed)) {
            return memory_format("item %zu of `%s` is not one of the names that the protocol has", i + 1, name);
        }
    }
    return NULL;
}

static char *check_versions(json_t *versions)
{
    const char *name;
    json_t *version;
    json_object_foreach(versions, name, version)
    {
        if (!json_is_string(version)) {
            return memory_format("the version of '%s' is not text", name);
        }
    }
    return NULL;
}

static const char *const database_names[] = {
    [SPEC_SQLITE] = "sqlite", [SPEC_POSTGRESQL] = "postgresql", [SPEC_DATABASES] = NULL};

/* NULL when the greeting is right. */
static char *check(const struct spec *spec, json_t *json)
{
    static const char *const texts[] = {"name", "version", "language"};
    static const char *const models[] = {"dynamic", "static", NULL};
    static const char *const known[] = {"protocol", "name",         "version", "language", "databases",
                                        "models",   "capabilities", "facts",   "versions", "schemas"};
    if (!json_is_object(json)) {
        return memory_copy("the result is not an object");
    }
    json_t *protocol = json_object_get(json, "protocol");
    if (!json_is_integer(protocol) || json_integer_value(protocol) != 1) {
        char *said = protocol == NULL ? memory_copy("nothing") : json_dumps(protocol, JSON_ENCODE_ANY | JSON_COMPACT);
        char *problem = memory_format("`protocol` is %s; this runner speaks 1", said);
        free(said);
        return problem;
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!is_text(json_object_get(json, texts[i]), NULL)) {
            return memory_format("`%s` is missing or no text", texts[i]);
        }
    }
    if (!is_text(json_object_get(json, "models"), models)) {
        return memory_copy("`models` is neither \"dynamic\" nor \"static\"");
    }
    static const char *const maps[] = {"capabilities", "facts", "versions"};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        json_t *map = json_object_get(json, maps[i]);
        if (!json_is_object(map) && (i == 0 || map != NULL)) {
            return memory_format("`%s` is no object", maps[i]);
        }
    }
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value)
    {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            found = found || strcmp(key, known[i]) == 0;
        }
        if (!found) {
            return memory_format("the protocol has no `%s`", key);
        }
    }
    char *problem = check_list("databases", json_object_get(json, "databases"), database_names);
    if (problem == NULL && json_object_get(json, "schemas") != NULL) {
        problem = check_list("schemas", json_object_get(json, "schemas"), NULL);
    }
    if (problem == NULL) {
        problem = check_capabilities(spec, json_object_get(json, "capabilities"));
    }
    if (problem == NULL) {
        problem = check_facts(spec, json_object_get(json, "facts"));
    }
    return problem != NULL ? problem : check_versions(json_object_get(json, "versions"));
}

static void take(const struct spec *spec, json_t *json, struct testee_hello *hello)
{
    *hello = (struct testee_hello){.json = json_incref(json), .facts = json_object()};
    for (size_t i = 0; i < spec->fact_count; i++) {
        json_object_set(hello->facts, spec->facts[i].name, spec->facts[i].fallback);
    }
    json_object_update(hello->facts, json_object_get(json, "facts"));
    json_t *databases = json_object_get(json, "databases");
    for (size_t i = 0; i < json_array_size(databases); i++) {
        for (int database = 0; database < SPEC_DATABASES; database++) {
            if (strcmp(json_string_value(json_array_get(databases, i)), database_names[database]) == 0) {
                hello->speaks[database] = true;
            }
        }
    }
    hello->fixed = strcmp(json_string_value(json_object_get(json, "models")), "static") == 0;
}

char *testee_take_hello(const struct spec *spec, json_t *result, struct testee_hello *hello)
{
    char *problem = check(spec, result);
    if (problem == NULL) {
        take(spec, result, hello);
    }
    return problem;
}

enum testee_failure testee_start(const struct testee_options *options, const struct spec *spec, struct testee **out,
                                 struct testee_hello *hello, char **problem)
{
    *out = NULL;
    *hello = (struct testee_hello){0};
    struct testee *testee = testee_launch(options, problem);
    if (testee == NULL) {
        return TESTEE_UNUSABLE;
    }
    testee_know(testee, spec);
    json_t *params = json_pack("{s:i, s:s}", "protocol", 1, "suite", spec->version);
    struct testee_answer answer;
    testee_call(testee, "hello", params, TESTEE_HELLO_TIMEOUT, &answer);
    json_decref(params);

    enum testee_failure failure = TESTEE_STARTED;
    struct text message = {0};
    switch (answer.status) {
    case TESTEE_RESULT: {
        char *wrong = testee_take_hello(spec, answer.result, hello);
        if (wrong != NULL) {
            failure = TESTEE_REFUSED;
            text_format(&message, "hello: %s", wrong);
            free(wrong);
        }
        break;
    }
    case TESTEE_INTERRUPTED:
        failure = TESTEE_STOPPED;
        break;
    case TESTEE_ABSENT:
        failure = TESTEE_REFUSED;
        text_add(&message, "hello: answered that there is no such method");
        break;
    case TESTEE_RAISED:
    case TESTEE_FAILED:
        failure = TESTEE_REFUSED;
        text_format(&message, "hello: answered with an error: %s", answer.message);
        break;
    case TESTEE_BROKEN:
        failure = testee_not_executable(testee) ? TESTEE_UNUSABLE : TESTEE_REFUSED;
        text_format(&message, "hello: %s", answer.message);
        break;
    }
    testee_answer_clear(&answer);
    if (failure == TESTEE_STARTED) {
        *out = testee;
        return failure;
    }
    if (failure == TESTEE_UNUSABLE) {
        text_clear(&message);
        text_format(&message, "--impl %s: cannot be executed", options->impl);
    }
    if (failure != TESTEE_STOPPED) {
        struct text errors = {0};
        testee_print_stderr(testee, 3, &errors);
        if (errors.length > 0) {
            errors.data[errors.length - 1] = '\0';
            for (char *end = errors.data; (end = strchr(end, '\n')) != NULL;) {
                *end = ' ';
            }
            text_format(&message, " (stderr: %s)", errors.data);
        }
        text_free(&errors);
    }
    *problem = text_take(&message);
    testee_kill(testee);
    return failure;
}
