/* Configuration and passwords: the database's URL comes from .env or from the environment, a user's password is stored as a hash.
 * `login [DIRECTORY]` looks for .env from that directory upwards, and from the working directory otherwise. */
#include <orm.h>
#include <stdio.h>

ORM_DECLARE(Account);
struct Account {
    orm_object  orm;
    int64_t     id;
    const char *username, *password_hash;
};

static const orm_column account_columns[] = {
    ORM_COLUMN(Account, id, .primary_key = true),
    ORM_COLUMN(Account, username, .length = 80, .unique = true, .not_null = true),
    ORM_COLUMN(Account, password_hash, .length = 256, .not_null = true),
};
ORM_MODEL(Account, .columns = ORM_ARRAY(account_columns));
ORM_SCHEMA(accounts, &Account_model);

static orm_status sign_up(orm_session *s, const char *username, const char *password)
{
    orm_status rc;
    Account *account = orm_new(s, Account);
    if (account == NULL) return ORM_NOMEM;
    account->username = username;
    ORM_TRY(orm_set_password(account, password_hash, password));
    ORM_TRY(orm_add(s, account));
    rc = orm_commit(s);
fail:
    return rc;
}

/* if (user && user->check_password(password)) */
static orm_status log_in(orm_session *s, const char *username, const char *password, bool *welcome)
{
    Account *account;
    Account_query q = orm_query(s, Account);
    orm_status rc;
    *welcome = false;
    orm_filter_by(q, username, username);
    ORM_TRY(orm_first(q, &account));
    if (account != NULL) ORM_TRY(orm_check_password(account, password_hash, password, welcome));
fail:
    return rc;
}

int main(int argc, char **argv)
{
    static const char *const tries[][2] = { { "haris", "securepassword" }, { "haris", "Securepassword" }, { "nobody", "securepassword" } };
    orm_database *db = NULL;
    orm_session *s = NULL;
    orm_error error = { 0 };
    char file[ORM_PATH_SIZE];
    const char *url;
    orm_status rc;

    if (orm_dotenv_find(argc > 1 ? argv[1] : NULL, NULL, file)) ORM_TRY(orm_dotenv_load(file, NULL, NULL, &error));
    if (orm_getenv("DATABASE_URL", &url, &error) != ORM_OK) {
        printf("%s; so the database is in memory\n", error.message);
        url = "sqlite://";
    }
    ORM_TRY(orm_open(url, &accounts, NULL, &db, &error));
    ORM_TRY(orm_create_all(db, &error));
    ORM_TRY(orm_session_open(db, &s, &error));
    rc = sign_up(s, "haris", "securepassword");
    for (size_t i = 0; rc == ORM_OK && i < sizeof tries / sizeof tries[0]; i++) {
        bool welcome;
        rc = log_in(s, tries[i][0], tries[i][1], &welcome);
        if (rc == ORM_OK) printf("%s: %s\n", tries[i][0], welcome ? "welcome" : "no");
    }
    if (rc != ORM_OK) error = *orm_session_error(s);
fail:
    if (rc != ORM_OK) fprintf(stderr, "login: %s\n", error.message);
    orm_session_close(&s);
    orm_close(&db);
    return rc == ORM_OK ? 0 : 1;
}
