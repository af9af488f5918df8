/* Password hashes: what is made, what is checked, what is refused, and passwords of objects. */
#include "security/password.h"
#include "support/support.h"
#include "support/world.h"
#include <ctype.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CHEAP "pbkdf2:sha256:1"
#define KEY                                                                                                            \
    "6ca804570203271c431fd91b1fd0cd20033b72e85ed60c7f5cb078fe637ce9fa" /* of "securepassword" and NaClNaCl, once */

static bool fits(const char *hash, const char *password)
{
    bool match = true;
    orm_error error = {0};
    cr_assert_eq(orm_verify_password(hash, password, &match, &error), ORM_OK, "%s: %s", hash, error.message);
    return match;
}

Test(password, made_by_the_method)
{
    static const struct {
        const char *method, *head;
        size_t key_digits;
    } rows[] = {
        {"scrypt:128:8:1", "scrypt:128:8:1$", 128},      {"scrypt: 0128 :+8:1", "scrypt:128:8:1$", 128},
        {"scrypt:2:1:4", "scrypt:2:1:4$", 128},          {"pbkdf2:sha1:10", "pbkdf2:sha1:10$", 40},
        {"pbkdf2:sha256:1_0", "pbkdf2:sha256:10$", 64},  {"pbkdf2:SHA512:1", "pbkdf2:SHA512:1$", 128},
        {"pbkdf2:sha3_256:1", "pbkdf2:sha3_256:1$", 64}, {"pbkdf2:blake2b:1", "pbkdf2:blake2b:1$", 128},
        {"pbkdf2:md5:1", "pbkdf2:md5:1$", 32},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char hash[ORM_PASSWORD_HASH_SIZE];
        orm_error error = {0};
        orm_status rc = orm_hash_password_with("secret", ORM_WHOLE, rows[i].method, 16, hash, sizeof hash, &error);
        cr_assert_eq(rc, ORM_OK, "%s: %s", rows[i].method, error.message);
        size_t head = strlen(rows[i].head);
        cr_assert_eq(strncmp(hash, rows[i].head, head), 0, "%s", hash);
        for (const char *at = hash + head; at < hash + head + 16; at++)
            cr_assert(isalnum((unsigned char)*at), "%s", hash);
        cr_assert_eq(hash[head + 16], '$');
        cr_assert_eq(strspn(hash + head + 17, "0123456789abcdef"), rows[i].key_digits);
        cr_assert_eq(strlen(hash), head + 17 + rows[i].key_digits);
        cr_assert(fits(hash, "secret"));
        cr_assert_not(fits(hash, "Secret"));
    }
}

/* Only looked at, because under valgrind a million iterations take minutes; of_a_typed_object hashes with the usual one. */
Test(password, usual_costs)
{
    static const struct {
        const char *method;
        uint64_t n, r, p;
        size_t key_size;
    } rows[] = {
        {"scrypt", 32768, 8, 1, 64},
        {"pbkdf2", 1000000, 0, 0, 32},
        {"pbkdf2:sha1", 1000000, 0, 0, 20},
        {"pbkdf2:sha256:7", 7, 0, 0, 32},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm__method m;
        cr_assert_eq(orm__method_parse(rows[i].method, strlen(rows[i].method), ORM_ARGUMENT, "", &m, NULL), ORM_OK);
        cr_assert(m.n == rows[i].n && m.r == rows[i].r && m.p == rows[i].p, "%s", rows[i].method);
        cr_assert_eq(m.key_size, rows[i].key_size);
        orm__method_clear(&m);
    }
}

Test(password, all_letters_come_into_salts)
{
    bool seen[256] = {false};
    char hash[ORM_PASSWORD_HASH_SIZE];
    for (int i = 0; i < 60; i++) {
        cr_assert_eq(orm_hash_password_with("x", 1, CHEAP, 64, hash, sizeof hash, NULL), ORM_OK);
        const char *salt = strchr(hash, '$') + 1;
        cr_assert_eq(strcspn(salt, "$"), 64);
        for (int k = 0; k < 64; k++)
            seen[(unsigned char)salt[k]] = true;
    }
    for (int c = 0; c < 256; c++)
        cr_assert_eq(seen[c], c < 128 && isalnum(c), "the character %d", c);
}

Test(password, size_counts)
{
    char hash[ORM_PASSWORD_HASH_SIZE];
    bool match;
    cr_assert_eq(orm_hash_password_with("a\0b", 3, CHEAP, 8, hash, sizeof hash, NULL), ORM_OK);
    cr_assert_eq(orm_verify_password_with(hash, ORM_WHOLE, "a\0b", 3, &match, NULL), ORM_OK);
    cr_assert(match);
    cr_assert_eq(orm_verify_password_with(hash, ORM_WHOLE, "a\0c", 3, &match, NULL), ORM_OK);
    cr_assert_not(match);
    cr_assert_not(fits(hash, "a"));
    static const char longer[] = CHEAP "$NaClNaCl$" KEY "\0x";
    cr_assert_eq(orm_verify_password_with(longer, sizeof longer - 1, "securepassword", ORM_WHOLE, &match, NULL),
                 ORM_OK);
    cr_assert_not(match);
}

Test(password, not_made)
{
    static const struct {
        const char *password, *method;
        int salt;
        size_t room;
        const char *message;
    } rows[] = {
        {NULL, CHEAP, 16, 256, "no password to hash"},
        {"x", CHEAP, 0, 256, "1 to 4096 characters, not 0"},
        {"x", CHEAP, -1, 256, "not -1"},
        {"x", CHEAP, 5000, 8192, "not 5000"},
        {"x", CHEAP, 16, 97, "needs 98 bytes, and 97 are given"},
        {"x", "", 16, 256, "neither scrypt nor pbkdf2"},
        {"x", "md5", 16, 256, "neither scrypt nor pbkdf2"},
        {"x", "SCRYPT", 16, 256, "neither scrypt nor pbkdf2"},
        {"x", "scrypt:", 16, 256, "three numbers"},
        {"x", "scrypt:128:8", 16, 256, "three numbers"},
        {"x", "scrypt:128:8:1:1", 16, 256, "three numbers"},
        {"x", "scrypt:128:8:x", 16, 256, "three numbers"},
        {"x", "scrypt:128::1", 16, 256, "three numbers"},
        {"x", "scrypt:1__28:8:1", 16, 256, "three numbers"},
        {"x", "scrypt:128_:8:1", 16, 256, "three numbers"},
        {"x", "scrypt:+ 128:8:1", 16, 256, "three numbers"},
        {"x", "scrypt:120:8:1", 16, 256, "no power of 2"},
        {"x", "scrypt:1:8:1", 16, 256, "no power of 2"},
        {"x", "scrypt:-128:8:1", 16, 256, "no power of 2"},
        {"x", "scrypt:128:0:1", 16, 256, "at least 1"},
        {"x", "scrypt:128:8:-1", 16, 256, "at least 1"},
        {"x", "scrypt:64:8:1", 16, 256, "too small"},
        {"x", "scrypt:2097152:8:1", 16, 256, "cost more"},
        {"x", "scrypt:4611686018427387904:8:1", 16, 256, "cost more"},
        {"x", "scrypt:1024:9223372036854775807:9223372036854775807", 16, 256, "cost more"},
        {"x", "pbkdf2:", 16, 256, "unknown digest"},
        {"x", "pbkdf2:nope:1", 16, 256, "unknown digest"},
        {"x", "pbkdf2:shake_128:1", 16, 256, "unknown digest"},
        {"x", "pbkdf2:shake128:1", 16, 256, "unknown digest"},
        {"x", "pbkdf2:a_name_of_a_digest_that_nobody_has:1", 16, 256, "unknown digest"},
        {"x", "pbkdf2:sha256:", 16, 256, "no number"},
        {"x", "pbkdf2:sha256:1:2", 16, 256, "two arguments"},
        {"x", "pbkdf2:sha256:0", 16, 256, "at least 1"},
        {"x", "pbkdf2:sha256:10000001", 16, 256, "cost more"},
        {"x", "pbkdf2:sha256:99999999999999999999999", 16, 256, "cost more"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char hash[8192] = "before";
        orm_error error = {0};
        orm_status rc = orm_hash_password_with(rows[i].password, ORM_WHOLE, rows[i].method, rows[i].salt, hash,
                                               rows[i].room, &error);
        cr_assert_eq(rc, ORM_ARGUMENT, "%s", rows[i].method);
        cr_assert_not_null(strstr(error.message, rows[i].message), "%s: %s", rows[i].method, error.message);
        cr_assert_str_empty(hash);
    }
    cr_assert_eq(orm_hash_password_with("x", 1, CHEAP, 16, NULL, 0, NULL), ORM_ARGUMENT);
}

Test(password, no_hash_fits_nobody)
{
    static const char *const rows[] = {
        "",
        "secret",
        "plain$secret",
        CHEAP "$NaClNaCl",
        CHEAP "$NaClNaCl$",
        CHEAP "$NaClNaCl$00",
        CHEAP "$$" KEY,
        CHEAP "$NaClNaCl$" KEY "$",
        CHEAP "$NaClNaCl$ " KEY,
        "pbkdf2:sha512:1$NaClNaCl$" KEY,
        "scrypt$salt$00",
        "scrypt:128:8:1$$00",
    };
    cr_assert(fits(CHEAP "$NaClNaCl$" KEY, "securepassword"));
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_assert_not(fits(rows[i], "securepassword"), "%s", rows[i]);
}

Test(password, malformed_hashes_are_errors_without_their_text)
{
    static const char *const rows[] = {
        "$$",
        "secret$secret$secret",
        " " CHEAP "$secret$00",
        "pbkdf2_sha256$1$secret$00",
        "pbkdf2:secret:1$secret$00",
        "pbkdf2:sha256:secret$s$00",
        "pbkdf2:sha256:1:2$s$00",
        "pbkdf2:sha256:1$s$\xC3\xA9",
        "scrypt:secret:8:1$s$00",
        "scrypt:1073741824:8:1$s$00",
        "$2b$12$secret",
        "pbkdf2:sha256:999999999$s$00",
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool match = true;
        orm_error error = {0};
        cr_assert_eq(orm_verify_password(rows[i], "securepassword", &match, &error), ORM_DATA, "%s", rows[i]);
        cr_assert_not(match);
        cr_assert_null(strstr(error.message, "secret"), "%s", error.message);
        cr_assert_eq(strncmp(error.message, "the stored hash: ", 17), 0, "%s", error.message);
    }
    bool match = true;
    cr_assert_eq(orm_verify_password(NULL, "x", &match, NULL), ORM_DATA);
    cr_assert_eq(orm_verify_password(CHEAP "$NaClNaCl$" KEY, NULL, &match, NULL), ORM_ARGUMENT);
    cr_assert_not(match);
}

/* ---- of objects ---- */

ALL(password, of_an_object)
{
    orm_object *user = fresh_user(w, "haris");
    bool match = true;
    OK(w, orm_set_password_with(user, "email", "secure", ORM_WHOLE, CHEAP));
    cr_assert_eq(strncmp(text_of(user, "email"), CHEAP "$", 16), 0);
    OK(w, orm_commit(w->s));
    cr_assert_null(strstr(stored(w, "SELECT email FROM \"user\""), "secure"));
    OK(w, orm_check_password_with(user, "email", "secure", ORM_WHOLE, &match));
    cr_assert(match);
    OK(w, orm_check_password_with(user, "email", "Secure", ORM_WHOLE, &match));
    cr_assert_not(match);
    behind(w, "UPDATE \"user\" SET email = NULL");
    OK(w, orm_commit(w->s));
    cr_assert_eq(orm_check_password_with(user, "email", "secure", ORM_WHOLE, &match), ORM_DATA);
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, "no stored hash"));
    cr_assert_eq(orm_check_password_with(user, "id", "secure", ORM_WHOLE, &match), ORM_ARGUMENT);
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, "User.id holds no text"));
    cr_assert_eq(orm_check_password_with(user, "none", "secure", ORM_WHOLE, &match), ORM_ARGUMENT);
    cr_assert_eq(orm_set_password_with(user, "none", "secure", ORM_WHOLE, CHEAP), ORM_ARGUMENT);
    cr_assert_eq(orm_set_password_with(user, "id", "secure", ORM_WHOLE, CHEAP), ORM_DATA);
    cr_assert_eq(orm_set_password_with(user, "email", "secure", ORM_WHOLE, "md5"), ORM_ARGUMENT);
    cr_assert_eq(orm_set_password_with(user, "email", NULL, ORM_WHOLE, CHEAP), ORM_ARGUMENT);
    cr_assert_eq(orm_set_password_with(NULL, "email", "x", ORM_WHOLE, CHEAP), ORM_ARGUMENT);
    cr_assert_eq(orm_check_password_with(NULL, "email", "x", ORM_WHOLE, &match), ORM_ARGUMENT);
    cr_assert_not(match);
}

Test(password, of_a_typed_object)
{
    world w;
    bool match = false;
    world_open(&w, TYPED_SQLITE);
    User *user = orm_new(w.s, User);
    user->username = "haris";
    cr_assert_eq(orm_set_password(user, email, "secure"), ORM_OK);
    cr_assert_eq(strlen(user->email), 162);
    cr_assert_eq(strncmp(user->email, "scrypt:32768:8:1$", 17), 0);
    cr_assert_eq(orm_check_password(user, email, "secure", &match), ORM_OK);
    cr_assert(match);
    world_close(&w);
}

static orm_status set_and_check(void *context)
{
    (void)context;
    orm_database *db = NULL;
    orm_session *s = NULL;
    bool match = false;
    orm_status rc;
    ORM_TRY(orm_open("sqlite://", &blog, NULL, &db, NULL));
    ORM_TRY(orm_session_open(db, &s, NULL));
    User *user = orm_new(s, User);
    if (user == NULL) ORM_TRY(ORM_NOMEM);
    ORM_TRY(orm_set_password_with(&user->orm, "email", "secure", ORM_WHOLE, CHEAP));
    ORM_TRY(orm_check_password_with(&user->orm, "email", "secure", ORM_WHOLE, &match));
    cr_assert(match);
fail:
    orm_session_close(&s);
    orm_close(&db);
    return rc;
}

Test(password, every_allocation_may_fail)
{
    faults_sweep(set_and_check, NULL);
}
