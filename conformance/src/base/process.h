/* A child process with pipes and a process group of its own, so that whatever it starts ends with it. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H
#include <stdbool.h>
#include <sys/types.h>

struct process {
    pid_t pid;        /* 0: there is none, or it was waited for */
    int in, out, err; /* our ends of its stdin, stdout and stderr; -1: none */
    int status;       /* as waitpid gives it, once pid is 0 */
};

/* Starts argv[0], found by PATH when it has no slash. Its stderr goes to error_fd, or with -1 into a pipe.
 * On failure the result is an errno value and nothing is left; else 0. */
int process_start(struct process *process, char *const argv[], int error_fd);

/* Waits at most so long for the end of the process itself; what is left of its group is killed then. */
bool process_wait(struct process *process, double seconds);

/* Ends it: closes its stdin and waits `grace`, then SIGTERM to the group and waits again, then SIGKILL. True when it
 * ended by itself. */
bool process_stop(struct process *process, double grace, double term_grace);

/* "exited with status 3", "was killed by signal 11 (Segmentation fault)": into a buffer that the thread's next call uses
 * again. */
const char *process_ending(int status);

/* Closes the descriptor, unless it is -1, and makes it -1. */
void process_close(int *fd);

/* Seconds of a clock that never goes back. */
double process_now(void);
#endif
