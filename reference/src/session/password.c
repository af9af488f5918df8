/* Passwords of objects: a text column holds the hash. */
#include "session/session.h"
#include <openssl/crypto.h>
#include <string.h>

orm_status orm_set_password_with(orm_object *object, const char *member, const char *password, size_t size,
                                 const char *method)
{
    char hash[ORM_PASSWORD_HASH_SIZE];
    if (object == NULL || object->state == NULL) return ORM_ARGUMENT;
    orm_status rc = orm_hash_password_with(password, size, method, ORM_SALT_LENGTH, hash, sizeof hash,
                                           &object->state->session->error);
    if (rc == ORM_OK) rc = orm_write(object, member, orm_text(hash));
    OPENSSL_cleanse(hash, sizeof hash);
    return rc;
}

orm_status orm_check_password_with(orm_object *object, const char *member, const char *password, size_t size,
                                   bool *match)
{
    orm_value stored;
    *match = false;
    orm_status rc = orm_read(object, member, &stored);
    if (rc != ORM_OK) return rc;
    orm_error *error = &object->state->session->error;
    if (stored.type != ORM_STRING && stored.type != ORM_NULL)
        return orm__fail(error, ORM_ARGUMENT, "%s.%s holds no text, so no password hash", object->model->struct_name,
                         member);
    const char *hash = stored.type == ORM_STRING ? stored.u.s : NULL;
    return orm_verify_password_with(hash, hash == NULL ? 0 : stored.u.size, password, size, match, error);
}
