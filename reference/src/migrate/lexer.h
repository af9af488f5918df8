/* SQL text cut into tokens and statements: as much of SQL as one must know to see where a statement ends. */
#ifndef ORM_MIGRATE_LEXER_H
#define ORM_MIGRATE_LEXER_H
#include "base/text.h"
#include "dialect/dialect.h"

enum orm__token_kind {
    ORM__AT_END,
    ORM__SPACE,   /* and comments */
    ORM__WORD,    /* of letters, digits, _ and $: key words, plain names, numbers */
    ORM__NAME,    /* in double quotes, backticks or brackets */
    ORM__LITERAL, /* text in quotes, with E, X, B or U& in front, or between $$ */
    ORM__SYMBOL,  /* any other single character */
    ORM__BROKEN   /* something that is not closed: up to the end of the text */
};
typedef struct orm__token {
    enum orm__token_kind kind;
    const char *at;
    size_t size, line; /* lines count from 1 */
    bool directive;    /* a comment line that begins with "-- orm:" */
} orm__token;

typedef struct orm__lexer {
    const orm__syntax *syntax;
    const char *at, *end;
    size_t line;
    bool fresh; /* nothing but space since the line's begin */
} orm__lexer;

orm__lexer orm__lexer_on(const orm__syntax *, const char *text, size_t size, size_t first_line);
orm__token orm__lex(orm__lexer *);       /* the next token, spaces and comments too */
orm__token orm__lex_solid(orm__lexer *); /* the next one that is no space */

bool orm__token_is(const orm__token *, const char *word); /* a word without quotes, in any case; or a symbol */
/* A plain or quoted name without its quotes; false: it is no name, or does not fit. */
bool orm__token_name(const orm__token *, char *out, size_t size);

/* The next statement: without the space before it, without its semicolon and the space behind. */
typedef struct orm__statement_text {
    const char *at;
    size_t size, line;
} orm__statement_text;
enum orm__found {
    ORM__NOTHING,      /* the text is through */
    ORM__A_STATEMENT,
    ORM__A_DIRECTIVE,  /* a whole line "-- orm: …": what stands behind the colon */
    ORM__NOT_CLOSED,   /* a quote or comment that is open at the end, or a statement that the text ends in: where it begins */
    ORM__NOT_ENDED     /* a directive comes before the statement's semicolon: where the statement begins */
};
enum orm__found orm__next_statement(orm__lexer *, orm__statement_text *);
#endif
