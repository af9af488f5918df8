#include "base/path.h"

#include "base/memory.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *path_join(const char *folder, const char *name)
{
    if (name[0] == '/' || folder[0] == '\0') {
        return memory_copy(name);
    }
    const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
    return memory_format("%s%s%s", folder, slash, name);
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

char *path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return memory_copy(".");
    }
    return memory_copy_bytes(path, slash == path ? 1 : (size_t)(slash - path));
}

bool path_ends(const char *path, const char *suffix)
{
    size_t length = strlen(path), end = strlen(suffix);
    return length >= end && strcmp(path + length - end, suffix) == 0;
}

bool path_is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

bool path_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool path_is_executable(const char *path)
{
    return path_is_file(path) && access(path, X_OK) == 0;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

char **path_list(const char *folder)
{
    DIR *open = opendir(folder);
    if (open == NULL) {
        return NULL;
    }
    char **names = memory_array(1, sizeof *names);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(open)) != NULL;) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        names = memory_resize(names, count + 2, sizeof *names);
        names[count++] = memory_copy(entry->d_name);
        names[count] = NULL;
    }
    closedir(open);
    qsort(names, count, sizeof *names, compare_names);
    return names;
}

void path_list_free(char **names)
{
    for (char **name = names; name != NULL && *name != NULL; name++) {
        free(*name);
    }
    free(names);
}

char *path_read(const char *path, size_t limit, size_t *length)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return NULL;
    }
    struct text text = {0};
    char part[8192];
    size_t got;
    while ((got = fread(part, 1, sizeof part, file)) > 0 && text.length <= limit) {
        text_add_bytes(&text, part, got);
    }
    int problem = ferror(file) ? errno : text.length > limit ? EFBIG : 0;
    fclose(file);
    if (problem != 0) {
        text_free(&text);
        errno = problem;
        return NULL;
    }
    *length = text.length;
    return text_take(&text);
}
