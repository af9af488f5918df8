/* Models from a shared object, the database from the environment. */
#include "cli.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool models_load(const struct arguments *a, void **library, const orm_schema **out, int *code)
{
    const char *path = a->models != NULL ? a->models : getenv("ORM_MODELS");
    char here[ORM_PATH_SIZE];
    if (path == NULL || *path == '\0') {
        *code = complain(a, CLI_USAGE, "it needs the models: say --models ./libapp.so, or set ORM_MODELS");
        return false;
    }
    /* without a slash the system's folders would be searched */
    snprintf(here, sizeof here, "%s%s", strchr(path, '/') == NULL ? "./" : "", path);
    *library = dlopen(here, RTLD_NOW | RTLD_LOCAL);
    if (*library == NULL) {
        *code = complain(a, CLI_FAILED, "the models cannot be loaded: %s", dlerror());
        return false;
    }
    *out = dlsym(*library, "orm_models");
    if (*out == NULL) {
        *code = complain(a, CLI_FAILED,
                         "%s has no symbol orm_models: write ORM_SCHEMA(orm_models, &User_model, …) in it, and compile it with -fPIC -shared", here);
        dlclose(*library);
        *library = NULL;
        return false;
    }
    return true;
}

bool database_open(const struct arguments *a, const orm_schema *schema, orm_database **out, int *code)
{
    static const orm_schema nothing;
    const char *url = NULL;
    orm_error error;
    orm_status rc = orm_dotenv_load(NULL, NULL, NULL, &error);
    if (rc == ORM_OK) rc = orm_getenv("DATABASE_URL", &url, &error);
    if (rc == ORM_OK) rc = orm_open(url, schema != NULL ? schema : &nothing, NULL, out, &error);
    if (rc == ORM_OK) return true;
    if (url == NULL && rc == ORM_CONFIG)
        *code = complain(a, CLI_FAILED, "%s: set it, or write it into .env, as sqlite:///app.db or postgresql://user:password@host/name", error.message);
    else
        *code = complain_of(a, &error);
    return false;
}
