#include "settings.h"
#include "base64.h"
#include "values.h"
#include <stdlib.h>
#include <string.h>

extern char **environ;

/* ---- parameters ---- */

/* Text, which may hold NUL, or bytes. */
static bool sized(struct call *c, const char *name, const char **text, size_t *size)
{
    const json_t *value = json_object_get(c->params, name), *bytes = value_tagged(value, "bytes");
    char *decoded;
    if (json_is_string(bytes)) {
        if (!base64_decode(c, json_string_value(bytes), &decoded, size))
            return call_bad(c, "the parameter %s is no base64", name);
        *text = decoded;
        return true;
    }
    if (!json_is_string(value)) return call_bad(c, "the parameter %s is missing or no text", name);
    *text = json_string_value(value);
    *size = json_string_length(value);
    return true;
}

static bool judged(struct call *c, orm_status rc, const orm_error *error)
{
    return rc == ORM_OK ? true : call_raised(c, rc, error);
}

static json_t *text_or_null(const char *text)
{
    if (text == NULL) return json_null();
    orm_value value = orm_text(text);
    return value_encode(&value);
}

/* ---- passwords ---- */

bool op_hash_password(struct world *w, struct call *c)
{
    (void)w;
    const char *password, *method;
    size_t size;
    orm_error error;
    const json_t *given = json_object_get(c->params, "salt_length");
    if (!sized(c, "password", &password, &size) || !call_text(c, "method", false, &method)) return false;
    if (given != NULL && !json_is_integer(given)) return call_bad(c, "the parameter salt_length is no integer");
    json_int_t length = given != NULL ? json_integer_value(given) : ORM_SALT_LENGTH;
    if (length < INT32_MIN || length > INT32_MAX)
        return call_bad(c, "the parameter salt_length does not fit into 32 bits");
    char hash[8192];
    if (!judged(c, orm_hash_password_with(password, size, method, (int)length, hash, sizeof hash, &error), &error))
        return false;
    c->result = must(json_string(hash));
    return true;
}

json_t *settings_passwords(const json_t *schema)
{
    json_t *members = must(json_object()), *model;
    size_t i;
    json_array_foreach(json_object_get(schema, "models"), i, model)
    {
        const char *name = json_string_value(json_object_get(model, "name"));
        json_t *member = json_object_get(model, "password");
        if (name != NULL && json_is_string(member)) json_object_set(members, name, member);
    }
    return members;
}

/* The object of the parameter `obj`, and its member that holds the hash. */
static bool holder(struct world *w, struct call *c, struct handle **out, const char **member)
{
    if (!world_object(w, c, json_object_get(c->params, "obj"), out)) return false;
    const char *model = (*out)->object->model->struct_name;
    *member = json_string_value(json_object_get(w->models.passwords, model));
    return *member != NULL ? true : call_bad(c, "the model %s has no password", model);
}

bool op_set_password(struct world *w, struct call *c)
{
    struct handle *h;
    const char *password, *method, *member;
    size_t size;
    return sized(c, "password", &password, &size) && call_text(c, "method", false, &method) &&
           holder(w, c, &h, &member) &&
           judged(c, orm_set_password_with(h->object, member, password, size, method),
                  orm_session_error(h->session->orm));
}

bool op_check_password(struct world *w, struct call *c)
{
    struct handle *h;
    const char *password, *hash, *member;
    size_t size, hash_size;
    bool match, fine;
    orm_error error;
    if (!sized(c, "password", &password, &size)) return false;
    if (json_object_get(c->params, "obj") != NULL)
        fine =
            holder(w, c, &h, &member) && judged(c, orm_check_password_with(h->object, member, password, size, &match),
                                                orm_session_error(h->session->orm));
    else
        fine = sized(c, "hash", &hash, &hash_size) &&
               judged(c, orm_verify_password_with(hash, hash_size, password, size, &match, &error), &error);
    if (fine) c->result = json_boolean(match);
    return fine;
}

/* ---- the environment ---- */

/* Before the first change all of it is noted. */
static void note_environment(struct world *w)
{
    if (w->environment != NULL) return;
    size_t count = 0;
    while (environ != NULL && environ[count] != NULL)
        count++;
    w->environment = must(calloc(count + 1, sizeof *w->environment));
    for (size_t i = 0; i < count; i++)
        w->environment[i] = must(strdup(environ[i]));
}

void settings_restore(struct world *w)
{
    if (w->environment == NULL) return;
    clearenv();
    for (char **at = w->environment; *at != NULL; at++) {
        char *equals = strchr(*at, '=');
        if (equals != NULL) {
            *equals = '\0';
            setenv(*at, equals + 1, 1);
        }
        free(*at);
    }
    free(w->environment);
    w->environment = NULL;
}

/* The parameter `environment`: variables to set, or with null to take away. */
static bool change_environment(struct world *w, struct call *c)
{
    json_t *given, *value;
    const char *name;
    if (!call_object(c, "environment", &given)) return false;
    note_environment(w);
    json_object_foreach(given, name, value)
    {
        if (!json_is_null(value) && !json_is_string(value))
            return call_bad(c, "environment: %s is neither text nor null", name);
        if ((json_is_null(value) ? unsetenv(name) : setenv(name, json_string_value(value), 1)) != 0)
            return call_bad(c, "environment: '%s' is no name of a variable", name);
    }
    return true;
}

/* ---- .env ---- */

static bool dotenv_options(struct call *c, orm_dotenv_options *out)
{
    static const struct {
        const char *name;
        orm_encoding encoding;
    } encodings[] = {
        {"utf-8", ORM_UTF_8},
        {"utf-8-sig", ORM_UTF_8_SIG},
        {"latin-1", ORM_LATIN_1},
    };
    const char *encoding;
    bool interpolate = true;
    *out = (orm_dotenv_options){0};
    if (!call_flag(c, "override", &out->override) || !call_flag(c, "interpolate", &interpolate) ||
        !call_text(c, "encoding", false, &encoding))
        return false;
    out->no_interpolation = !interpolate;
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++)
        if (encoding == NULL || strcmp(encodings[i].name, encoding) == 0)
            return out->encoding = encodings[i].encoding, true;
    return call_lacks(c, "no encoding %s", encoding);
}

bool op_parse_dotenv(struct world *w, struct call *c)
{
    const char *path, *text;
    size_t size;
    orm_dotenv_options options;
    orm_dotenv *file;
    orm_error error;
    if (!dotenv_options(c, &options) || !call_text(c, "path", false, &path) ||
        (path == NULL && !sized(c, "text", &text, &size)) || !change_environment(w, c))
        return false;
    orm_status rc = path != NULL ? orm_dotenv_open(path, &options, &file, &error)
                                 : orm_dotenv_parse(text, size, &options, &file, &error);
    if (rc != ORM_OK) return call_raised(c, rc, &error);
    json_t *values = must(json_array()), *unparsed = must(json_array());
    for (size_t i = 0; i < file->count; i++)
        json_array_append_new(
            values, must(json_pack("[o, o]", text_or_null(file->at[i].name), text_or_null(file->at[i].value))));
    for (size_t i = 0; i < file->unparsed_count; i++)
        json_array_append_new(unparsed, json_integer((json_int_t)file->unparsed[i]));
    orm_dotenv_close(&file);
    c->result = must(json_pack("{s:o, s:o}", "values", values, "unparsed", unparsed));
    return true;
}

bool op_load_dotenv(struct world *w, struct call *c)
{
    const char *path, *directory, *filename;
    char found[ORM_PATH_SIZE];
    orm_dotenv_options options;
    orm_error error;
    bool loaded = false;
    json_t *names = NULL, *values = must(json_object()), *name;
    size_t i;
    c->result = must(json_pack("{s:o}", "values", values));
    if (!dotenv_options(c, &options) || !call_text(c, "path", false, &path) ||
        !call_text(c, "dir", path == NULL, &directory) || !call_text(c, "filename", false, &filename) ||
        (json_object_get(c->params, "names") != NULL && !call_array(c, "names", &names)) || !change_environment(w, c))
        return false;
    if (path == NULL && orm_dotenv_find(directory, filename, found)) path = found;
    if (path != NULL && !judged(c, orm_dotenv_load(path, &options, &loaded, &error), &error)) return false;
    json_object_set_new(c->result, "loaded", json_boolean(loaded));
    json_array_foreach(names, i, name) if (json_is_string(name))
        json_object_set_new(values, json_string_value(name), text_or_null(getenv(json_string_value(name))));
    return true;
}

bool op_find_dotenv(struct world *w, struct call *c)
{
    (void)w;
    const char *directory, *filename;
    char found[ORM_PATH_SIZE];
    if (!call_text(c, "dir", true, &directory) || !call_text(c, "filename", false, &filename)) return false;
    c->result = text_or_null(orm_dotenv_find(directory, filename, found) ? found : NULL);
    return true;
}

bool op_getenv(struct world *w, struct call *c)
{
    (void)w;
    const char *name, *value;
    orm_error error;
    if (!call_text(c, "name", true, &name) || !judged(c, orm_getenv(name, &value, &error), &error)) return false;
    c->result = text_or_null(value);
    return true;
}

/* ---- URLs ---- */

/* A name that comes several times has a list. */
static void add_option(json_t *options, const char *name, const char *value)
{
    json_t *before = json_object_get(options, name);
    if (before == NULL)
        json_object_set_new(options, name, text_or_null(value));
    else if (json_is_array(before))
        json_array_append_new(before, text_or_null(value));
    else
        json_object_set_new(options, name, must(json_pack("[O, o]", before, text_or_null(value))));
}

bool op_parse_url(struct world *w, struct call *c)
{
    (void)w;
    const char *text;
    orm_url *url;
    orm_error error;
    if (!call_text(c, "url", false, &text) || !judged(c, orm_url_parse(text, &url, &error), &error)) return false;
    json_t *options = must(json_object());
    for (size_t i = 0; i < url->option_count; i++)
        add_option(options, url->options[i][0], url->options[i][1]);
    c->result = must(json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "dialect", url->dialect, "user",
                               text_or_null(url->user), "password", text_or_null(url->password), "host",
                               text_or_null(url->host), "port", url->port > 0 ? json_integer(url->port) : json_null(),
                               "database", text_or_null(url->database), "options", options));
    orm_url_close(&url);
    return true;
}
