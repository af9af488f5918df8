/* ormspec: the command line. */
#include "base/memory.h"
#include "base/path.h"
#include "run/commands.h"
#include "run/complain.h"

#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name, *says; /* NULL: not for people */
    int (*run)(const struct place_of_run *place, int count, char **words);
} commands[] = {
    {"run", "judge an implementation", command_run},
    {"replay", "send what a transcript has again, and judge it anew", command_replay},
    {"list", "print the ids of the cases, or the coverage by chapter", command_list},
    {"explain", "tell a behaviour or a case", command_explain},
    {"lint", "check the specification itself", command_lint},
    {"schemas", "print the named schemas, for testees with compiled-in models", command_schemas},
    {"report", "tell results files again: text, HTML, JUnit, TAP, a badge", command_report},
    {"book", "render the specification as a book", command_book},
    {"diff", "say what flipped between two results files", command_diff},
    {"merge", "join the results files of shards", command_merge},
    {"export", "print the specification as JSON, for other tools", command_export},
    {"vacuity", "measure how many cases testees pass that do nothing", command_vacuity},
    {"null-testee", NULL, command_null_testee},
    {"next", "say which capability of an adapter to declare next", command_next},
    {"new-adapter", "write an adapter to begin with", command_new_adapter},
    {"doctor", "check an adapter before its first run", command_doctor},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(FILE *out, const char *program)
{
    fprintf(out, "usage: %s COMMAND [OPTION]…\n\nAn executable specification for object-relational mappers.\n\n",
            program);
    for (size_t i = 0; i < COMMANDS; i++) {
        if (commands[i].says != NULL) {
            fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].says);
        }
    }
    fprintf(out, "\n%s COMMAND --help tells more; %s --version names the version of the specification.\n", program,
            program);
}

static bool is_root(const char *folder)
{
    char *file = path_join(folder, "spec/suite.yaml");
    bool found = path_is_file(file);
    free(file);
    return found;
}

/* ORMSPEC_ROOT, or the nearest folder above the program that holds spec/suite.yaml, itself or in share/ormspec, where it is installed. */
static char *find_root(void)
{
    const char *named = getenv("ORMSPEC_ROOT");
    if (named != NULL && *named != '\0') {
        char *whole = realpath(named, NULL);
        if (whole == NULL || !is_root(whole)) {
            complain("ORMSPEC_ROOT=%s: there is no spec/suite.yaml", named);
            free(whole);
            return NULL;
        }
        return whole;
    }
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length < 0 ? 0 : length] = '\0';
    for (char *slash; (slash = strrchr(program, '/')) != NULL && slash > program;) {
        *slash = '\0';
        if (is_root(program)) {
            return memory_copy(program);
        }
        char *installed = path_join(program, "share/ormspec");
        if (is_root(installed)) {
            return installed;
        }
        free(installed);
    }
    complain("no folder above the program holds spec/suite.yaml: set ORMSPEC_ROOT");
    return NULL;
}

static int print_version(const char *root)
{
    size_t refused = 0;
    struct spec *spec = spec_load(root, NULL, complain_place, &refused);
    if (spec == NULL) {
        return 2;
    }
    printf("ormspec, suite %s, protocol %d\n", spec->version, SPEC_PROTOCOL);
    spec_free(spec);
    return 0;
}

int main(int count, char **words)
{
    /* Children get descriptors 0 to 2 by dup2: ours must not lie there. */
    for (int fd; (fd = open("/dev/null", O_RDWR | O_CLOEXEC)) >= 0;) {
        if (fd > STDERR_FILENO) {
            close(fd);
            break;
        }
        fcntl(fd, F_SETFD, 0);
    }
    setlocale(LC_CTYPE, "C.UTF-8");
    memory_guard_json();
    const char *name = count > 1 ? words[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout, words[0]);
        return 0;
    }
    size_t chosen = 0;
    bool version = strcmp(name, "--version") == 0;
    while (chosen < COMMANDS && strcmp(commands[chosen].name, name) != 0) {
        chosen++;
    }
    if (chosen == COMMANDS && !version) {
        if (*name != '\0') {
            complain("unknown command %s", name);
        }
        print_help(stderr, words[0]);
        return 2;
    }
    char *root = find_root();
    if (root == NULL) {
        return 2;
    }
    struct place_of_run place = {.program = words[0], .root = root};
    int status = version ? print_version(root) : commands[chosen].run(&place, count - 2, words + 2);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        status = status == 0 ? 3 : status;
    }
    free(root);
    return status;
}
