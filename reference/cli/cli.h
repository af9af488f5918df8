/* What the parts of the `orm` command share. It uses liborm as any program does. */
#ifndef CLI_CLI_H
#define CLI_CLI_H
#include <orm.h>

/* Exit codes. */
enum cli_exit { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_DIFFERENT = 3 };

/* The words of a command after its options were taken out. */
struct arguments {
    const char *command;      /* "upgrade" */
    const char *directory;    /* -d; "migrations" */
    const char *models;       /* --models, or ORM_MODELS */
    const char *message, *id, *head, *label, *range;
    const char *depends[16];
    size_t depends_count;
    bool sql, splice, purge, keep_tables, verbose, current, help;
    const char *words[32];
    size_t count;
};

/* One line on standard error: "orm db upgrade: …". Gives the exit code back. */
int complain(const struct arguments *, int code, const char *format, ...) ORM_PRINTF_(3, 4);
int complain_of(const struct arguments *, const orm_error *);

/* The models of a shared object; `library` is to be closed with dlclose after the last use of them. */
bool models_load(const struct arguments *, void **library, const orm_schema **, int *code);
/* DATABASE_URL from the environment, or from .env. */
bool database_open(const struct arguments *, const orm_schema *, orm_database **, int *code);

/* `orm db …` */
int db_command(int count, char **words);
#endif
