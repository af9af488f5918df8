/* An adapter to begin with: it runs, greets, and says of everything else that it does not have it. */
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "run/arguments.h"
#include "run/commands.h"
#include "run/complain.h"
#include "run/templates.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_adapter_name(const char *name)
{
    return *name >= 'a' && *name <= 'z' && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

static bool has_language(const char *language)
{
    for (const struct template_file *file = template_files; file->language != NULL; file++) {
        if (strcmp(file->language, language) == 0) {
            return true;
        }
    }
    return false;
}

/* The text with the name put in. */
static char *fill(const char *text, const char *name)
{
    static const char place[] = "@NAME@";
    struct text out = {0};
    for (const char *found; (found = strstr(text, place)) != NULL; text = found + strlen(place)) {
        text_add_bytes(&out, text, (size_t)(found - text));
        text_add(&out, name);
    }
    text_add(&out, text);
    return text_take(&out);
}

/* Never over a file that is there. False: it was said. */
static bool write_file(const char *folder, const struct template_file *file, const char *name)
{
    char *path = path_join(folder, file->path), *text = fill(file->text, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file->executable ? 0777 : 0666);
    size_t length = strlen(text);
    bool good = fd >= 0 && write(fd, text, length) == (ssize_t)length;
    good = (fd < 0 || close(fd) == 0) && good;
    if (!good) {
        complain("new-adapter: %s: %s", path, strerror(errno));
    }
    free(text);
    free(path);
    return good;
}

static int make(const struct place_of_run *place, const char *name, const char *language, const char *where)
{
    char *folder = where != NULL ? memory_copy(where) : memory_format("%s/conformance/adapters/%s", place->root, name);
    bool good = true;
    if (mkdir(folder, 0777) != 0 && (where == NULL || errno != EEXIST)) {
        complain("new-adapter: %s: %s", folder, strerror(errno));
        good = false;
    }
    for (const struct template_file *file = template_files; file->language != NULL && good; file++) {
        good = strcmp(file->language, language) != 0 || write_file(folder, file, name);
    }
    if (good) {
        char *impl = where == NULL ? memory_copy(name) : memory_format("%s/testee", folder);
        printf("%s/testee answers `hello` and `reset`. Now:\n\n"
               "  %s doctor %s\n  %s run --impl %s --only 'crud.*' --progress 0\n\n"
               "Write open, define, new, get, set, store, remove, query and release, declare core, and run both again:\n"
               "spec/protocol.md has each operation, conformance/docs/adapters.md the way.\n",
               folder, place->program, impl, place->program, impl);
        free(impl);
    }
    free(folder);
    return good ? 0 : 2;
}

int command_new_adapter(const struct place_of_run *place, int count, char **words)
{
    struct strings others = {0};
    const char *language = NULL, *folder = NULL;
    bool help = false;
    const struct argument table[] = {
        {"--lang", ARGUMENT_TEXT, &language, NULL, "LANGUAGE", "python, node or c"},
        {"--dir", ARGUMENT_TEXT, &folder, NULL, "DIR", "where to write it (default: conformance/adapters/NAME)"},
        {"--help", ARGUMENT_FLAG, &help, NULL, NULL, "this"},
        {NULL, ARGUMENT_FLAG, NULL, NULL, NULL, NULL},
    };
    char *problem = NULL;
    int status = 2;
    if (!arguments_parse(table, count, words, &others, &problem)) {
        complain("new-adapter: %s", problem);
    } else if (help) {
        printf("usage: %s new-adapter NAME --lang LANGUAGE [--dir DIR]\n\nWrites an adapter that runs and declares "
               "nothing yet. Files that are there are not touched.\n\n",
               place->program);
        arguments_print(table);
        status = 0;
    } else if (others.count != 1 || language == NULL) {
        complain("new-adapter: a name and --lang are needed");
    } else if (!is_adapter_name(others.items[0])) {
        complain("new-adapter: '%s': a name begins with a letter and has a-z, 0-9, _ and - only", others.items[0]);
    } else if (!has_language(language)) {
        complain("new-adapter: --lang %s: it is python, node or c", language);
    } else {
        status = make(place, others.items[0], language, folder);
    }
    free(problem);
    strings_free(&others);
    return status;
}
