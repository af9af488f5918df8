#define _GNU_SOURCE
#include "run/scratch.h"

#include "base/glob.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the folder -------------------------------------------------------------------------------------------------- */

char *scratch_make(char **problem)
{
    const char *temporary = getenv("TMPDIR");
    /* Whoever sets TMPDIR means it; otherwise memory is the fastest disk. */
    const char *places[] = {temporary != NULL && *temporary == '/' ? temporary : "/dev/shm", "/dev/shm", "/tmp"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *path = memory_format("%s/ormspec-XXXXXX", places[i]);
        if (mkdtemp(path) != NULL) {
            return path;
        }
        free(path);
    }
    *problem = memory_format("no folder for the databases can be made in %s, /dev/shm or /tmp: %s", places[0],
                             strerror(errno));
    return NULL;
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    remove(path);
    return 0;
}

void scratch_remove(const char *path)
{
    /* The usual folder is empty. */
    if (rmdir(path) != 0 && errno != ENOENT) {
        nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
}

static void list_into(json_t *list, const char *root, const char *below, const char *like)
{
    char *folder = memory_format("%s/%s", root, below);
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
            char *path = memory_format("%s%s%s", below, *below == '\0' ? "" : "/", name),
                 *whole = memory_format("%s/%s", root, path);
            struct stat about;
            if (lstat(whole, &about) == 0 && S_ISDIR(about.st_mode)) {
                list_into(list, root, path, like);
            } else if (glob_match(like, path)) {
                json_array_append_new(list, json_string(path));
            }
            free(whole);
            free(path);
        }
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
    free(folder);
}

json_t *scratch_list(const char *path, const char *like)
{
    json_t *list = json_array();
    list_into(list, path, "", like != NULL ? like : "*");
    return list;
}

bool scratch_write(const char *path, const char *file, const void *bytes, size_t size, char **problem)
{
    char *whole = memory_format("%s/%s", path, file);
    for (char *slash = strchr(whole + strlen(path) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(whole, 0700);
        *slash = '/';
    }
    FILE *out = fopen(whole, "wbe");
    bool good = out != NULL && fwrite(bytes, 1, size, out) == size;
    good = (out == NULL || fclose(out) == 0) && good;
    if (!good) {
        *problem = memory_format("%s: %s", file, strerror(errno));
    }
    free(whole);
    return good;
}

/* ---- signals ----------------------------------------------------------------------------------------------------- */

static volatile sig_atomic_t came;
static int note_pipe[2] = {-1, -1};

static void note(int number)
{
    int before = errno;
    came = number;
    if (write(note_pipe[1], "!", 1) < 0) {
        /* The pipe is full: it is readable all the more. */
    }
    errno = before;
}

void signals_watch(void)
{
    if (note_pipe[0] >= 0 || pipe2(note_pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        return;
    }
    struct sigaction action = {.sa_handler = note};
    sigemptyset(&action.sa_mask);
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction old;
        /* Who started us with a signal ignored (nohup, a shell's &) meant it. */
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaction(numbers[i], &action, NULL);
        }
    }
    signal(SIGPIPE, SIG_IGN);
}

int signals_came(void)
{
    return came;
}

int signals_fd(void)
{
    return note_pipe[0];
}
