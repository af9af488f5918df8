#include "migrate/lexer.h"
#include "migrate/steps.h"
#include <string.h>

enum { LONGEST_NAME = 1024 };

typedef struct reading {
    orm__steps *steps;
    const char *path;
    const orm__dialect *dialect;
    bool down;
    bool in_section, mine; /* the section in hand runs here, now */
    orm_error *error;
} reading;

static int shown(size_t size)
{
    return size < 80 ? (int)size : 80;
}

static orm__token first_token(const orm__syntax *syntax, const orm__statement_text *text, orm__lexer *lexer)
{
    *lexer = orm__lexer_on(syntax, text->at, text->size, text->line);
    return orm__lex_solid(lexer);
}

/* "upgrade", "downgrade postgresql" */
static orm_status begin_section(reading *r, orm__lexer *file, bool down, orm__lexer *line, const orm__statement_text *text)
{
    char name[LONGEST_NAME];
    orm__token token = orm__lex_solid(line);
    const orm__dialect *dialect = r->dialect;
    if (token.kind != ORM__AT_END) {
        dialect = orm__token_name(&token, name, sizeof name) ? orm__dialect_named(name) : NULL;
        token = orm__lex_solid(line);
    }
    if (dialect == NULL || token.kind != ORM__AT_END)
        return orm__fail(r->error, ORM_MIGRATION, "%s:%zu: '%.*s': a section is for both databases, or for sqlite or postgresql", r->path,
                         text->line, shown(text->size), text->at);
    file->syntax = &dialect->syntax;
    r->in_section = true;
    r->mine = down == r->down && dialect == r->dialect;
    return ORM_OK;
}

static orm_status push(reading *r, const orm__step *step)
{
    orm__steps *steps = r->steps;
    if (!orm__grow(&steps->at, sizeof *steps->at, steps->count, &steps->capacity)) return orm__nomem(r->error);
    steps->at[steps->count++] = *step;
    return ORM_OK;
}

static orm_status take_alter(reading *r, orm__lexer *line, const orm__statement_text *text)
{
    char name[LONGEST_NAME];
    orm__text whole = { 0 };
    orm__step step = { .kind = ORM__STEP_ALTER, .line = text->line };
    orm__token token = orm__lex_solid(line);
    bool named = orm__token_is(&token, "table");
    if (named) {
        token = orm__lex_solid(line);
        named = orm__token_name(&token, name, sizeof name);
    }
    const char *rest = line->at, *end = text->at + text->size;
    if (named && rest < end && *rest == '.') { /* of a schema */
        orm__lex_solid(line);
        token = orm__lex_solid(line);
        named = orm__token_name(&token, name, sizeof name);
        rest = line->at;
    }
    while (rest < end && (*rest == ' ' || *rest == '\t')) rest++;
    if (!named || rest == end)
        return orm__fail(r->error, ORM_MIGRATION, "%s:%zu: '%.*s': it is written: alter table NAME CHANGE", r->path, text->line,
                         shown(text->size), text->at);
    if (!r->mine) return ORM_OK;
    orm__text_add(&whole, "ALTER ");
    orm__text_add_n(&whole, text->at + strlen("alter "), text->size - strlen("alter "));
    step.text = whole.failed ? NULL : orm__arena_copy(&r->steps->arena, whole.at, whole.size);
    orm__text_free(&whole);
    step.table = orm__arena_copy(&r->steps->arena, name, strlen(name));
    step.action = orm__arena_copy(&r->steps->arena, rest, (size_t)(end - rest));
    if (step.text == NULL || step.table == NULL || step.action == NULL) return orm__nomem(r->error);
    return push(r, &step);
}

static orm_status take_directive(reading *r, orm__lexer *file, const orm__statement_text *text)
{
    orm__lexer line;
    orm__token word = first_token(&r->dialect->syntax, text, &line);
    bool down = orm__token_is(&word, "downgrade");
    if (down || orm__token_is(&word, "upgrade")) return begin_section(r, file, down, &line, text);
    if (!r->in_section) return ORM_OK; /* the header */
    if (orm__token_is(&word, "alter")) return take_alter(r, &line, text);
    if (orm__token_is(&word, "decide")) {
        if (!r->mine || r->steps->decision != NULL) return ORM_OK;
        const char *rest = line.at, *end = text->at + text->size;
        while (rest < end && *rest == ' ') rest++;
        r->steps->decision = orm__arena_copy(&r->steps->arena, rest, (size_t)(end - rest));
        r->steps->decision_line = text->line;
        return r->steps->decision == NULL ? orm__nomem(r->error) : ORM_OK;
    }
    if (orm__token_is(&word, "irreversible")) {
        r->steps->irreversible = r->steps->irreversible || r->mine;
        return ORM_OK;
    }
    return orm__fail(r->error, ORM_MIGRATION,
                     "%s:%zu: there is no '-- orm: %.*s': known in a section are alter table, decide, irreversible, upgrade, downgrade", r->path,
                     text->line, shown(text->size), text->at);
}

/* A revision is one transaction, which liborm begins and ends. */
static bool ends_transaction(const orm__token *word)
{
    static const char *const words[] = { "begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (orm__token_is(word, words[i])) return true;
    return false;
}

static orm_status take_statement(reading *r, const orm__lexer *file, const orm__statement_text *text)
{
    orm__lexer line;
    orm__token word = first_token(file->syntax, text, &line);
    if (!r->in_section)
        return orm__fail(r->error, ORM_MIGRATION, "%s:%zu: a statement stands before the first section", r->path, text->line);
    if (ends_transaction(&word))
        return orm__fail(r->error, ORM_MIGRATION, "%s:%zu: a revision is one transaction: %.*s has no place in it", r->path, text->line,
                         (int)word.size, word.at);
    if (!r->mine) return ORM_OK;
    orm__step step = { .kind = ORM__STEP_SQL, .line = text->line, .text = orm__arena_copy(&r->steps->arena, text->at, text->size) };
    return step.text == NULL ? orm__nomem(r->error) : push(r, &step);
}

orm_status orm__steps_read(orm__steps *steps, const char *path, const char *text, size_t size, const orm__dialect *dialect,
                           bool down, orm_error *error)
{
    reading r = { .steps = steps, .path = path, .dialect = dialect, .down = down, .error = error };
    orm__lexer lexer = orm__lexer_on(&dialect->syntax, text, size, 1);
    orm__statement_text found;
    orm_status rc = ORM_OK;
    *steps = (orm__steps){ 0 };
    for (bool more = true; more && rc == ORM_OK;) {
        switch (orm__next_statement(&lexer, &found)) {
        case ORM__NOTHING: more = false; break;
        case ORM__A_STATEMENT: rc = take_statement(&r, &lexer, &found); break;
        case ORM__A_DIRECTIVE: rc = take_directive(&r, &lexer, &found); break;
        case ORM__NOT_CLOSED:
            rc = orm__fail(error, ORM_MIGRATION, "%s:%zu: what begins here does not end: is a quote or a ; missing?", path, found.line);
            break;
        case ORM__NOT_ENDED:
            rc = orm__fail(error, ORM_MIGRATION, "%s:%zu: the statement that begins here has no ; before the next line '-- orm:'", path,
                           found.line);
            break;
        }
    }
    if (rc != ORM_OK) orm__steps_free(steps);
    return rc;
}

void orm__steps_free(orm__steps *steps)
{
    orm__free(steps->at);
    orm__arena_free(&steps->arena);
    *steps = (orm__steps){ 0 };
}
