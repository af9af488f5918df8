#define _GNU_SOURCE
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double process_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void process_close(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static void close_all(int fds[][2], int count)
{
    for (int i = 0; i < count; i++) {
        process_close(&fds[i][0]);
        process_close(&fds[i][1]);
    }
}

static _Noreturn void become(char *const argv[], int in, int out, int err, int report)
{
    static const int dispositions[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD};
    setpgid(0, 0);
    for (size_t i = 0; i < sizeof dispositions / sizeof *dispositions; i++)
        signal(dispositions[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0)
        execvp(argv[0], argv);
    int reason = errno;
    while (write(report, &reason, sizeof reason) < 0 && errno == EINTR)
        ;
    _exit(127);
}

int process_start(struct process *process, char *const argv[], int error_fd)
{
    enum { IN, OUT, REPORT, ERR, PIPES };
    int fds[PIPES][2] = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    *process = (struct process){.in = -1, .out = -1, .err = -1};
    int wanted = error_fd < 0 ? PIPES : ERR;
    for (int i = 0; i < wanted; i++) {
        if (pipe2(fds[i], O_CLOEXEC) < 0) {
            int reason = errno;
            close_all(fds, PIPES);
            return reason;
        }
    }
    pid_t pid = fork();
    if (pid < 0) {
        int reason = errno;
        close_all(fds, PIPES);
        return reason;
    }
    if (pid == 0) become(argv, fds[IN][0], fds[OUT][1], error_fd < 0 ? fds[ERR][1] : error_fd, fds[REPORT][1]);
    /* Both sides set the group, so that it is there whoever comes first; the child may have started its program
     * already. */
    setpgid(pid, pid);
    process_close(&fds[REPORT][1]);
    int reason = 0;
    ssize_t got;
    while ((got = read(fds[REPORT][0], &reason, sizeof reason)) < 0 && errno == EINTR)
        ;
    if (got == (ssize_t)sizeof reason) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
        close_all(fds, PIPES);
        return reason;
    }
    *process = (struct process){.pid = pid, .in = fds[IN][1], .out = fds[OUT][0], .err = fds[ERR][0]};
    fds[IN][1] = fds[OUT][0] = fds[ERR][0] = -1;
    close_all(fds, PIPES);
    return 0;
}

/* The group is killed while its leader is still a zombie: its number cannot be anybody else's then. */
static bool reap_if_ended(struct process *process)
{
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno != ECHILD) return false;
    if (info.si_pid == 0) return false;
    kill(-process->pid, SIGKILL);
    while (waitpid(process->pid, &process->status, 0) < 0 && errno == EINTR)
        ;
    process->pid = 0;
    return true;
}

bool process_wait(struct process *process, double seconds)
{
    if (process->pid == 0) return true;
    double deadline = process_now() + seconds;
    long pause = 200000;
    while (!reap_if_ended(process)) {
        if (process_now() >= deadline) return false;
        nanosleep(&(struct timespec){.tv_nsec = pause}, NULL);
        pause = pause < 10000000 ? pause * 2 : pause;
    }
    return true;
}

bool process_stop(struct process *process, double grace, double term_grace)
{
    process_close(&process->in);
    bool by_itself = process_wait(process, grace);
    if (process->pid != 0) {
        kill(-process->pid, SIGTERM);
        if (!process_wait(process, term_grace)) {
            kill(-process->pid, SIGKILL);
            while (!process_wait(process, 1))
                ;
        }
    }
    process_close(&process->out);
    process_close(&process->err);
    return by_itself;
}

const char *process_ending(int status)
{
    static _Thread_local char text[96];
    if (WIFSIGNALED(status))
        snprintf(text, sizeof text, "was killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(text, sizeof text, "exited with status %d", WEXITSTATUS(status));
    return text;
}
