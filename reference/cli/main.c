/* orm: the command line of liborm. */
#include "cli.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: orm db COMMAND …     revisions of the database's tables: `orm db --help`\n"
    "       orm --version\n"
    "       orm --help\n";

int complain(const struct arguments *a, int code, const char *format, ...)
{
    va_list list;
    fprintf(stderr, "orm db%s%s: ", a->command != NULL ? " " : "", a->command != NULL ? a->command : "");
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    return code;
}

int complain_of(const struct arguments *a, const orm_error *error)
{
    return complain(a, CLI_FAILED, "%s", *error->message != '\0' ? error->message : orm_status_text(error->status));
}

int main(int argc, char **argv)
{
    char version[32];
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("orm %s\n", orm_version_of("liborm", version));
        return CLI_DONE;
    }
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(usage, stdout);
        return CLI_DONE;
    }
    if (argc >= 2 && strcmp(argv[1], "db") == 0) return db_command(argc - 2, argv + 2);
    fputs(usage, stderr);
    return CLI_USAGE;
}
