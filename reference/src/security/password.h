/* Stored password hashes: method$salt$digest, the digest in lower case hexadecimal. */
#ifndef ORM_SECURITY_PASSWORD_H
#define ORM_SECURITY_PASSWORD_H
#include <openssl/types.h>
#include <orm.h>

enum { ORM__KEY_MAX = 64 };

/* How a key is made of password and salt, its costs checked. */
typedef struct orm__method {
    EVP_MD *digest;   /* of PBKDF2; NULL: scrypt */
    char name[32];    /* of the digest, as given */
    uint64_t n, r, p; /* of scrypt; `n` is the number of iterations of PBKDF2 */
    size_t key_size;
} orm__method;

/* "scrypt", "scrypt:n:r:p", "pbkdf2", "pbkdf2:digest", "pbkdf2:digest:iterations". `what` begins the message of a
 * refusal, whose status it has. */
orm_status orm__method_parse(const char *text, size_t size, orm_status refusal, const char *what, orm__method *,
                             orm_error *);
void orm__method_clear(orm__method *);
#endif
