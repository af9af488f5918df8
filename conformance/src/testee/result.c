#include "testee/result.h"

#include "base/base64.h"
#include "base/memory.h"
#include "base/number.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum form {
    FORM_EMPTY,
    FORM_HANDLE,
    FORM_TEXT,
    FORM_TEXT_OR_NULL,
    FORM_BOOLEAN,
    FORM_STATE,
    FORM_WORK,
    FORM_SETTINGS,
    FORM_LOADED,
    FORM_URL,
    FORM_VALUE,
    FORM_KEYS,
    FORM_GET,
    FORM_QUERY,
    FORM_REL,
    FORM_EXECUTED,
    FORM_COUNTS,
    FORM_MIGRATE,
    FORM_PING,
    FORM_TABLES,
    FORM_HELLO
};

static const struct {
    const char *method;
    enum form form;
} forms[] = {
    {"hello", FORM_HELLO},
    {"ping", FORM_PING},
    {"define", FORM_TABLES},
    {"new", FORM_HANDLE},
    {"get", FORM_GET},
    {"query", FORM_QUERY},
    {"rel", FORM_REL},
    {"build", FORM_HANDLE},
    {"lookup", FORM_GET},
    {"execute", FORM_EXECUTED},
    {"repr", FORM_TEXT},
    {"stats", FORM_COUNTS},
    {"merge", FORM_HANDLE},
    {"state", FORM_STATE},
    {"contains", FORM_BOOLEAN},
    {"is_modified", FORM_BOOLEAN},
    {"work", FORM_WORK},
    {"hash_password", FORM_TEXT},
    {"check_password", FORM_BOOLEAN},
    {"parse_dotenv", FORM_SETTINGS},
    {"load_dotenv", FORM_LOADED},
    {"find_dotenv", FORM_TEXT_OR_NULL},
    {"getenv", FORM_TEXT},
    {"parse_url", FORM_URL},
    {"insert_rows", FORM_KEYS},
    {"request_argument", FORM_VALUE},
    {"migrate", FORM_MIGRATE},
};

/* ---- values ------------------------------------------------------------------------------------------------------ */

static bool is_int_text(const char *text)
{
    /* An integer beyond 64 bits is a value too: only its digits are looked at. */
    text += *text == '-';
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && text[digits] == '\0';
}

static bool is_base64(const char *text)
{
    size_t length;
    unsigned char *bytes = base64_decode(text, &length);
    free(bytes);
    return bytes != NULL;
}

static bool is_tagged(const char *tag, const json_t *v)
{
    const char *text = json_string_value(v);
    double real;
    int64_t number;
    if (strcmp(tag, "json") == 0) {
        return v != NULL;
    }
    if (strcmp(tag, "obj") == 0) {
        return json_is_integer(v);
    }
    if (text == NULL) {
        return false;
    }
    return (strcmp(tag, "int") == 0 && is_int_text(text)) ||
           (strcmp(tag, "float") == 0 && number_parse_float(text, &real)) ||
           (strcmp(tag, "datetime") == 0 && number_parse_datetime(text, &number)) ||
           (strcmp(tag, "date") == 0 && number_parse_date(text, &number)) ||
           ((strcmp(tag, "bytes") == 0 || strcmp(tag, "text") == 0) && is_base64(text));
}

bool testee_is_value(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_NULL:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_STRING:
        return true;
    case JSON_INTEGER:
        return json_integer_value(value) <= NUMBER_PLAIN_MAX && json_integer_value(value) >= -NUMBER_PLAIN_MAX;
    case JSON_REAL: /* only with its tag */
        return false;
    case JSON_ARRAY:
        for (size_t i = 0; i < json_array_size(value); i++) {
            if (!testee_is_value(json_array_get(value, i))) {
                return false;
            }
        }
        return true;
    case JSON_OBJECT: {
        const char *tag = json_string_value(json_object_get(value, "$"));
        return tag != NULL && is_tagged(tag, json_object_get(value, "v"));
    }
    }
    return false;
}

bool testee_is_handle(const json_t *value)
{
    const char *tag = json_string_value(json_object_get(value, "$"));
    return tag != NULL && strcmp(tag, "obj") == 0 && json_is_integer(json_object_get(value, "v"));
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

static char *wrong(const char *wanted, const json_t *result)
{
    char *said = json_dumps(result, JSON_ENCODE_ANY | JSON_COMPACT);
    if (strlen(said) > 160) {
        strcpy(said + 157, "...");
    }
    char *text = memory_format("a result that is not %s: %s", wanted, said);
    free(said);
    return text;
}

/* {name: value} for exactly these names. */
static bool is_member_map(const json_t *names, const json_t *map)
{
    if (!json_is_object(map) || json_object_size(map) != json_array_size(names)) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(names); i++) {
        const json_t *value = json_object_get(map, json_string_value(json_array_get(names, i)));
        if (value == NULL || !testee_is_value(value)) {
            return false;
        }
    }
    return true;
}

static bool is_counts(const json_t *result)
{
    static const char *const names[] = {"select", "insert", "update", "delete"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!json_is_integer(json_object_get(result, names[i]))) {
            return false;
        }
    }
    return true;
}

static bool is_state(const json_t *result)
{
    static const char *const states[] = {"transient", "pending", "persistent", "deleted", "detached"};
    const char *state = json_string_value(result);
    for (size_t i = 0; state != NULL && i < sizeof states / sizeof *states; i++) {
        if (strcmp(state, states[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_work(const json_t *result)
{
    static const char *const names[] = {"new", "dirty", "deleted"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *list = json_object_get(result, names[i]);
        if (!json_is_array(list)) {
            return false;
        }
        for (size_t k = 0; k < json_array_size(list); k++) {
            if (!testee_is_handle(json_array_get(list, k))) {
                return false;
            }
        }
    }
    return true;
}

static bool is_settings(const json_t *result)
{
    const json_t *values = json_object_get(result, "values"), *unparsed = json_object_get(result, "unparsed");
    for (size_t i = 0; i < json_array_size(values); i++) {
        const json_t *setting = json_array_get(values, i), *value = json_array_get(setting, 1);
        if (json_array_size(setting) != 2 || !json_is_string(json_array_get(setting, 0)) ||
            !(json_is_string(value) || json_is_null(value))) {
            return false;
        }
    }
    for (size_t i = 0; i < json_array_size(unparsed); i++) {
        if (!json_is_integer(json_array_get(unparsed, i))) {
            return false;
        }
    }
    return json_is_array(values) && json_is_array(unparsed);
}

static bool is_url(const json_t *result)
{
    static const char *const texts[] = {"user", "password", "host", "database"};
    const json_t *port = json_object_get(result, "port");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const json_t *text = json_object_get(result, texts[i]);
        if (!json_is_string(text) && !json_is_null(text)) {
            return false;
        }
    }
    return json_is_string(json_object_get(result, "dialect")) && (json_is_integer(port) || json_is_null(port)) &&
           json_is_object(json_object_get(result, "options"));
}

static bool selects_values(const json_t *params)
{
    const json_t *steps = json_object_get(params, "q");
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const char *name = json_string_value(json_array_get(json_array_get(steps, i), 0));
        if (name != NULL && strcmp(name, "columns") == 0) {
            return true;
        }
    }
    return json_object_get(params, "base") != NULL; /* which may do so */
}

/* {name: value}, whatever the names are. */
static bool is_named_row(const json_t *row)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)row, name, value) {
        if (!testee_is_value(value)) {
            return false;
        }
    }
    return json_is_object(row);
}

/* With `named` each row has names; else it is a list, whose objects are as `read` says. */
static char *check_rows(const json_t *read, const json_t *result, bool named)
{
    if (!json_is_array(result)) {
        return wrong("a list of rows", result);
    }
    for (size_t i = 0; i < json_array_size(result); i++) {
        const json_t *row = json_array_get(result, i);
        bool good = named ? is_named_row(row) : json_is_array(row);
        for (size_t k = 0; k < json_array_size(row) && good; k++) {
            const json_t *item = json_array_get(row, k);
            good = testee_is_value(item) || (json_is_array(read) && is_member_map(read, item));
        }
        if (!good) {
            return wrong(named ? "a map of names and values" : "a row (a list of values)", row);
        }
    }
    return NULL;
}

/* {"count": n}, or {"columns": [name, …], "rows": [[value, …], …]} */
static char *check_executed(const json_t *params, const json_t *result)
{
    const json_t *names = json_object_get(result, "columns");
    if (!json_is_true(json_object_get(params, "rows"))) {
        return json_is_integer(json_object_get(result, "count")) ? NULL : wrong("{count}", result);
    }
    for (size_t i = 0; i < json_array_size(names); i++) {
        if (!json_is_string(json_array_get(names, i))) {
            return wrong("{columns, rows}", result);
        }
    }
    if (!json_is_array(names) || json_object_get(result, "rows") == NULL) {
        return wrong("{columns, rows}", result);
    }
    return check_rows(NULL, json_object_get(result, "rows"), false);
}

static char *check_row(const json_t *params, const json_t *read, const json_t *row)
{
    if (read == NULL && json_is_array(row) && selects_values(params)) {
        return testee_is_value(row) ? NULL : wrong("a row (a list of values)", row);
    }
    if (read == NULL) {
        return testee_is_handle(row) ? NULL : wrong("an object (a handle)", row);
    }
    if (json_is_array(read)) {
        return is_member_map(read, row) ? NULL : wrong("a map of the members that `read` names", row);
    }
    return testee_is_value(row) ? NULL : wrong("a value of the protocol", row);
}

/* An integer of any size. */
static bool is_number(const json_t *value)
{
    const char *tag = json_string_value(json_object_get(value, "$"));
    return value != NULL && testee_is_value(value) && (json_is_integer(value) || (tag != NULL && strcmp(tag, "int") == 0));
}

static char *check_page(const json_t *params, const json_t *read, const json_t *end, const json_t *result)
{
    static const char *const numbers[] = {"page", "per_page", "pages", "first", "last"};
    static const char *const maybe[] = {"total", "prev_num", "next_num"};
    static const char *const flags[] = {"has_prev", "has_next"};
    const json_t *items = json_object_get(result, "items"), *places = json_object_get(result, "iter_pages");
    bool good = json_is_array(items);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        good = good && is_number(json_object_get(result, numbers[i]));
    }
    for (size_t i = 0; i < sizeof maybe / sizeof *maybe; i++) {
        const json_t *value = json_object_get(result, maybe[i]);
        good = good && (json_is_null(value) || is_number(value));
    }
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        good = good && json_is_boolean(json_object_get(result, flags[i]));
    }
    if (json_object_get(json_array_get(end, 1), "window") != NULL) {
        good = good && json_is_array(places) && testee_is_value(places);
    }
    if (!good) {
        return wrong("a page", result);
    }
    for (size_t i = 0; i < json_array_size(items); i++) {
        char *problem = check_row(params, read, json_array_get(items, i));
        if (problem != NULL) {
            return problem;
        }
    }
    return NULL;
}

static char *check_query(const json_t *params, const json_t *result)
{
    const json_t *end = json_object_get(params, "end"), *read = json_object_get(params, "read");
    const char *name = json_string_value(json_is_array(end) ? json_array_get(end, 0) : end);
    if (name == NULL) {
        return NULL; /* an end of that form is the testee's to refuse */
    }
    if (strcmp(name, "paginate") == 0) {
        return check_page(params, read, end, result);
    }
    if (strcmp(name, "count") == 0 || strcmp(name, "update") == 0 || strcmp(name, "delete") == 0) {
        return json_is_integer(result) ? NULL : wrong("an integer", result);
    }
    if (strcmp(name, "exists") == 0) {
        return json_is_boolean(result) ? NULL : wrong("true or false", result);
    }
    if (strcmp(name, "statement") == 0) {
        return json_is_string(result) ? NULL : wrong("text", result);
    }
    if (strcmp(name, "scalar") == 0) {
        return testee_is_value(result) ? NULL : wrong("a value of the protocol", result);
    }
    if (strcmp(name, "rows") == 0 || strcmp(name, "named_rows") == 0) {
        return check_rows(read, result, *name == 'n');
    }
    if (strcmp(name, "scalars") == 0) {
        return json_is_array(result) ? NULL : wrong("a list", result);
    }
    if (strcmp(name, "all") == 0 || strcmp(name, "stream") == 0) {
        if (!json_is_array(result)) {
            return wrong("a list", result);
        }
        for (size_t i = 0; i < json_array_size(result); i++) {
            char *problem = check_row(params, read, json_array_get(result, i));
            if (problem != NULL) {
                return problem;
            }
        }
        return NULL;
    }
    bool may_be_null = strcmp(name, "first") == 0 || strcmp(name, "one_or_none") == 0 || strcmp(name, "get") == 0;
    if (json_is_null(result) && may_be_null) {
        return NULL;
    }
    return check_row(params, read, result);
}

static char *check_get(const json_t *params, const json_t *result)
{
    const json_t *names = json_object_get(params, "names");
    if (names != NULL) {
        return is_member_map(names, result) ? NULL : wrong("a map of the members asked for", result);
    }
    return testee_is_value(result) ? NULL : wrong("a value of the protocol", result);
}

/* ---- migrations -------------------------------------------------------------------------------------------------- */

static bool is_text_list(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!json_is_string(json_array_get(list, i))) {
            return false;
        }
    }
    return json_is_array(list);
}

/* A revision as `history` and `show` tell it. */
static bool is_revision(const json_t *one)
{
    static const char *const lists[] = {"down", "depends", "labels"};
    static const char *const flags[] = {"head", "branchpoint", "mergepoint"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (!is_text_list(json_object_get(one, lists[i]))) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (!json_is_boolean(json_object_get(one, flags[i]))) {
            return false;
        }
    }
    return json_is_string(json_object_get(one, "revision")) && json_is_string(json_object_get(one, "message"));
}

static bool is_revision_list(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!is_revision(json_array_get(list, i))) {
            return false;
        }
    }
    return json_is_array(list);
}

/* [change, table, …]: names, and lists of columns. */
static bool is_change_list(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *change = json_array_get(list, i);
        if (json_array_size(change) < 2 || !json_is_string(json_array_get(change, 0)) ||
            !json_is_string(json_array_get(change, 1))) {
            return false;
        }
        for (size_t k = 2; k < json_array_size(change); k++) {
            const json_t *part = json_array_get(change, k);
            if (!json_is_string(part) && !is_text_list(part)) {
                return false;
            }
        }
    }
    return json_is_array(list);
}

static bool is_nothing(const json_t *result)
{
    return json_is_object(result) && json_object_size(result) == 0;
}

static char *check_migrate(const json_t *params, const json_t *result)
{
    const char *does = json_string_value(json_object_get(params, "do"));
    const json_t *revision = json_object_get(result, "revision"), *revisions = json_object_get(result, "revisions");
    if (does == NULL) {
        return NULL;
    }
    if (json_is_true(json_object_get(params, "sql"))) {
        return json_is_string(json_object_get(result, "script")) ? NULL : wrong("{script: text}", result);
    }
    if (strcmp(does, "revision") == 0 || strcmp(does, "merge") == 0) {
        return json_is_string(revision) ? NULL : wrong("{revision: id}", result);
    }
    if (strcmp(does, "migrate") == 0) {
        return (json_is_string(revision) || json_is_null(revision)) && is_change_list(json_object_get(result, "changes"))
                   ? NULL
                   : wrong("{revision: id or null, changes: [[change, table, ...], ...]}", result);
    }
    if (strcmp(does, "check") == 0) {
        return is_change_list(json_object_get(result, "changes")) ? NULL
                                                                  : wrong("{changes: [[change, table, ...], ...]}", result);
    }
    if (strcmp(does, "upgrade") == 0 || strcmp(does, "downgrade") == 0) {
        return is_text_list(json_object_get(result, "ran")) ? NULL : wrong("{ran: [id, ...]}", result);
    }
    if (strcmp(does, "current") == 0 || strcmp(does, "heads") == 0 || strcmp(does, "branches") == 0) {
        return is_text_list(revisions) ? NULL : wrong("{revisions: [id, ...]}", result);
    }
    if (strcmp(does, "history") == 0) {
        return is_revision_list(revisions) ? NULL : wrong("{revisions: [{revision, down, ...}, ...]}", result);
    }
    if (strcmp(does, "show") == 0) {
        return is_revision(result)
                   ? NULL
                   : wrong("{revision, down, depends, labels, message, head, branchpoint, mergepoint}", result);
    }
    return is_nothing(result) ? NULL : wrong("{}", result);
}

static char *check_rel(const json_t *params, const json_t *result)
{
    const char *what = json_string_value(json_object_get(params, "do"));
    if (strcmp(what, "count") == 0) {
        return json_is_integer(result) ? NULL : wrong("an integer", result);
    }
    if (strcmp(what, "contains") == 0 || strcmp(what, "loaded") == 0) {
        return json_is_boolean(result) ? NULL : wrong("true or false", result);
    }
    if (strcmp(what, "pop") == 0) {
        return testee_is_handle(result) ? NULL : wrong("an object (a handle)", result);
    }
    return json_is_object(result) && json_object_size(result) == 0 ? NULL : wrong("{}", result);
}

char *testee_check_result(const char *method, const json_t *params, const json_t *result)
{
    enum form form = FORM_EMPTY;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (strcmp(forms[i].method, method) == 0) {
            form = forms[i].form;
        }
    }
    switch (form) {
    case FORM_EMPTY:
        return is_nothing(result) ? NULL : wrong("{}", result);
    case FORM_MIGRATE:
        return check_migrate(params, result);
    case FORM_HANDLE:
        return testee_is_handle(result) ? NULL : wrong("an object (a handle)", result);
    case FORM_TEXT:
        return json_is_string(result) ? NULL : wrong("text", result);
    case FORM_TEXT_OR_NULL:
        return json_is_string(result) || json_is_null(result) ? NULL : wrong("text or null", result);
    case FORM_BOOLEAN:
        return json_is_boolean(result) ? NULL : wrong("true or false", result);
    case FORM_STATE:
        return is_state(result) ? NULL : wrong("one of the five states", result);
    case FORM_WORK:
        return is_work(result) ? NULL : wrong("{new, dirty, deleted} as lists of objects", result);
    case FORM_SETTINGS:
        return is_settings(result) ? NULL
                                   : wrong("{values: [[name, value or null], ...], unparsed: [line, ...]}", result);
    case FORM_LOADED:
        return json_is_boolean(json_object_get(result, "loaded")) && json_is_object(json_object_get(result, "values"))
                   ? NULL
                   : wrong("{loaded, values: {name: value or null}}", result);
    case FORM_URL:
        return is_url(result) ? NULL : wrong("{dialect, user, password, host, port, database, options}", result);
    case FORM_VALUE:
        return testee_is_value(result) ? NULL : wrong("a value of the protocol", result);
    case FORM_KEYS:
        if (!json_is_true(json_object_get(params, "keys"))) {
            return json_is_object(result) && json_object_size(result) == 0 ? NULL : wrong("{}", result);
        }
        return json_is_array(result) && testee_is_value(result) &&
                       json_array_size(result) == json_array_size(json_object_get(params, "rows"))
                   ? NULL
                   : wrong("a list with the key of each row", result);
    case FORM_GET:
        return check_get(params, result);
    case FORM_QUERY:
        return check_query(params, result);
    case FORM_REL:
        return check_rel(params, result);
    case FORM_EXECUTED:
        return check_executed(params, result);
    case FORM_COUNTS:
        return is_counts(result) ? NULL : wrong("four counts", result);
    case FORM_PING:
        return json_is_string(json_object_get(result, "database")) ? NULL : wrong("{database, user}", result);
    case FORM_TABLES:
        return json_is_object(json_object_get(result, "tables")) ? NULL : wrong("{tables: {model: table}}", result);
    case FORM_HELLO:
        return NULL; /* checked against the lists, by testee_take_hello */
    }
    return NULL;
}
