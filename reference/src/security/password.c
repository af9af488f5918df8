/* Password hashes as Werkzeug writes and reads them. libcrypto does the mathematics; no key outlives its call. */
#include "security/password.h"
#include "base/error.h"
#include "base/utf8.h"
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

enum {
    SCRYPT_N = 32768,
    SCRYPT_R = 8,
    SCRYPT_P = 1,
    PBKDF2_ITERATIONS = 1000000,
    /* Costs that no server asks for on purpose: ten times the default work for PBKDF2, 1 GiB of memory for scrypt. */
    PBKDF2_MOST = 10 * PBKDF2_ITERATIONS,
    SCRYPT_MEMORY_MOST = 1 << 30,
    SALT_MOST = 4096,
};
/* The described system gives scrypt 132 n r p bytes, counted in 31 bits, of which the algorithm must have enough. */
static const uint64_t scrypt_allowance = 132;

/* ---- methods ---- */

typedef struct span {
    const char *at;
    size_t size;
} span;

static bool is_word(span s, const char *word)
{
    return s.size == strlen(word) && memcmp(s.at, word, s.size) == 0;
}

/* Cuts off what stands before `mark`. False: there is none, and all of it is the part. */
static bool cut(span *rest, char mark, span *part)
{
    const char *found = rest->size == 0 ? NULL : memchr(rest->at, mark, rest->size);
    *part = *rest;
    if (found == NULL) return false;
    part->size = (size_t)(found - rest->at);
    *rest = (span){found + 1, rest->size - part->size - 1};
    return true;
}

/* A whole number as the described system's language reads one: white space around it, a sign, single underscores
 * within. */
static bool parse_whole(span s, int64_t *out)
{
    const char *at = s.at, *end = s.at + s.size, *last = s.at;
    for (size_t size; (size = orm__space_size(at, end)) > 0;)
        at += size;
    last = at;
    for (const char *c = at; c < end;) {
        size_t size = orm__space_size(c, end);
        c += size > 0 ? size : 1;
        if (size == 0) last = c;
    }
    bool negative = at < last && *at == '-';
    if (at < last && (*at == '-' || *at == '+')) at++;
    if (at == last || last[-1] == '_' || *at == '_') return false;
    int64_t value = 0;
    for (; at < last; at++) {
        if (*at == '_' && at[1] != '_') continue;
        if (*at < '0' || *at > '9') return false;
        value = value > (INT64_MAX - 9) / 10 ? INT64_MAX : value * 10 + (*at - '0');
    }
    *out = negative ? -value : value;
    return true;
}

typedef struct parser {
    orm__method *method;
    orm_status refusal;
    const char *what;
    orm_error *error;
} parser;

#define REFUSE(p, ...) orm__fail((p)->error, (p)->refusal, __VA_ARGS__)

static orm_status check_scrypt(parser *p, int64_t n, int64_t r, int64_t q)
{
    const uint64_t most = INT32_MAX / scrypt_allowance;
    if (n < 2 || (n & (n - 1)) != 0) return REFUSE(p, "%s: scrypt's n is no power of 2 above 1", p->what);
    if (r < 1 || q < 1) return REFUSE(p, "%s: scrypt's r and p are at least 1", p->what);
    uint64_t un = (uint64_t)n, ur = (uint64_t)r, up = (uint64_t)q;
    if (un > most || ur > most / un || up > most / (un * ur) || un * ur * 128 > SCRYPT_MEMORY_MOST)
        return REFUSE(p, "%s: scrypt's n, r and p cost more than is ever meant", p->what);
    if (128 * ur * (un + 2 + up) > scrypt_allowance * un * ur * up)
        return REFUSE(p, "%s: scrypt's n is too small for its p", p->what);
    p->method->n = un, p->method->r = ur, p->method->p = up;
    return ORM_OK;
}

static orm_status parse_scrypt(parser *p, bool given, span arguments)
{
    int64_t number[3] = {SCRYPT_N, SCRYPT_R, SCRYPT_P};
    for (int i = 0; given && i < 3; i++) {
        span argument;
        bool more = cut(&arguments, ':', &argument);
        if (more != (i < 2) || !parse_whole(argument, &number[i]))
            return REFUSE(p, "%s: scrypt takes three numbers, n:r:p", p->what);
    }
    p->method->key_size = 64;
    return check_scrypt(p, number[0], number[1], number[2]);
}

/* libcrypto knows some digests by other names than the described system's language. */
static const char *const synonyms[][2] = {
    {"sha3_224", "sha3-224"},     {"sha3_256", "sha3-256"},     {"sha3_384", "sha3-384"},  {"sha3_512", "sha3-512"},
    {"sha512_224", "sha512-224"}, {"sha512_256", "sha512-256"}, {"blake2b", "blake2b512"}, {"blake2s", "blake2s256"},
};

static orm_status fetch_digest(parser *p, span name)
{
    orm__method *m = p->method;
    if (name.size == 0 || name.size >= sizeof m->name || memchr(name.at, '\0', name.size) != NULL)
        return REFUSE(p, "%s: PBKDF2 with an unknown digest", p->what);
    memcpy(m->name, name.at, name.size);
    const char *known = m->name;
    for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++)
        if (strcmp(m->name, synonyms[i][0]) == 0) known = synonyms[i][1];
    m->digest = EVP_MD_fetch(NULL, known, NULL);
    ERR_clear_error();
    if (m->digest == NULL || (EVP_MD_get_flags(m->digest) & EVP_MD_FLAG_XOF) != 0 || EVP_MD_get_size(m->digest) < 1 ||
        EVP_MD_get_size(m->digest) > ORM__KEY_MAX)
        return REFUSE(p, "%s: PBKDF2 with an unknown digest", p->what);
    m->key_size = (size_t)EVP_MD_get_size(m->digest);
    return ORM_OK;
}

static orm_status parse_pbkdf2(parser *p, bool given, span arguments)
{
    span name = {"sha256", 6};
    int64_t iterations = PBKDF2_ITERATIONS;
    bool counted = given && cut(&arguments, ':', &name);
    orm_status rc = fetch_digest(p, name);
    if (rc != ORM_OK) return rc;
    if (counted && arguments.size > 0 && memchr(arguments.at, ':', arguments.size) != NULL)
        return REFUSE(p, "%s: pbkdf2 takes two arguments, digest:iterations", p->what);
    if (counted && !parse_whole(arguments, &iterations))
        return REFUSE(p, "%s: PBKDF2's iterations are no number", p->what);
    if (iterations < 1) return REFUSE(p, "%s: PBKDF2's iterations are at least 1", p->what);
    if (iterations > PBKDF2_MOST) return REFUSE(p, "%s: PBKDF2's iterations cost more than is ever meant", p->what);
    p->method->n = (uint64_t)iterations;
    return ORM_OK;
}

orm_status orm__method_parse(const char *text, size_t size, orm_status refusal, const char *what, orm__method *out,
                             orm_error *error)
{
    parser p = {out, refusal, what, error};
    span rest = {text, size}, name;
    *out = (orm__method){0};
    bool given = cut(&rest, ':', &name);
    orm_status rc = is_word(name, "scrypt")   ? parse_scrypt(&p, given, rest)
                    : is_word(name, "pbkdf2") ? parse_pbkdf2(&p, given, rest)
                                              : REFUSE(&p, "%s: its method is neither scrypt nor pbkdf2", what);
    if (rc != ORM_OK) orm__method_clear(out);
    return rc;
}

void orm__method_clear(orm__method *method)
{
    EVP_MD_free(method->digest);
    *method = (orm__method){0};
}

/* ---- keys ---- */

/* Into `hex`, of 2 * ORM__KEY_MAX + 1 bytes. */
static orm_status derive(const orm__method *m, const char *password, size_t size, span salt, char *hex,
                         orm_error *error)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char key[ORM__KEY_MAX];
    if (size > INT_MAX || salt.size > INT_MAX) return orm__fail(error, ORM_ARGUMENT, "a password of more than 2 GiB");
    int done = m->digest != NULL ? PKCS5_PBKDF2_HMAC(password, (int)size, (const unsigned char *)salt.at,
                                                     (int)salt.size, (int)m->n, m->digest, (int)m->key_size, key)
                                 : EVP_PBE_scrypt(password, size, (const unsigned char *)salt.at, salt.size, m->n, m->r,
                                                  m->p, scrypt_allowance * m->n * m->r * m->p, key, m->key_size);
    ERR_clear_error();
    for (size_t i = 0; i < m->key_size; i++) {
        hex[2 * i] = digits[key[i] >> 4];
        hex[2 * i + 1] = digits[key[i] & 15];
    }
    hex[2 * m->key_size] = '\0';
    OPENSSL_cleanse(key, sizeof key);
    /* the costs were checked before, so that only the memory for them can be lacking */
    return done == 1 ? ORM_OK : orm__nomem(error);
}

static orm_status make_salt(char *salt, size_t size, orm_error *error)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    enum { LETTERS = sizeof letters - 1, FAIR = 256 - 256 % LETTERS };
    unsigned char random[64];
    for (size_t made = 0; made < size;) {
        if (RAND_bytes(random, sizeof random) != 1) {
            ERR_clear_error();
            return orm__fail(error, ORM_FAILURE, "the system gives no random numbers for a salt");
        }
        for (size_t i = 0; i < sizeof random && made < size; i++)
            if (random[i] < FAIR) salt[made++] = letters[random[i] % LETTERS];
    }
    return ORM_OK;
}

/* ---- what orm.h has ---- */

static size_t whole(const char *text, size_t size)
{
    return size == ORM_WHOLE ? strlen(text) : size;
}

orm_status orm_hash_password_with(const char *password, size_t size, const char *method, int salt_length, char *out,
                                  size_t out_size, orm_error *error)
{
    char head[96], hex[2 * ORM__KEY_MAX + 1] = "";
    orm__method m = {0};
    orm_status rc;
    if (out_size > 0) out[0] = '\0';
    if (password == NULL) return orm__fail(error, ORM_ARGUMENT, "there is no password to hash (NULL)");
    if (salt_length < 1 || salt_length > SALT_MOST)
        return orm__fail(error, ORM_ARGUMENT, "a salt has 1 to %d characters, not %d", SALT_MOST, salt_length);
    if (method == NULL) method = "scrypt";
    ORM_TRY(orm__method_parse(method, strlen(method), ORM_ARGUMENT, "the method of a password hash", &m, error));
    if (m.digest != NULL)
        snprintf(head, sizeof head, "pbkdf2:%s:%llu$", m.name, (unsigned long long)m.n);
    else
        snprintf(head, sizeof head, "scrypt:%llu:%llu:%llu$", (unsigned long long)m.n, (unsigned long long)m.r,
                 (unsigned long long)m.p);
    size_t head_size = strlen(head), wanted = head_size + (size_t)salt_length + 1 + 2 * m.key_size + 1;
    if (wanted > out_size)
        ORM_TRY(
            orm__fail(error, ORM_ARGUMENT, "the password hash needs %zu bytes, and %zu are given", wanted, out_size));
    memcpy(out, head, head_size);
    char *salt = out + head_size;
    ORM_TRY(make_salt(salt, (size_t)salt_length, error));
    ORM_TRY(derive(&m, password, whole(password, size), (span){salt, (size_t)salt_length}, hex, error));
    salt[salt_length] = '$';
    memcpy(salt + salt_length + 1, hex, 2 * m.key_size + 1);
fail:
    if (rc != ORM_OK && out_size > 0) out[0] = '\0';
    OPENSSL_cleanse(hex, sizeof hex);
    orm__method_clear(&m);
    return rc;
}

orm_status orm_hash_password(const char *password, char hash[ORM_PASSWORD_HASH_SIZE], orm_error *error)
{
    return orm_hash_password_with(password, ORM_WHOLE, NULL, ORM_SALT_LENGTH, hash, ORM_PASSWORD_HASH_SIZE, error);
}

orm_status orm_verify_password_with(const char *hash, size_t hash_size, const char *password, size_t size, bool *match,
                                    orm_error *error)
{
    char hex[2 * ORM__KEY_MAX + 1] = "";
    orm__method m = {0};
    orm_status rc;
    *match = false;
    if (hash == NULL || password == NULL)
        return orm__fail(error, hash == NULL ? ORM_DATA : ORM_ARGUMENT, "there is no %s to check (NULL)",
                         hash == NULL ? "stored hash" : "password");
    span rest = {hash, whole(hash, hash_size)}, method, salt;
    if (!cut(&rest, '$', &method) || !cut(&rest, '$', &salt)) return ORM_OK; /* not of the form: no password fits it */
    ORM_TRY(orm__method_parse(method.at, method.size, ORM_DATA, "the stored hash", &m, error));
    for (size_t i = 0; i < rest.size; i++)
        if ((unsigned char)rest.at[i] >= 0x80)
            ORM_TRY(orm__fail(error, ORM_DATA, "the stored hash: its digest is not ASCII"));
    if (rest.size == 2 * m.key_size) {
        ORM_TRY(derive(&m, password, whole(password, size), salt, hex, error));
        *match = CRYPTO_memcmp(hex, rest.at, rest.size) == 0;
    }
    rc = ORM_OK;
fail:
    OPENSSL_cleanse(hex, sizeof hex);
    orm__method_clear(&m);
    return rc;
}

orm_status orm_verify_password(const char *hash, const char *password, bool *match, orm_error *error)
{
    return orm_verify_password_with(hash, ORM_WHOLE, password, ORM_WHOLE, match, error);
}
