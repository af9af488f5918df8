/* A debugger beside the testee. */
#ifndef RUN_ATTACH_H
#define RUN_ATTACH_H

/* Names the process on stderr and waits for a line on standard input; its end, or a signal that ends the run, ends the
 * waiting too. */
void attach_wait(int pid);
#endif
