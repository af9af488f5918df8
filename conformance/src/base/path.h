/* Paths and files. What is returned as `char *` is to free. */
#ifndef BASE_PATH_H
#define BASE_PATH_H
#include <stdbool.h>
#include <stddef.h>

char *path_join(const char *folder, const char *name);
/* The part after the last slash, inside `path`. */
const char *path_name(const char *path);
/* The part before the last slash; "." when there is none. */
char *path_folder(const char *path);
bool path_ends(const char *path, const char *suffix);
bool path_is_file(const char *path);
bool path_is_folder(const char *path);
bool path_is_executable(const char *path);
/* The names in a folder, sorted by bytes, without those that begin with a dot; NULL-ended, to free with path_list_free.
 * NULL with errno. */
char **path_list(const char *folder);
void path_list_free(char **names);
/* The whole file, NUL-ended. NULL with errno; more than `limit` bytes is EFBIG. */
char *path_read(const char *path, size_t limit, size_t *length);
#endif
