#include "run/attach.h"

#include "run/scratch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

void attach_wait(int pid)
{
    fprintf(stderr, "ormspec: the testee is process %d; attach to it (gdb -p %d, py-spy dump -p %d …), then press "
                    "Return here\n", pid, pid, pid);
    for (;;) {
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = signals_fd(), .events = POLLIN}};
        if (poll(fds, 2, -1) < 0 && errno != EINTR) {
            return;
        }
        if (fds[1].revents != 0) {
            return;
        }
        char byte;
        if (fds[0].revents != 0 && (read(STDIN_FILENO, &byte, 1) <= 0 || byte == '\n')) {
            return;
        }
    }
}
