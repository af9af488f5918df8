#include "fuzz.h"
#include "security/password.h"
#include <orm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A finding must end the process: then the fuzzer keeps the input. */
#define HOLDS(claim)                                                                                                   \
    do {                                                                                                               \
        if (!(claim)) {                                                                                                \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #claim);                                  \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Reads every byte, so that a sanitizer sees all of them. */
static size_t touch(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

static char *with_nul(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    HOLDS(text != NULL);
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

void fuzz_dotenv(const uint8_t *data, size_t size)
{
    if (size == 0) return;
    const orm_dotenv_options options = {.no_interpolation = data[0] & 1,
                                        .encoding = (orm_encoding)(data[0] >> 1 & 3) % 3};
    orm_dotenv *file;
    orm_error error = {0};
    orm_status rc = orm_dotenv_parse((const char *)data + 1, size - 1, &options, &file, &error);
    HOLDS((rc == ORM_OK) == (file != NULL));
    HOLDS(rc == ORM_OK || rc == ORM_DATA);
    HOLDS((rc == ORM_OK) == (error.message[0] == '\0'));
    if (file == NULL) return;
    for (size_t i = 0; i < file->count; i++) {
        HOLDS(touch(file->at[i].name) > 0);
        HOLDS(orm_dotenv_get(file, file->at[i].name) == file->at[i].value);
        touch(file->at[i].value);
    }
    for (size_t i = 0; i < file->unparsed_count; i++)
        HOLDS(file->unparsed[i] > (i == 0 ? 0 : file->unparsed[i - 1]));
    orm_dotenv_close(&file);
}

void fuzz_url(const uint8_t *data, size_t size)
{
    char *text = with_nul(data, size);
    orm_url *url;
    orm_error error = {0};
    orm_status rc = orm_url_parse(text, &url, &error);
    HOLDS(rc == ORM_OK || rc == ORM_CONFIG);
    HOLDS((rc == ORM_OK) == (url != NULL));
    if (url != NULL) {
        HOLDS(touch(url->dialect) > 0);
        HOLDS(url->port >= 0 && url->port <= 65535);
        touch(url->user), touch(url->password), touch(url->host), touch(url->database);
        for (size_t i = 0; i < url->option_count; i++)
            HOLDS(touch(url->options[i][0]) + touch(url->options[i][1]) < 2 * size);
        orm_url_close(&url);
    }
    free(text);
}

void fuzz_password(const uint8_t *data, size_t size)
{
    enum { CHEAP = 4096 };
    const char *hash = (const char *)data, *dollar = size == 0 ? NULL : memchr(hash, '$', size);
    orm_error error = {0};
    orm__method method;
    orm_status rc = orm__method_parse(size == 0 ? "" : hash, dollar == NULL ? size : (size_t)(dollar - hash), ORM_DATA,
                                      "the method", &method, &error);
    HOLDS(rc == ORM_OK || rc == ORM_DATA);
    bool cheap = rc != ORM_OK || (method.digest != NULL ? method.n : method.n * method.r * method.p) <= CHEAP;
    if (rc == ORM_OK) HOLDS(method.key_size > 0 && method.key_size <= ORM__KEY_MAX);
    orm__method_clear(&method);
    if (!cheap || size == 0) return;
    bool match = true;
    rc = orm_verify_password_with(hash, size, "securepassword", ORM_WHOLE, &match, &error);
    HOLDS(rc == ORM_OK || rc == ORM_DATA);
    HOLDS(rc == ORM_OK || !match);
}
